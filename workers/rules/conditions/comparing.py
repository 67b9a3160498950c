"""How a value of an event compares with an operand of a rule. Performs no I/O.

An operand is read once, at load; what comes out are functions of the value. A value that cannot be
judged raises ValueError, which makes the condition undecided, never silently true or false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from workers.rules.facts import Facts
from workers.rules.values import day, duration_s, instant, moment, quoted

#: is this the value meant?
Equal = Callable[[object], bool]
#: value compared with the operand: below 0, 0, or above 0
Order = Callable[[object, Facts], float]

#: `changes` has numbers as text
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Manner:
    """How the rules of a file compare."""

    #: in which days are counted
    zone: tzinfo
    #: upper and lower case of a letter are one
    fold: bool

    def key(self, text: str) -> str:
        """Texts with the same key are equal."""
        return text.casefold() if self.fold else text


def equal_to(operand: str | float | bool, manner: Manner) -> Equal:
    """Equality with one operand; an object is equal by its name or its id."""
    same = _same_text(operand, manner) if isinstance(operand, str) else _same_number(operand)

    def equal(value: object) -> bool:
        if not isinstance(value, str | int | float) and isinstance(value, Mapping):
            return any(same(name) for name in names_of(value))
        return same(value)

    return equal


def names_of(thing: Mapping[str, object]) -> list[object]:
    """What an object goes by: its name, the full name of a person, its id.

    awork's users have `firstName` and `lastName` and no `name`.
    """
    person = f"{thing.get('firstName') or ''} {thing.get('lastName') or ''}".strip()
    found = (thing.get("name"), person, thing.get("id"))
    return [name for name in found if name and isinstance(name, str | int)]


def number(value: object) -> float:
    """The value as a number. Raises ValueError when it is none; true and false are none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    raise ValueError(f"{described(value)} is no number")


def described(value: object) -> str:
    """The value for a note."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value)


def as_single(value: object) -> object:
    """The value, when it can be compared with one operand. Raises ValueError otherwise."""
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        raise ValueError("a list; has, has_any, has_all and has_none look into lists")  # noqa: TRY004 -- undecided
    if isinstance(value, Mapping) and not names_of(value):
        raise ValueError("an object without name and id; name one of its fields")
    return value


def as_list(value: object) -> list[object]:
    """The value as a list. Raises ValueError when it is none."""
    if not isinstance(value, list):
        raise ValueError("not a list; is, in and contains look at single values")  # noqa: TRY004 -- undecided
    return value


def as_text(value: object) -> str:
    """The value as text. Raises ValueError when it is none."""
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 -- undecided
    return value


def order_by_number(operand: float) -> Order:
    """Order by amount."""
    return lambda value, _: number(value) - operand


def order_by_time(operand: str, manner: Manner) -> Order:
    """Order by moment; by day as soon as one of the two is only a day.

    operand: a day, a moment, `now` or `today`. Raises ValueError when it is none of them.
    """
    zone = manner.zone
    if operand in ("now", "today"):
        return lambda value, facts: _order(value, moment(facts.root(operand), zone), zone)
    fixed = moment(operand, zone)
    return lambda value, _: _order(value, fixed, zone)


def order_by_any(operand: object, manner: Manner) -> Order:
    """Order by number, by duration or by time, whichever the operand is.

    Raises ValueError when it is none of them.
    """
    if not isinstance(operand, str):
        return order_by_number(number(operand))
    try:
        return order_by_number(duration_s(operand))
    except ValueError:
        return order_by_time(operand, manner)


def distance_s(value: object, facts: Facts, zone: tzinfo) -> tuple[float, float]:
    """How far from now the value begins and ends, in seconds; negative before now.

    A day lasts from midnight to midnight in `zone`; a moment begins where it ends.
    """
    _refuse_numbers(value)
    found = moment(value, zone)
    now = instant(facts.root("now"))
    if isinstance(found, datetime):
        away = (found - now).total_seconds()
        return away, away
    begins, ends = (_midnight(found, zone, later_days=days) for days in (0, 1))
    return (begins - now).total_seconds(), (ends - now).total_seconds()


def _midnight(found: date, zone: tzinfo, *, later_days: int) -> datetime:
    try:
        there = datetime.combine(found + timedelta(days=later_days), time(), zone)
        return there.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{found} is too near the end of the calendar") from error


def _order(value: object, operand: date | datetime, zone: tzinfo) -> float:
    _refuse_numbers(value)
    found = moment(value, zone)
    if isinstance(found, datetime) and isinstance(operand, datetime):
        return (found - operand).total_seconds()
    return (day(found, zone) - day(operand, zone)).days


def _refuse_numbers(value: object) -> None:
    if not isinstance(value, str | date):
        raise ValueError(  # noqa: TRY004 -- one error says: undecided
            f"{described(value)} is no day and no moment"
        )


def _same_number(operand: float | bool) -> Equal:
    if isinstance(operand, bool):
        return lambda value: value is operand

    def same(value: object) -> bool:
        try:
            return number(value) == operand
        except ValueError:
            return False

    return same


def _same_text(operand: str, manner: Manner) -> Equal:
    wanted = manner.key(operand)
    seconds = _seconds(operand)

    def same(value: object) -> bool:
        if isinstance(value, str) and manner.key(value) == wanted:
            return True
        if isinstance(value, date):
            return _is_moment(value, operand, manner.zone)
        return seconds is not None and _number_or_none(value) == seconds

    return same


def _seconds(text: str) -> int | None:
    try:
        return duration_s(text)
    except ValueError:
        return None


def _number_or_none(value: object) -> float | None:
    try:
        return number(value)
    except ValueError:
        return None


def _is_moment(value: date, operand: str, zone: tzinfo) -> bool:
    try:
        return _order(value, moment(operand, zone), zone) == 0
    except ValueError:
        return False
