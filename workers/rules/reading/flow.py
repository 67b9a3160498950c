"""Reading `flow`: how the runs of a rule follow each other. Performs no I/O."""

from __future__ import annotations

from workers.rules.facts import Path
from workers.rules.findings import Findings, Flaw
from workers.rules.flow import Flow, Once
from workers.rules.reading import fields
from workers.rules.reading.scope import Scope
from workers.rules.tree.nodes import ListNode, MapNode, Node

_KEYS = ("key", "settle", "settle_at_most", "once_within")
_ENTITY: Path = ("entity", "id")
_NOW: Path = ("now",)
_LONGEST_SETTLE = "1d"
_LONGEST_WINDOW = "30d"


def flow(node: Node, scope: Scope, findings: Findings, *, by_clock: bool) -> Flow:
    """The flow of a rule. by_clock: the clock starts the rule."""
    table = fields.table(node, "'flow'", _KEYS, findings)
    key = _key(table["key"][1], scope, findings) if "key" in table else None
    if by_clock and "settle" in table:
        message = (
            "'settle' waits for further events, and a rule that the clock starts has none; remove"
            " it"
        )
        findings.refuse(table["settle"][0], message, "settle-with-cron")
    settle_s, settle_at_most_s = _settle(table, findings)
    once = None
    if "once_within" in table:
        once = _once(table["once_within"][1], key, scope, findings)
    return Flow(key, settle_s, settle_at_most_s, once)


def _key(node: Node, scope: Scope, findings: Findings) -> Path | None:
    path = _path(node, "key", scope, findings)
    return None if path == _ENTITY else path


def _settle(table: fields.Table, findings: Findings) -> tuple[int, int]:
    seconds = {
        key: fields.duration(table[key][1], key, findings, longest=_LONGEST_SETTLE)
        for key in ("settle", "settle_at_most")
        if key in table
    }
    for key, other, what in (
        ("settle", "settle_at_most", "such as 2m: without an end it might wait for ever"),
        ("settle_at_most", "settle", "such as 20s: how long it waits for a further event"),
    ):
        if key in table and other not in table:
            fields.require(table[key][0], other, f"'{key}'", what, findings)
    settle_s, at_most_s = seconds.get("settle", 0), seconds.get("settle_at_most", 0)
    if 0 < at_most_s < settle_s:
        node = table["settle_at_most"][1]
        message = f"'settle_at_most' is at least as long as 'settle', not {fields.described(node)}"
        findings.refuse(node, message, "wrong-value")
    return settle_s, at_most_s


def _once(node: Node, key: Path | None, scope: Scope, findings: Findings) -> Once:
    table = fields.table(node, "'once_within'", ("time", "per"), findings)
    time_s = 0
    if "time" in table:
        time_s = fields.duration(table["time"][1], "time", findings, longest=_LONGEST_WINDOW)
    elif isinstance(node, MapNode):
        fields.require(node, "time", "'once_within'", "such as 10m", findings)
    if "per" not in table:
        return Once(time_s, (key or _ENTITY,))
    per = table["per"][1]
    nodes = fields.listed(per, "per", findings) if isinstance(per, ListNode) else (per,)
    paths = (_path(one, "per", scope, findings) for one in nodes)
    return Once(time_s, tuple(path for path in paths if path))


def _path(node: Node, key: str, scope: Scope, findings: Findings) -> Path | None:
    text = fields.text(node, key, findings, "a path such as task.id")
    if not text:
        return None
    try:
        path = scope.parse(text)
    except Flaw as flaw:
        fields.refuse(node, flaw, findings)
        return None
    if path == _NOW:
        message = f"'{key}' names what runs have in common, and 'now' is never the same twice"
        findings.refuse(node, message, "wrong-value")
    return path
