"""Checking the parameters of an action against what the action declares. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from workers.rules import template
from workers.rules.facts import Path
from workers.rules.findings import Findings, Flaw, meant, unknown, way_out
from workers.rules.hours import WorkingHours
from workers.rules.reading import placeholders
from workers.rules.reading.fields import described, refuse
from workers.rules.reading.instead import instead
from workers.rules.reading.scope import Scope
from workers.rules.reading.sense import check_sense
from workers.rules.reading.texts import refuse_path_as_text
from workers.rules.reading.together import check_together
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode
from workers.rules.values import calendar_day, duration_s, instant, moment, share
from workers.rules.vocabulary import Parameter, ParameterKind

#: stands in for a value with a mistake, and fits every kind
_UNREADABLE = object()

#: kinds whose text is for people
_PROSE = (ParameterKind.TEXT, ParameterKind.MAP, ParameterKind.ANY)

_EXPECTED: Mapping[ParameterKind, str] = {
    ParameterKind.TEXT: "text",
    ParameterKind.DURATION: "a duration with units, such as 1h30m",
    ParameterKind.DAY: "a day such as 2026-03-27, or today",
    ParameterKind.INSTANT: (
        "a moment such as 2026-03-27T18:00 in the rule's zone or 2026-03-27T18:00:00Z, or ${now}"
    ),
    ParameterKind.DAY_OR_INSTANT: (
        "a day such as 2026-03-27, a moment such as 2026-03-27T18:00, or ${today}"
    ),
    ParameterKind.NUMBER: "a number",
    ParameterKind.BOOLEAN: "true or false",
    ParameterKind.REFERENCE: "an id or a name, or a map with 'id'",
    ParameterKind.ID: "an id such as ${entity.id}, or a map with 'id'",
    ParameterKind.LIST: "a list",
    ParameterKind.MAP: "a map",
    ParameterKind.SHARE: "a share such as 50%, above 0% and at most 100%",
    ParameterKind.ANY: "a value",
}


@dataclass(frozen=True)
class Parameters:
    """Reads the parameters of one action."""

    action: str
    declared: Mapping[str, Parameter]
    #: "rule 'x', action 'y'", for messages at run time
    where: str
    findings: Findings
    scope: Scope
    #: the rule's
    hours: WorkingHours
    #: every path of every template that was read
    paths: set[Path] = field(default_factory=set)

    def read(self, node: Node, place: Node) -> dict[str, object]:
        """The parameters with their templates compiled.

        place: where the action's name stands; a missing parameter is reported there.
        """
        pairs = self._pairs(node)
        self._check_given({name: key for name, (key, _) in pairs.items()}, place)
        check_sense({name: value for name, (_, value) in pairs.items()}, self.findings)
        return {
            name: self._value(name, value, self.declared[name])
            for name, (key, value) in pairs.items()
            if self._is_known(key)
        }

    def _pairs(self, node: Node) -> dict[str, tuple[ScalarNode, Node]]:
        if isinstance(node, MapNode):
            return {key.text: (key, value) for key, value in node.pairs}
        if not (isinstance(node, ScalarNode) and node.value is None):
            message = f"the parameters of '{self.action}' are a map, not {described(node)}"
            self.findings.refuse(node, message, "wrong-type")
        return {}

    def _check_given(self, keys: Mapping[str, ScalarNode], place: Node) -> None:
        # a misspelt name is a mistake already; that the right one is missing would be a second
        given = {**{meant(name, self.declared): key for name, key in keys.items()}, **keys}
        self._require(given, place)
        check_together(self.action, self.declared, given, place, self.findings)

    def _require(self, given: Mapping[str, object], place: Node) -> None:
        missing = [n for n, p in self.declared.items() if p.required and n not in given]
        for name in missing:
            expected = _EXPECTED[self.declared[name].kind]
            message = f"'{self.action}' needs '{name}': {expected}"
            self.findings.refuse(place, message, "missing-parameter")

    def _is_known(self, key: ScalarNode) -> bool:
        if key.text in self.declared:
            return True
        message = unknown(f"parameter of '{self.action}':", key.text, self.declared)
        self.findings.refuse(key, message, "unknown-parameter")
        return False

    def _value(self, name: str, node: Node, parameter: Parameter) -> object:
        if parameter.fields and isinstance(node, MapNode):
            return replace(self, action=name, declared=parameter.fields).read(node, node)
        if parameter.items and isinstance(node, ListNode | MapNode):
            return self._items(name, node, parameter.items)
        is_prose = parameter.kind in _PROSE
        compiled = self._compiled(node, name, is_prose=is_prose)
        if compiled is not _UNREADABLE and not isinstance(compiled, template.Template):
            self._check(name, node, parameter, compiled)
            if parameter.items and compiled is not None:
                # One value stands for a list of it.
                self._check(name, node, parameter.items, compiled)
        return compiled

    def _check(self, name: str, node: Node, parameter: Parameter, compiled: object) -> None:
        if isinstance(node, ScalarNode) and node.value is None:
            if not parameter.may_be_null:
                message = f"'{name}' has no value; write one, or leave the key out"
                self.findings.refuse(node, message, "wrong-parameter")
        elif not _FITS[parameter.kind](compiled):
            hint = instead(node, parameter)
            message = (
                f"'{name}' is {_EXPECTED[parameter.kind]}, not {_found(node, parameter)}{hint}"
            )
            self.findings.refuse(node, message, "wrong-parameter")
        elif parameter.pattern and not re.fullmatch(parameter.pattern, str(compiled)):
            # It is not shown: it may be a secret.
            self.findings.refuse(node, f"'{name}' is {parameter.like}", "wrong-parameter")
        elif parameter.choices and isinstance(node, ScalarNode):
            self._check_choice(name, node, parameter)

    def _items(self, name: str, node: ListNode | MapNode, item: Parameter) -> object:
        """A list of what is declared; one map stands for a list of it."""
        if isinstance(node, MapNode):
            return [self._value(name, node, item)]
        return [self._value(f"{name}.{i}", one, item) for i, one in enumerate(node.items)]

    def _check_choice(self, name: str, node: ScalarNode, parameter: Parameter) -> None:
        if node.text not in parameter.choices:
            rest = way_out(node.text, parameter.choices)
            message = f"'{name}' cannot be {described(node)}; {rest}"
            self.findings.refuse(node, message, "wrong-parameter")

    def _compiled(self, node: Node, name: str, *, is_prose: bool) -> object:
        match node:
            case ScalarNode():
                return self._text(node, name, is_prose=is_prose)
            case ListNode():
                return [
                    self._compiled(item, f"{name}.{i}", is_prose=is_prose)
                    for i, item in enumerate(node.items)
                ]
            case MapNode():
                return {
                    self._key(key): self._compiled(value, f"{name}.{key.text}", is_prose=is_prose)
                    for key, value in node.pairs
                }

    def _text(self, node: ScalarNode, name: str, *, is_prose: bool) -> object:
        if not isinstance(node.value, str):
            return node.value
        where = f"{self.where}, parameter '{name}'"
        try:
            refuse_path_as_text(node.value, self.scope.also, is_prose=is_prose)
            compiled = template.compile_text(node.value, where, self.scope.also, self.hours)
        except Flaw as flaw:
            refuse(node, flaw, self.findings)
            return _UNREADABLE
        if isinstance(compiled, template.Template):
            self.paths.update(compiled.paths)
            for wrong in placeholders.flaws(node.value, self.scope):
                refuse(node, wrong, self.findings)
        return compiled

    def _key(self, key: ScalarNode) -> str:
        if "${" in key.text:
            message = f"{described(key)}: templates work in values, not in keys"
            self.findings.refuse(key, message, "template-in-key")
        return key.text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_reference(value: object) -> bool:
    return "id" in value if isinstance(value, dict) else isinstance(value, str) and bool(value)


def _is_id(value: object) -> bool:
    return "id" in value if isinstance(value, dict) else _reads(value, UUID)


def _reads(value: object, read: Callable[[str], object]) -> bool:
    try:
        return isinstance(value, str) and read(value) is not None
    except ValueError:
        return False


#: does a value without templates fit the kind?
_FITS: Mapping[ParameterKind, Callable[[object], bool]] = {
    ParameterKind.TEXT: lambda value: isinstance(value, str),
    ParameterKind.DURATION: lambda value: _reads(value, duration_s),
    ParameterKind.DAY: lambda value: value == "today" or _reads(value, calendar_day),
    # Which zone is the rule's does not matter here: only whether it can be read at all.
    ParameterKind.INSTANT: lambda value: _reads(value, lambda text: instant(text, "UTC")),
    ParameterKind.DAY_OR_INSTANT: lambda value: _reads(value, lambda text: moment(text, "UTC")),
    ParameterKind.NUMBER: _is_number,
    ParameterKind.BOOLEAN: lambda value: isinstance(value, bool),
    ParameterKind.REFERENCE: _is_reference,
    ParameterKind.ID: _is_id,
    ParameterKind.LIST: lambda value: not isinstance(value, dict),
    ParameterKind.MAP: lambda value: isinstance(value, dict),
    ParameterKind.SHARE: lambda value: _reads(value, share),
    ParameterKind.ANY: lambda _: True,
}


def _found(node: Node, parameter: Parameter) -> str:
    if parameter.kind is ParameterKind.REFERENCE and isinstance(node, MapNode):
        return "a map without it"
    return described(node)
