"""The operators of conditions. Performs no I/O.

An operator reads its operand once, at load, and returns the test of a value. It raises Flaw when
the operand is not what it wants; the test raises ValueError when the value cannot be judged.
Adding an operator: one function here, one line in OPERATORS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workers.rules.conditions import operands
from workers.rules.conditions.comparing import (
    Equal,
    Manner,
    as_list,
    as_single,
    as_text,
    distance_s,
    equal_to,
)
from workers.rules.conditions.patterns import search_for
from workers.rules.facts import Facts

Test = Callable[[object, Facts], bool]
Operator = Callable[[object, Manner], Test]


def is_(operand: object, manner: Manner) -> Test:
    """The value is this.

    entity.taskStatus.type: {is: progress}
    """
    equal = equal_to(operands.single(operand, "is", instead="in"), manner)
    return lambda value, _: equal(as_single(value))


def is_not(operand: object, manner: Manner) -> Test:
    """There is a value, and it is not this.

    entity.taskStatus.type: {is_not: done}
    """
    equal = equal_to(operands.single(operand, "is_not", instead="not_in"), manner)
    return lambda value, _: not equal(as_single(value))


def in_(operand: object, manner: Manner) -> Test:
    """The value is one of these.

    entity.taskStatus.type: {in: [todo, progress]}
    """
    equals = operands.several(operand, "in", manner)
    return lambda value, _: _equals_any(as_single(value), equals)


def not_in(operand: object, manner: Manner) -> Test:
    """There is a value, and it is none of these.

    entity.taskStatus.type: {not_in: [done, stuck]}
    """
    equals = operands.several(operand, "not_in", manner)
    return lambda value, _: not _equals_any(as_single(value), equals)


def at_least(operand: object, manner: Manner) -> Test:
    """As much or more; on that day or later.

    entity.plannedDuration: {at_least: 1h}
    """
    order = operands.amount(operand, "at_least", manner)
    return lambda value, facts: order(value, facts) >= 0


def more_than(operand: object, manner: Manner) -> Test:
    """More than that; later than that.

    entity.trackedDuration: {more_than: 0}
    """
    order = operands.amount(operand, "more_than", manner)
    return lambda value, facts: order(value, facts) > 0


def at_most(operand: object, manner: Manner) -> Test:
    """As much or less; on that day or earlier.

    entity.plannedDuration: {at_most: 8h}
    """
    order = operands.amount(operand, "at_most", manner)
    return lambda value, facts: order(value, facts) <= 0


def less_than(operand: object, manner: Manner) -> Test:
    """Less than that; earlier than that.

    entity.checklistItemsCount: {less_than: 3}
    """
    order = operands.amount(operand, "less_than", manner)
    return lambda value, facts: order(value, facts) < 0


def before(operand: object, manner: Manner) -> Test:
    """Earlier; given a day, on an earlier day in the rule's zone.

    entity.dueOn: {before: today}
    """
    order = operands.time(operand, "before", manner)
    return lambda value, facts: order(value, facts) < 0


def after(operand: object, manner: Manner) -> Test:
    """Later; given a day, on a later day in the rule's zone.

    entity.dueOn: {after: "2026-03-27"}
    """
    order = operands.time(operand, "after", manner)
    return lambda value, facts: order(value, facts) > 0


def within(operand: object, manner: Manner) -> Test:
    """Not further from now than this: on either side, or only `next` or `last`.

    entity.dueOn: {within: {next: 48h}}
    """
    last_s, next_s = operands.window_s(operand)

    def test(value: object, facts: Facts) -> bool:
        begins_s, ends_s = distance_s(value, facts, manner.zone)
        return begins_s <= next_s and ends_s >= -last_s

    return test


def exists(operand: object, manner: Manner) -> Test:  # noqa: ARG001 -- one shape for all operators
    """There is a value; with false: there is none, or null.

    entity.dueOn: {exists: true}
    """
    wanted = operands.yes_or_no(operand, "exists")
    # asked only about values that are there: logic.py answers for those that are not
    return lambda _value, _facts: wanted


def has(operand: object, manner: Manner) -> Test:
    """The list has this; objects go by name or id.

    entity.tags: {has: auto-plan}
    """
    equal = equal_to(operands.single(operand, "has", instead="has_any or has_all"), manner)
    return lambda value, _: any(map(equal, as_list(value)))


def has_any(operand: object, manner: Manner) -> Test:
    """The list has at least one of these.

    entity.tags: {has_any: [urgent, vip]}
    """
    equals = operands.several(operand, "has_any", manner)
    return lambda value, _: any(_equals_any(item, equals) for item in as_list(value))


def has_all(operand: object, manner: Manner) -> Test:
    """The list has every one of these.

    entity.tags: {has_all: [billable, approved]}
    """
    equals = operands.several(operand, "has_all", manner)
    return lambda value, _: all(any(map(equal, as_list(value))) for equal in equals)


def has_none(operand: object, manner: Manner) -> Test:
    """There is a list, and it has none of these; an empty list has none.

    entity.tags: {has_none: [no-plan]}
    """
    equals = operands.several(operand, "has_none", manner)
    return lambda value, _: not any(_equals_any(item, equals) for item in as_list(value))


def starts_with(operand: object, manner: Manner) -> Test:
    """The text begins with this.

    entity.project.name: {starts_with: "INT-"}
    """
    wanted = manner.key(operands.fragment(operand, "starts_with"))
    return lambda value, _: manner.key(as_text(value)).startswith(wanted)


def ends_with(operand: object, manner: Manner) -> Test:
    """The text ends with this.

    entity.name: {ends_with: "(draft)"}
    """
    wanted = manner.key(operands.fragment(operand, "ends_with"))
    return lambda value, _: manner.key(as_text(value)).endswith(wanted)


def contains(operand: object, manner: Manner) -> Test:
    """The text has this somewhere.

    entity.name: {contains: workshop}
    """
    wanted = manner.key(operands.fragment(operand, "contains"))
    return lambda value, _: wanted in manner.key(as_text(value))


def matches(operand: object, manner: Manner) -> Test:
    """The text has a part that this regular expression describes; ^ and $ ask for the whole.

    entity.name: {matches: "^[A-Z]{2,5}-[0-9]+"}
    """
    search = search_for(operands.fragment(operand, "matches"), fold=manner.fold)
    return lambda value, _: search(as_text(value))


#: every operator, by the word a rule uses
OPERATORS: Mapping[str, Operator] = {
    "is": is_,
    "is_not": is_not,
    "in": in_,
    "not_in": not_in,
    "at_least": at_least,
    "more_than": more_than,
    "at_most": at_most,
    "less_than": less_than,
    "before": before,
    "after": after,
    "within": within,
    "exists": exists,
    "has": has,
    "has_any": has_any,
    "has_all": has_all,
    "has_none": has_none,
    "starts_with": starts_with,
    "ends_with": ends_with,
    "contains": contains,
    "matches": matches,
}


def _equals_any(value: object, equals: tuple[Equal, ...]) -> bool:
    return any(equal(value) for equal in equals)
