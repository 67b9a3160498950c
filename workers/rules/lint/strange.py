"""Single operands that make no sense for their field. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from webhooks.errors import Mistake
from workers.rules.conditions.operands import window_s
from workers.rules.fields.complaints import dotted
from workers.rules.fields.types import FieldType
from workers.rules.findings import way_out
from workers.rules.lint.literals import EQUALS, LISTS, ORDERS, leaves
from workers.rules.lint.worlds import held_at
from workers.rules.model import Condition, Rule
from workers.rules.values import quoted

#: seconds; from here on a bare number may well be meant so
_LEAST_BARE_S = 60


def operands(rule: Rule) -> Iterator[Mistake]:
    """Values awork does not have in a field, windows without width, durations without a unit."""
    own = (condition for call in rule.actions for condition in call.conditions)
    for leaf in leaves((*rule.conditions, *own)):
        if leaf.operator == "within":
            yield from _window(leaf, rule)
        elif leaf.operator in EQUALS | LISTS:
            yield from _values(leaf, rule)
        if leaf.operator in EQUALS | ORDERS:
            yield from _seconds(leaf, rule)


def _window(leaf: Condition, rule: Rule) -> Iterator[Mistake]:
    held = _held(leaf, rule)
    is_day = held is not None and held.holds == "day"
    if window_s(leaf.operand) == (0, 0) and not is_day:
        message = (
            f"'{leaf.text}' can hold only in the very second; give it a width, such as"
            " {within: 48h}"
        )
        yield Mistake(rule.path, leaf.line, 1, message, "never-met")


def _values(leaf: Condition, rule: Rule) -> Iterator[Mistake]:
    held = _held(leaf, rule)
    field = held.item if held and held.holds == "list" else held
    if field is None or not field.values:
        return
    given = leaf.operand if isinstance(leaf.operand, list) else [leaf.operand]
    there = {value.casefold() for value in field.values}
    for value in given:
        if isinstance(value, str) and value.casefold() not in there:
            name = dotted(next(iter(leaf.paths)))
            message = f"{name} is never {quoted(value)}; {way_out(value, field.values)}"
            yield Mistake(rule.path, leaf.line, 1, message, "unknown-value")


def _seconds(leaf: Condition, rule: Rule) -> Iterator[Mistake]:
    """awork counts durations in seconds; whoever writes 1 means an hour."""
    held = _held(leaf, rule)
    if held is None or held.holds != "duration":
        return
    for value in leaf.operand if isinstance(leaf.operand, list) else [leaf.operand]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if 0 < value < _LEAST_BARE_S:
            seconds = "one second" if value == 1 else f"{value} seconds"
            message = (
                f"'{leaf.text}': {value} means {seconds}; write it with a unit, such as"
                f" {value if isinstance(value, int) else 1}h"
            )
            yield Mistake(rule.path, leaf.line, 1, message, "bare-seconds")


def _held(leaf: Condition, rule: Rule) -> FieldType | None:
    return held_at(next(iter(leaf.paths)), rule) if len(leaf.paths) == 1 else None
