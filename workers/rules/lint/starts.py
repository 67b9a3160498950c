"""Conditions at odds with what starts their rule. Pure.

Each of them loads, because its field is there, and none can ever be met: an event that `when` does
not name, our own events where they are left out, changes where the clock starts the rule, a
property under a name that awork's changes do not have, free time until a due date that no event
of the rule has.
"""

from __future__ import annotations

from collections.abc import Iterator

from webhooks.errors import Mistake
from webhooks.sources.kinds import ALIASES
from workers.rules.facts import Path
from workers.rules.fields.complaints import dotted
from workers.rules.lint.literals import Literal
from workers.rules.lint.places import literals_of, paths_in
from workers.rules.lint.worlds import kinds_of
from workers.rules.model import Rule
from workers.rules.registry import kind_of_value, missing_for
from workers.rules.values import quoted

_NEVER = "never-met"
_KIND: Path = ("event", "eventType")
_OURS: Path = ("event", "isOurs")
_FREE_TIME: tuple[Path, ...] = (("user", "freeDuration"), ("assignee", "freeDuration"))
_DUE: Path = ("task", "dueOn")


def at_odds(rule: Rule) -> Iterator[Mistake]:
    """Conditions that what starts the rule can never meet, and values it can never have."""
    literals = tuple(literals_of(rule))
    for literal in literals:
        for message in _said(literal, literals, rule):
            yield Mistake(rule.path, literal.line, 1, message, _NEVER)
    for call in rule.actions:
        for path in sorted(_timeless(paths_in(call.parameters.values()), rule)):
            message = f"{_without_due(path)}, so '{call.id}' fails; {_ASK_TASKS}"
            yield Mistake(call.path, call.line, call.column, message, _NEVER)


def _said(literal: Literal, literals: tuple[Literal, ...], rule: Rule) -> Iterator[str]:
    if literal.operator == "changed":
        yield from _changed(literal, literals, rule)
    elif literal.path == _KIND and not rule.cron:
        yield from _other_kinds(literal, rule)
    elif literal.path == _OURS and not rule.cron:
        yield from _left_out(literal, rule)
    elif literal.operator != "exists":
        for path in sorted(_timeless(frozenset({literal.path}), rule)):
            yield f"{_without_due(path)}, so '{literal}' never holds; {_ASK_TASKS}"


def _changed(literal: Literal, literals: tuple[Literal, ...], rule: Rule) -> Iterator[str]:
    if rule.cron:
        yield (
            f"'{literal}' never holds: the clock starts this rule, and nothing has changed then;"
            " leave it out, or let an event start the rule"
        )
        return
    asked = {name for one in literals if one.operator == "changed" for name in _names(one)}
    for name in _names(literal):
        better = f"{name}Id"
        if better not in asked and _is_object(name, rule) and _is_id(better, rule):
            told = better[:1].upper() + better[1:]
            yield f"'{literal}' never holds: awork says {told}; write changed: {better}"


def _names(literal: Literal) -> tuple[str, ...]:
    operand = literal.condition.operand
    return tuple(operand) if isinstance(operand, list) else ()


def _is_object(name: str, rule: Rule) -> bool:
    held = kind_of_value(("entity", name), kinds_of(rule))
    return held is not None and held.holds == "object"


def _is_id(name: str, rule: Rule) -> bool:
    held = kind_of_value(("entity", name), kinds_of(rule))
    return held is not None and held.holds == "id"


def _other_kinds(literal: Literal, rule: Rule) -> Iterator[str]:
    if literal.operator not in (("is", "in") if literal.met else ("is_not", "not_in")):
        return
    operand = literal.condition.operand
    for value in operand if isinstance(operand, list) else [operand]:
        kind = str(value).casefold()
        if ALIASES.get(kind, kind) not in rule.when:
            yield (
                f"event.eventType is never {quoted(value)} here: 'when' names"
                f" {', '.join(sorted(rule.when))}; add it there, or leave it out here"
            )


def _left_out(literal: Literal, rule: Rule) -> Iterator[str]:
    operator, operand = literal.operator, literal.condition.operand
    if rule.own_events == "handle" or operator not in ("is", "is_not"):
        return
    if operand is ((operator == "is") is literal.met):
        yield (
            f"'{literal}' never holds: events that our own writes cause are left out; write"
            " 'own_events: handle' beside 'when'"
        )


def _timeless(paths: frozenset[Path], rule: Rule) -> Iterator[Path]:
    """Of free time until the task is due, what no event of the rule has a due date for."""
    kinds = kinds_of(rule)
    if kinds and len(missing_for(_DUE, kinds)) == len(kinds):
        yield from (path for path in paths if path in _FREE_TIME)


_ASK_TASKS = "ask for it in a rule for events of tasks or time entries"


def _without_due(path: Path) -> str:
    return f"{dotted(path)} is the free time until the task is due, and no task is here"
