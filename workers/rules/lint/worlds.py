"""Can conditions about one subject be met together? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from workers.rules.facts import EventFacts, Facts, Overlay, Path
from workers.rules.fields.types import FieldType, Holds
from workers.rules.lint.candidates import SOME_TIME, Asked, values
from workers.rules.lint.literals import TEXTS, Literal
from workers.rules.model import Rule
from workers.rules.registry import kind_of_value
from workers.rules.subjects import CRON

_CLOCKS = ("now", "today")
_TIMES: tuple[Holds, ...] = ("moment", "day")
_TEXTUAL: tuple[Holds, ...] = ("text", "id", "any")
#: more are not tried: then there is doubt, and a check stays quick
_MOST_WORLDS = 10_000


def can_meet(literals: Sequence[Literal], rule: Rule) -> bool:
    """False only when no event can meet them all. literals: of one subject."""
    path = literals[0].path
    if not path:
        return len({literal.met for literal in literals}) == 1
    judged = _judged(literals, path, rule)
    tried = 0
    for world in islice(_worlds(path, judged, rule), _MOST_WORLDS):
        if all(literal.holds(world) for literal in judged):
            return True
        tried += 1
    return tried == _MOST_WORLDS


def held_at(path: Path, rule: Rule) -> FieldType | None:
    """What stands at the end of a path in the rule's events; None when that cannot be said."""
    return kind_of_value(path, kinds_of(rule))


def kinds_of(rule: Rule) -> frozenset[str]:
    """The kinds a rule is asked about, as the registry of fields names them."""
    return frozenset({CRON + rule.listing.name}) if rule.listing else rule.when


def _judged(literals: Sequence[Literal], path: Path, rule: Rule) -> Sequence[Literal]:
    """Without those that no value is made for: the others are only easier to meet without them.

    No text is made for a regular expression, and none that is a number or a time as well.
    """
    holds = _holds(path, rule)
    if holds not in (*_TEXTUAL, *_TIMES):
        return literals
    is_ordered = holds in _TIMES or Asked.of(literals, rule.zone).has_order
    left_out = {"matches", *(TEXTS if is_ordered else ())}
    return [literal for literal in literals if literal.operator not in left_out]


def _worlds(path: Path, literals: Sequence[Literal], rule: Rule) -> Iterator[Facts]:
    asked = Asked.of(literals, rule.zone)
    root = str(path[0])
    if root in _CLOCKS:
        yield from (EventFacts({}, now, rule.timezone) for now in asked.moments(SOME_TIME))
        return
    for now in asked.clocks():
        clock = EventFacts({}, now, rule.timezone)
        for value in values(asked, _holds(path, rule), now):
            yield Overlay(clock, {root: _within(path[1:], value)})


def _holds(path: Path, rule: Rule) -> Holds:
    held = held_at(path, rule)
    return held.holds if held else "any"


def _within(path: Path, value: object) -> object:
    for name in reversed(path):
        value = {str(name): value}
    return value
