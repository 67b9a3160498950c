"""What is said of a condition that can never hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from workers.rules.fields.complaints import dotted
from workers.rules.fields.types import Holds
from workers.rules.lint.literals import Literal
from workers.rules.lint.worlds import held_at
from workers.rules.model import Rule

#: what a field holds -> in words, and the way out
_WAYS: Mapping[Holds, tuple[str, str]] = {
    "text": ("text", "compare it with text"),
    "id": ("an id", "compare it with one"),
    "number": ("a number", "compare it with one, such as {at_least: 1}"),
    "duration": ("a duration", "compare it with one, such as {at_least: 1h}"),
    "boolean": ("true or false", "write true or false"),
    "moment": (
        "a moment such as 2026-03-27T09:30:00Z",
        "write before, after or within, or for one day {at_least: today, at_most: today}",
    ),
    "day": ("a day such as 2026-03-27", "write before, after or within"),
    "list": ("a list", "look into it with has, has_any, has_all or has_none"),
    "object": ("an object", "compare its name or id, or name one of its fields"),
}


def beside(literal: Literal, others: tuple[Literal, ...]) -> str:
    """It contradicts others."""
    places = " and ".join(f"'{one}' {_where(one, literal)}" for one in others)
    return f"'{literal}' can never hold beside {places}"


def alone(literal: Literal, rule: Rule) -> str:
    """No value meets it."""
    held = held_at(literal.path, rule)
    if held is None or held.holds not in _WAYS:
        return f"'{literal}' can never hold"
    what, way = _WAYS[held.holds]
    return f"'{literal}' can never hold: {dotted(literal.path)} holds {what}; {way}"


def _where(one: Literal, seen_from: Literal) -> str:
    return "in the same line" if one.line == seen_from.line else f"in line {one.line}"
