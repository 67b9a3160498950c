"""Reading `if`: from the tree of a rule file to compiled conditions. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workers.rules import paths
from workers.rules.conditions.comparing import Manner
from workers.rules.conditions.logic import all_of, any_of, leaf, negated
from workers.rules.conditions.operators import OPERATORS
from workers.rules.facts import Path
from workers.rules.findings import Findings, Flaw, meant, unknown
from workers.rules.model import Condition, Verdict
from workers.rules.reading import questions
from workers.rules.reading.fields import described, listed, refuse
from workers.rules.reading.hints import as_condition, as_day, in_whole_units, refuse_comparison
from workers.rules.reading.operands import refuse_field
from workers.rules.reading.scope import Scope
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode, plain
from workers.rules.tree.scalars import written
from workers.rules.values import quoted

#: conditions that do not begin with a path
WORDS = ("any", "all", "not", "changed", "expr")
#: what compares with tomorrow, where there is only today
_OF_TOMORROW = {"before": "{at_most: today}", "at_least": "{more_than: today}"}
#: operators whose operand is text of any kind, so that a comparison in it goes unnoticed
_TAKE_ANY_TEXT = ("is", "is_not", "in", "not_in")


@dataclass(frozen=True)
class Clauses:
    """Reads the conditions of one rule, or of one of its actions."""

    findings: Findings
    manner: Manner
    scope: Scope

    def conditions(self, node: Node, key: str) -> tuple[Condition, ...]:
        """A list of conditions. The keys of one map are conditions too; all of them must hold."""
        return tuple(
            condition
            for item in listed(node, key, self.findings)
            for condition in self._of_map(item)
        )

    def _of_map(self, node: Node) -> tuple[Condition, ...]:
        if isinstance(node, MapNode) and node.pairs:
            return tuple(c for key, value in node.pairs for c in self._of_pair(key, value))
        if isinstance(node, MapNode):
            message = "an empty condition; write for example 'entity.name: Kickoff'"
        else:
            example = as_condition(node.text if isinstance(node, ScalarNode) else "")
            message = f"a condition is a map such as '{example}', not {described(node)}"
        self.findings.refuse(node, message, "wrong-type")
        return ()

    def _of_pair(self, key: ScalarNode, value: Node) -> tuple[Condition, ...]:
        match key.text:
            case "all":
                return (all_of(self._alternatives(value, "all"), key.line),)
            case "any":
                return (any_of(self._alternatives(value, "any"), key.line),)
            case "not":
                return (negated(self._together(self._of_map(value), key.line), key.line),)
            case "changed":
                return self._of_question(questions.changed, key, value)
            case "expr":
                return self._of_question(questions.expression, key, value)
            case _:
                return self._of_path(key, value)

    def _of_question(
        self,
        read: Callable[[Node, int, Scope, Findings], Condition | None],
        key: ScalarNode,
        value: Node,
    ) -> tuple[Condition, ...]:
        condition = read(value, key.line, self.scope, self.findings)
        return (condition,) if condition else ()

    def _alternatives(self, node: Node, key: str) -> tuple[Condition, ...]:
        # unlike at the top of `if`, one entry is one alternative, however many keys it has
        return tuple(
            self._together(self._of_map(item), item.line)
            for item in listed(node, key, self.findings)
        )

    @staticmethod
    def _together(parts: tuple[Condition, ...], line: int) -> Condition:
        return parts[0] if len(parts) == 1 else all_of(parts, line)

    def _of_path(self, key: ScalarNode, value: Node) -> tuple[Condition, ...]:
        path = self._path(key)
        if path is None:
            return ()
        if isinstance(value, MapNode):
            return self._of_operators(key, path, value)
        operator = "in" if isinstance(value, ListNode) else "is"
        return self._leaf(key, path, operator, value)

    def _of_operators(self, key: ScalarNode, path: Path, node: MapNode) -> tuple[Condition, ...]:
        if not node.pairs:
            message = f"no operator for {quoted(key.text)}; write for example {{exists: true}}"
            self.findings.refuse(node, message, "unknown-operator")
        conditions: list[Condition] = []
        for name, operand in node.pairs:
            if name.text in OPERATORS:
                conditions += self._leaf(key, path, name.text, operand)
            else:
                message = _unknown_operator(name.text)
                self.findings.refuse(name, message, "unknown-operator")
        return tuple(conditions)

    def _leaf(
        self, key: ScalarNode, path: Path, operator: str, node: Node
    ) -> tuple[Condition, ...]:
        operand = plain(node)
        try:
            refuse_field(key.text, operator, operand, self.scope)
            if operator in _TAKE_ANY_TEXT:
                refuse_comparison(operand, self.manner)
            test = OPERATORS[operator](operand, self.manner)
        except Flaw as flaw:
            refuse(node, _with_hint(flaw, operator, operand), self.findings)
            return ()
        text = f"{key.text} {operator} {_written(operand)}"
        verdict = _when_absent(operator, operand)
        return (leaf(text, path, test, key.line, verdict, operator=operator, operand=operand),)

    def _path(self, key: ScalarNode) -> Path | None:
        try:
            return self.scope.parse(key.text)
        except Flaw as flaw:
            within = f"entity.{key.text}"
            if flaw.code == "unknown-root" and self.scope.leads_to(within):
                root = key.text.split(".", maxsplit=1)[0]
                message = f"unknown root {quoted(root)}; did you mean {quoted(within)}?"
                self.findings.refuse(key, message, flaw.code)
                return ("event",)
            if flaw.code == "unknown-root" and "." not in key.text:
                self.findings.refuse(key, _unknown_condition(key.text), "unknown-condition")
                return None  # its value may be anything
            refuse(key, flaw, self.findings)
            return ("event",)  # a stand-in, to find the mistakes in its value


def _unknown_condition(name: str) -> str:
    near = meant(name, WORDS)
    if near:
        return f"unknown condition {quoted(name)}; did you mean '{near}'?"
    return (
        f"unknown condition {quoted(name)}; a condition is {', '.join(WORDS)}, or a path that"
        f" begins with {', '.join(paths.ROOTS)}"
    )


def _unknown_operator(name: str) -> str:
    if name == "between":
        return "unknown operator 'between'; write {at_least: …, at_most: …}"
    return unknown("operator", name, OPERATORS)


def _with_hint(flaw: Flaw, operator: str, operand: object) -> Flaw:
    reach = next(iter(operand.values()), None) if isinstance(operand, Mapping) else operand
    better = in_whole_units(reach) or (as_day(reach) if isinstance(reach, str) else "")
    if reach == "tomorrow":
        better = _OF_TOMORROW.get(operator, "a window such as {within: {next: 1d}}")
    if not better or flaw.code != "wrong-operand":
        return flaw
    return Flaw(f"{flaw}; write {better}", flaw.code)


def _when_absent(operator: str, operand: object) -> Verdict:
    if operator != "exists":
        return "absent"
    return "not met" if operand else "met"


def _written(operand: object) -> str:
    match operand:
        case list():
            return f"[{', '.join(_written(item) for item in operand)}]"
        case dict():
            inside = ", ".join(f"{key}: {_written(value)}" for key, value in operand.items())
            return f"{{{inside}}}"
        case _:
            return written(operand)
