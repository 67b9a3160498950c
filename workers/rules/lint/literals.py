"""Conditions taken apart: what must hold together, and where one of several is enough. Pure.

The logic of conditions has three values, and `not` leaves an absent value absent. So a part asked
to be not met is as good as its opposite: `not: {any: [a, b]}` asks that a is not met and b is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workers.rules.facts import Facts, Path
from workers.rules.model import Condition

ORDERS = frozenset({"at_least", "more_than", "at_most", "less_than", "before", "after"})
EQUALS = frozenset({"is", "is_not", "in", "not_in"})
TEXTS = frozenset({"starts_with", "ends_with", "contains"})
LISTS = frozenset({"has", "has_any", "has_all", "has_none"})
#: the operators that look at the value of a path
KNOWN = ORDERS | EQUALS | TEXTS | LISTS | {"exists", "within", "matches"}


@dataclass(frozen=True)
class Literal:
    """A condition without parts, asked to be met or asked to be not met."""

    condition: Condition
    met: bool

    def holds(self, facts: Facts) -> bool:
        """What is absent is neither."""
        return self.condition.evaluate(facts).verdict == ("met" if self.met else "not met")

    @property
    def path(self) -> Path:
        """What it looks at; empty for what looks at more than one value."""
        known = self.condition.operator in KNOWN and len(self.condition.paths) == 1
        return next(iter(self.condition.paths)) if known else ()

    @property
    def subject(self) -> Path | str:
        """Literals of different subjects say nothing about each other."""
        return self.path or self.condition.text

    @property
    def operator(self) -> str:
        """The word in the rule."""
        return self.condition.operator

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.condition.line

    def __str__(self) -> str:
        return self.condition.text if self.met else f"not {self.condition.text}"


@dataclass(frozen=True)
class Choice:
    """Conditions of which one must hold; asked to be met or asked to be not met."""

    parts: tuple[Condition, ...]
    met: bool


def apart(
    conditions: Iterable[Condition], met: bool = True
) -> tuple[tuple[Literal, ...], tuple[Choice, ...]]:
    """What the conditions ask for when all of them are to be met (or all not met).

    Returns the literals in the order of the file, and what is left to choose.
    """
    literals: list[Literal] = []
    choices: list[Choice] = []
    for condition in conditions:
        _take(condition, met, literals, choices)
    return tuple(literals), tuple(choices)


def _take(condition: Condition, met: bool, literals: list[Literal], choices: list[Choice]) -> None:
    operator, parts = condition.operator, condition.parts
    if operator == "not":
        _take(parts[0], not met, literals, choices)
    elif operator in ("any", "all"):
        if (operator == "all") is met:
            for part in parts:
                _take(part, met, literals, choices)
        else:
            choices.append(Choice(parts, met))
    else:
        literals.append(Literal(condition, met))


def leaves(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Every condition without parts, at any depth."""
    for condition in conditions:
        if condition.parts:
            yield from leaves(condition.parts)
        else:
            yield condition


def every(conditions: Iterable[Condition], met: bool = True) -> Iterator[Literal]:
    """Every condition without parts, at any depth, asked for as its place asks for it."""
    for condition in conditions:
        if condition.parts:
            yield from every(condition.parts, met is not (condition.operator == "not"))
        else:
            yield Literal(condition, met)
