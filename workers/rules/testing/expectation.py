"""Reading `expect` and `because`: what a test says should happen. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from workers.rules.findings import Findings, unknown, way_out
from workers.rules.paths import ROOTS
from workers.rules.reading import fields
from workers.rules.testing.model import Expectation, ExpectedAction
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode, plain
from workers.rules.values import calendar_day, duration_s, quoted

#: reasons for nothing to happen, other than a condition
REASONS = (
    "own-event",
    "not-matched",
    "absent",
    "off",
    "shadow",
    "skipped",
    "unchanged",
    "no-rule",
)
_FOR_NOTHING = ("none", "null", "no", "false", "empty", "skipped", "{}")
_FOR_FAILED = ("failure", "fail", "fails", "error")
#: what is expected of all requests of an action together
SUMMARIES = ("total", "count", "on", "none_on")


def read(table: fields.Table, findings: Findings, actions: Collection[str]) -> Expectation:
    """What should happen; a stand-in after a mistake."""
    if "expect" not in table:
        return Expectation("nothing")
    node = table["expect"][1]
    if isinstance(node, ListNode):
        if "because" in table:
            message = "'because' goes with 'expect: nothing' or 'expect: failed'; leave it out"
            findings.refuse(table["because"][0], message, "wrong-because")
        if not node.items:
            message = "'expect' is empty; for nothing to happen write 'expect: nothing'"
            findings.refuse(node, message, "empty-list")
        reader = _Actions(findings, actions)
        return Expectation("actions", tuple(reader.read(item) for item in node.items))
    match plain(node):
        case "nothing":
            return Expectation("nothing", because=_because(table, findings))
        case "failed":
            return Expectation("failed", because=_reason(table, findings))
    message = f"'expect' is a list of actions, 'nothing' or 'failed', not {fields.described(node)}"
    message += _meant(node)
    findings.refuse(node, message, "wrong-value")
    return Expectation("nothing")


def _meant(node: Node) -> str:
    """What somebody who wrote it another way means."""
    word = str(plain(node)).casefold()
    if word in _FOR_NOTHING:
        return "; for nothing to happen write 'expect: nothing'"
    return "; write 'expect: failed'" if word in _FOR_FAILED else ""


def _because(table: fields.Table, findings: Findings) -> str:
    because = _reason(table, findings)
    is_path = "." in because or because.split(" ")[0] in (*ROOTS, "changed", "expr")
    if because and because not in REASONS and not is_path:
        message = (
            f"unknown reason {quoted(because)}; {way_out(because, REASONS)} (a condition is named"
            " by its path, such as entity.dueOn)"
        )
        findings.refuse(table["because"][1], message, "unknown-reason")
    return because


def _reason(table: fields.Table, findings: Findings) -> str:
    return fields.text(table["because"][1], "because", findings) if "because" in table else ""


@dataclass(frozen=True)
class _Actions:
    """Reads the entries of an `expect` list."""

    findings: Findings
    known: Collection[str]

    def read(self, node: Node) -> ExpectedAction:
        """One action with the fields expected of it."""
        match node:
            case ScalarNode(value=str(name)):
                self._check_name(node, name)
                return ExpectedAction(name, {}, node.line)
            case MapNode(pairs=((key, value),)):
                self._check_name(key, key.text)
                return ExpectedAction(key.text, self._fields(key, value), key.line)
        message = f"an expected action is a map such as 'add_comment: {{…}}', not {_told(node)}"
        self.findings.refuse(node, message, "wrong-type")
        return ExpectedAction("", {}, node.line)

    def _check_name(self, place: ScalarNode, name: str) -> None:
        if name not in self.known:
            self.findings.refuse(place, unknown("action", name, self.known), "unknown-action")

    def _fields(
        self, key: ScalarNode, node: Node
    ) -> Mapping[str, object] | tuple[Mapping[str, object], ...]:
        if isinstance(node, ListNode) and all(isinstance(item, MapNode) for item in node.items):
            return tuple(self._map(item) for item in node.items)
        if isinstance(node, MapNode):
            return self._map(node)
        if not (isinstance(node, ScalarNode) and node.value is None):
            message = (
                f"what is expected of '{key.text}' is a map of fields, or a list of maps, one for"
                f" each request, not {fields.described(node)}"
            )
            self.findings.refuse(node, message, "wrong-type")
        return {}

    def _map(self, node: Node) -> Mapping[str, object]:
        pairs = node.pairs if isinstance(node, MapNode) else ()
        for key, value in pairs:
            if key.text in SUMMARIES:
                self._check_summary(key.text, value)
        return {key.text: plain(value) for key, value in pairs}

    def _check_summary(self, name: str, node: Node) -> None:
        match name, node:
            case (("on" | "none_on"), ListNode(items=days)):
                for day in days:
                    self._check(day, calendar_day, f"a day in '{name}' looks like 2026-03-28")
            case "total", ScalarNode():
                self._check(node, duration_s, "'total' is a duration such as 6h")
            case "count", ScalarNode(value=int(count)) if type(count) is int and count >= 0:
                pass
            case _:
                what = {"total": "a duration such as 6h", "count": "a whole number"}
                told = what.get(name, "a list of days such as 2026-03-28")
                self._refuse(node, f"'{name}' is {told}")

    def _check(self, node: Node, read: Callable[[str], object], expected: str) -> None:
        try:
            read(str(plain(node)))
        except ValueError:
            self._refuse(node, expected)

    def _refuse(self, node: Node, expected: str) -> None:
        self.findings.refuse(node, f"{expected}, not {fields.described(node)}", "bad-summary")


def _told(node: Node) -> str:
    if isinstance(node, MapNode) and len(node.pairs) > 1:
        return f"a map with the keys {', '.join(key.text for key, _ in node.pairs)}"
    return fields.described(node)
