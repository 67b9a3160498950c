"""Fields that some of a rule's events can never have. Pure.

There a condition is never met, and an action whose parameters need the field fails. Conditions
that are one of several alternatives are left alone, and those that ask whether there is a value:
there it is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webhooks.errors import Mistake
from workers.rules.facts import Path
from workers.rules.fields.complaints import dotted
from workers.rules.lint.literals import Literal, apart
from workers.rules.lint.places import paths_in
from workers.rules.lint.worlds import kinds_of
from workers.rules.model import ActionCall, Rule
from workers.rules.registry import missing_for

_CODE = "some-kinds-lack-field"


def fields(rule: Rule) -> Iterator[Mistake]:
    """Conditions that must hold, and actions, for which some of the events have no value."""
    kinds = kinds_of(rule)
    literals, _ = apart(rule.conditions)
    for literal in literals:
        yield from _condition(literal, rule, kinds)
    matching = kinds - _without(literals, kinds)
    for call in rule.actions:
        own, _ = apart(call.conditions)
        yield from _action(call, matching - _without(own, matching))


def _condition(literal: Literal, rule: Rule, kinds: frozenset[str]) -> Iterator[Mistake]:
    for path in _sorted(literal.condition.paths):
        lacking = missing_for(path, kinds) if literal.operator != "exists" else ()
        if 0 < len(lacking) < len(kinds):
            message = (
                f"{_told(lacking, path)}, so the rule never matches them; take them out of 'when',"
                " or give them a rule of their own"
            )
            yield Mistake(rule.path, literal.line, 1, message, _CODE)


def _action(call: ActionCall, kinds: frozenset[str]) -> Iterator[Mistake]:
    for path in _sorted(paths_in(call.parameters.values())):
        if lacking := missing_for(path, kinds):
            message = (
                f"{_told(lacking, path)}, so '{call.id}' fails for them; give them a rule of their"
                " own"
            )
            yield Mistake(call.path, call.line, call.column, message, _CODE)


def _told(kinds: Iterable[str], path: Path) -> str:
    return f"{', '.join(kinds)} events never have '{dotted(path)}'"


def _without(literals: Iterable[Literal], kinds: frozenset[str]) -> frozenset[str]:
    """The kinds that cannot meet these literals, because they lack a field."""
    return frozenset(
        kind
        for literal in literals
        if literal.operator != "exists" or literal.condition.operand is literal.met
        for path in literal.condition.paths
        for kind in missing_for(path, kinds)
    )


def _sorted(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=dotted)
