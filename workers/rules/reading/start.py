"""Reading `when` and `for_each`: what starts a rule. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webhooks.sources.kinds import ALIASES, KINDS
from workers.rules import cron
from workers.rules.findings import Findings, Flaw, unknown
from workers.rules.model import Listing
from workers.rules.reading import fields
from workers.rules.reading.hints import unquoted
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode, plain
from workers.rules.values import calendar_day, quoted

CRON = "cron"
#: what a cron rule can run over, and what may be said about it
_LISTINGS: Mapping[str, tuple[str, ...]] = {
    "running_timers": (),
    "tasks": ("project", "filter"),
    "schedules": ("day",),
    "users": (),
}
_EXAMPLES = "{tasks: {}}, {running_timers: {}}, {schedules: {day: today}} or {users: {}}"
_FOR_CRON = 'when: {cron: "0 18 * * mon-fri"}'
_WHAT = "an event name"
#: where people put an event's name who think of a map
_EVENT_KEYS = ("event", "events", "on", "type")
#: events that awork tells as a new status -> the type of that status
_OF_STATUS = {
    name: status
    for status, words in {
        "done": ("done", "completed", "finished", "closed"),
        "progress": ("started", "begun"),
        "stuck": ("stuck", "blocked"),
    }.items()
    for name in (f"task_{word}" for word in words)
}


@dataclass(frozen=True)
class Start:
    """What starts a rule."""

    #: awork's names of today, or "cron" alone
    when: frozenset[str] = frozenset()
    cron: str = ""
    listing: Listing | None = None
    #: of the events it will see, as far as they are names of awork; see scope.Problem
    kinds: frozenset[str] = frozenset()


def start(table: fields.Table, place: Node, findings: Findings) -> Start:
    """What starts the rule with this table. place: where the rule stands."""
    when = table["when"][1] if "when" in table else None
    if isinstance(when, MapNode) and _event_in(when, findings):
        return Start()
    if isinstance(when, MapNode):
        return _by_clock(when, table, place, findings)
    if "for_each" in table:
        message = (
            f"'for_each' goes with {_FOR_CRON}; a rule that listens to events runs for the"
            " object of each event"
        )
        findings.refuse(table["for_each"][0], message, "for-each-without-cron")
    kinds = frozenset(_kinds(when, findings)) if when else frozenset()
    return Start(kinds, kinds=kinds if kinds <= set(KINDS) else frozenset())


def _event_in(when: MapNode, findings: Findings) -> bool:
    """Refuse `when: {event: task_updated}`, once and for all."""
    for key, value in when.pairs:
        if key.text in _EVENT_KEYS:
            names = plain(value)
            meant = f"[{', '.join(map(str, names))}]" if isinstance(names, list) else str(names)
            message = f"'when' names its events directly; write 'when: {unquoted(meant)}'"
            findings.refuse(key, message, "wrong-type")
            return True
    return False


def _by_clock(when: MapNode, table: fields.Table, place: Node, findings: Findings) -> Start:
    given = fields.table(when, "'when'", (CRON,), findings)
    expression = ""
    if CRON in given:
        expression = _expression(given[CRON][1], findings)
    elif not when.pairs:
        fields.require(when, CRON, "'when'", "such as '0 18 * * mon-fri'", findings)
    if "for_each" not in table:
        what = f"what it runs over: {_EXAMPLES}"
        fields.require(place, "for_each", "a rule with 'cron'", what, findings)
        return Start(frozenset({CRON}), expression)
    listing = _listing(table["for_each"][1], findings)
    kinds = frozenset({f"{CRON}:{listing.name}"} if listing else ())
    return Start(frozenset({CRON}), expression, listing, kinds)


def _expression(node: Node, findings: Findings) -> str:
    what = "five fields in quotes, such as '0 18 * * mon-fri'"
    expression = fields.text(node, CRON, findings, what)
    try:
        if expression:
            cron.check(expression)
    except Flaw as flaw:
        fields.refuse(node, flaw, findings)
    return expression


def _kinds(when: Node, findings: Findings) -> Iterator[str]:
    nodes = fields.listed(when, "when", findings) if isinstance(when, ListNode) else (when,)
    seen: set[str] = set()
    for node in nodes:
        name = "" if isinstance(node, MapNode) else fields.text(node, "when", findings, _WHAT)
        if name in ALIASES:
            message = f"'{name}' is an old name; awork says '{ALIASES[name]}' now"
            findings.warn(node, message, "old-name")
        elif isinstance(node, MapNode) or name == CRON:
            message = f"'cron' stands alone, as a map: {_FOR_CRON}"
            findings.refuse(node, message, "wrong-type")
        elif name and name not in KINDS:
            findings.refuse(node, _unknown_event(name), "unknown-event")
        kind = ALIASES.get(name, name)
        if kind and kind in seen:
            findings.warn(node, f"'{kind}' is in this list already; remove it", "duplicate-event")
        seen.add(kind)
        yield kind


def _unknown_event(name: str) -> str:
    if _is_cron(name):
        return f'{quoted(name)} is no event; write {{cron: "{unquoted(name)}"}}'
    status = _OF_STATUS.get(name)
    if status:
        return (
            f"unknown event '{name}'; write 'when: task_status_changed' and the condition"
            f" 'task.taskStatus.type: {status}'"
        )
    return unknown("event", name, KINDS)


def _is_cron(text: str) -> bool:
    try:
        cron.check(text)
    except Flaw:
        return False
    return True


def _listing(node: Node, findings: Findings) -> Listing | None:
    if not isinstance(node, MapNode) or len(node.pairs) != 1:
        found = "several" if isinstance(node, MapNode) and node.pairs else fields.described(node)
        message = f"'for_each' names one list, {_EXAMPLES}, not {found}"
        findings.refuse(node, message, "wrong-type")
        return None
    [(name, given)] = node.pairs
    if name.text not in _LISTINGS:
        findings.refuse(name, unknown("list", name.text, _LISTINGS), "unknown-list")
        return None
    return Listing(name.text, _arguments(name.text, given, findings))


def _arguments(name: str, node: Node, findings: Findings) -> Mapping[str, object]:
    if isinstance(node, ScalarNode) and node.value is None:
        return {}
    table = fields.table(node, f"'{name}'", _LISTINGS[name], findings)
    return {key: _argument(key, value, findings) for key, (_, value) in table.items()}


def _argument(key: str, node: Node, findings: Findings) -> str:
    if key != "day":
        text = fields.text(node, key, findings)
        if "${" in text:
            message = (
                f"'{key}' is a fixed value, not {quoted(text)}; ${{…}} is filled in only in 'do'"
            )
            findings.refuse(node, message, "template-in-list")
        return text
    day = fields.text(node, key, findings, "a day such as 2026-03-27, or today")
    try:
        if day and day != "today":
            calendar_day(day)
    except ValueError as error:
        findings.refuse(node, f"'day' is today or a day: {error}", "wrong-value")
    return day
