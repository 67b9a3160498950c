"""The functions and operators of an expression. Performs no I/O.

This list is closed: what is not in it is refused when rules load, whatever CEL has. `&&`, `||`,
`?:`, `has`, `matches` and the loops are not here: they are evaluated part by part (evaluation.py).
Adding one: a function here, a line in OPERATIONS, and its signature in checker.py if CEL has none.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from workers.rules.conditions.comparing import described
from workers.rules.expressions.arithmetic import (
    is_number,
    minus,
    modulo,
    negative,
    ordering,
    over,
    plus,
    same,
    times,
    whole,
)
from workers.rules.expressions.run import Run, Undecided
from workers.rules.values import duration_s, local, moment

Operation = Callable[..., object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER = re.compile(r"-?[0-9]{1,19}")
#: characters; longer ones Python looks for in linear time
_LONG_PART = 1_000
_FRACTION = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?")


def is_in(run: Run, value: object, container: object) -> bool:
    """Is it one of the list's items, or one of the object's fields?"""
    if isinstance(container, Mapping) and isinstance(value, str | int | float):
        return isinstance(value, str) and container.get(value) is not None
    if not isinstance(container, list):
        raise Undecided(f"'in' does not find {described(value)} in {described(container)}")
    return any(same(run, value, item) for item in container)


def item(_: Run, container: object, key: object) -> object:
    """The item at a place, counted from 0, or the field with a name."""
    found: object = None
    if isinstance(container, list) and isinstance(key, int) and not isinstance(key, bool):
        found = container[key] if 0 <= key < len(container) else None
    elif isinstance(container, Mapping) and isinstance(key, str):
        found = container.get(key)
    else:
        raise Undecided(f"'[…]' does not find {described(key)} in {described(container)}")
    if found is None:
        raise Undecided(f"[{described(key)}] is absent")
    return found


def size(_: Run, value: object) -> int:
    """How many characters, items or fields it has."""
    if not isinstance(value, str | list | Mapping):
        raise Undecided(f"size() counts texts, lists and objects, not {described(value)}")
    return len(value)


def in_text(name: str, test: Callable[[str, str], bool]) -> Operation:
    """A question about two texts, upper and lower case apart."""

    def ask(run: Run, text: object, part: object) -> bool:
        if not isinstance(text, str) or not isinstance(part, str):
            raise Undecided(f"{name}() looks at texts, not at {described(text)}")
        # a part may begin everywhere and break off late: Python compares up to this much of it
        run.spend_on_text(text, times=1 + min(len(part), _LONG_PART) // 16)
        return test(text, part)

    return ask


def to_int(_: Run, value: object) -> int:
    """A whole number: of a fraction without it, of text, of a moment its seconds since 1970."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(seconds=1)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return whole(int(value))
    try:
        return whole(int(_number(value, "int")))
    except OverflowError:
        raise Undecided(f"int() cannot take {described(value)}") from None


def to_double(_: Run, value: object) -> float:
    """A number with a fraction."""
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return float(value)
    try:
        return float(_number(value, "double"))
    except OverflowError:
        raise Undecided(f"double() cannot take {described(value)}") from None


def to_text(_: Run, value: object) -> str:
    """Text: of a whole number its digits, of a moment such as 2026-03-27T18:00:00Z."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Undecided(f"string() takes texts, whole numbers and moments, not {described(value)}")


def to_moment(run: Run, value: object) -> datetime:
    """The moment a text names. A day is when it begins, and text without an offset is told, in the
    rule's zone.
    """
    if isinstance(value, datetime):
        return value
    found = moment(value, run.zone)
    return found if isinstance(found, datetime) else _begin_of(found, run)


def to_seconds(_: Run, value: object) -> int:
    """The seconds of a duration such as 1h30m."""
    if not isinstance(value, str):
        raise Undecided(f"duration() takes text such as '1h30m', not {described(value)}")
    return duration_s(value)


def of_moment(name: str, part: Callable[[datetime], int]) -> Operation:
    """A part of a moment, told in the rule's zone or in the one that is named."""

    def read(run: Run, value: object, zone: str = "") -> int:
        if not isinstance(value, datetime):
            raise Undecided(
                f"{name}() is asked of moments, not of {described(value)}; write timestamp(…)"
            )
        return part(local(value, zone or run.zone))

    return read


#: parts of a moment, counted as CEL counts them
MOMENT_PARTS: Mapping[str, Callable[[datetime], int]] = {
    "getFullYear": lambda told: told.year,
    "getMonth": lambda told: told.month - 1,  # January is 0
    "getDate": lambda told: told.day,
    "getDayOfWeek": lambda told: told.isoweekday() % 7,  # Sunday is 0
    "getDayOfYear": lambda told: told.timetuple().tm_yday - 1,  # the first of January is 0
    "getHours": lambda told: told.hour,
    "getMinutes": lambda told: told.minute,
    "getSeconds": lambda told: told.second,
}

#: by the name the checker has for it; `_+_` is `+`
OPERATIONS: Mapping[str, Operation] = {
    "_==_": same,
    "_!=_": lambda run, left, right: not same(run, left, right),
    "_<_": ordering("<", operator.lt),
    "_<=_": ordering("<=", operator.le),
    "_>_": ordering(">", operator.gt),
    "_>=_": ordering(">=", operator.ge),
    "_+_": plus,
    "_-_": minus,
    "_*_": times,
    "_/_": over,
    "_%_": modulo,
    "-_": negative,
    "@in": is_in,
    "_[_]": item,
    "size": size,
    "contains": in_text("contains", lambda text, part: part in text),
    "startsWith": in_text("startsWith", str.startswith),
    "endsWith": in_text("endsWith", str.endswith),
    "int": to_int,
    "double": to_double,
    "string": to_text,
    "timestamp": to_moment,
    "duration": to_seconds,
    **{name: of_moment(name, part) for name, part in MOMENT_PARTS.items()},
}


def _number(value: object, name: str) -> float:
    if is_number(value):
        return value
    raise Undecided(f"{name}() takes numbers and texts of digits, not {described(value)}")


def _begin_of(found: date, run: Run) -> datetime:
    try:
        return datetime.combine(found, time(), run.zone).astimezone(UTC)
    except OverflowError:
        raise Undecided(f"{found} is too near the end of the calendar") from None
