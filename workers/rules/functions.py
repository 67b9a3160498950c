"""The functions inside `${…}`. Performs no I/O and has no clock.

This list is closed. Adding one: a function here with an example that works, and a line in
FUNCTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workers.rules import workdays
from workers.rules.conditions.comparing import described, number
from workers.rules.dayformat import DayFormat, day_format
from workers.rules.hours import WorkingHours
from workers.rules.values import day, duration_s, local, moment

#: more than any duration or count of awork; arithmetic with it would lose digits
_LARGEST = 10**12
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Setting:
    """Where and how a rule counts."""

    zone: tzinfo
    hours: WorkingHours


@dataclass(frozen=True)
class Kind:
    """What a function takes in one place."""

    #: for people
    what: str
    #: from any value to what the function wants; raises ValueError
    read: Callable[[object, Setting], Any]
    #: it must be written in the rule, in quotes
    is_written: bool = False


@dataclass(frozen=True)
class Function:
    """One function: `run(setting, *arguments)`, with its arguments read by their kinds."""

    run: Callable[..., object]
    takes: tuple[Kind, ...]
    #: as what its result can be handed on; None: it is for people
    gives: Kind | None = None
    #: it is called with an object, and takes these fields of it
    of: tuple[str, ...] = ()


def hours(_: Setting, seconds: Decimal) -> float:
    """Seconds as hours, rounded half up to two digits: 5400 becomes 1.5, and 3600 becomes 1.

    add_comment: {task: "${entity.id}", message: "${hours(entity.plannedDuration)} h planned"}
    """
    return _rounded(seconds / 3600)


def minutes(_: Setting, seconds: Decimal) -> float:
    """Seconds as minutes, rounded half up to two digits: 90 becomes 1.5.

    add_comment: {task: "${entity.id}", message: "${minutes(entity.trackedDuration)} min so far"}
    """
    return _rounded(seconds / 60)


def remaining(_: Setting, planned: Decimal, tracked: Decimal) -> int:
    """The planned seconds of a task that are not tracked yet, and never less than 0.

    add_comment: {task: "${entity.id}", message: "${hours(remaining(entity))} h to go"}
    """
    return max(0, int(planned - tracked))


def date_(setting: Setting, at: date | datetime) -> str:
    """The day, such as 2026-03-27, that a moment has in the rule's zone.

    add_comment: {task: "${entity.id}", message: "Due on ${date(entity.dueOn)}"}
    """
    return day(at, setting.zone).isoformat()


def time_(_: Setting, at: date | datetime) -> str:
    """The time of day in the rule's zone, such as 18:00.

    add_comment: {task: "${entity.id}", message: "Due at ${time(entity.dueOn)}"}
    """
    if not isinstance(at, datetime):
        raise ValueError(f"{at} is a day and has no time")  # noqa: TRY004 -- one error for every unfit value
    return at.strftime("%H:%M")


def add_workdays(setting: Setting, at: date | datetime, count: int) -> date | datetime:
    """So many workdays later, or earlier when the number is negative. A day stays a day; a moment
    keeps its time of day. Days without working hours are passed over; where the file has none,
    Saturday and Sunday.

    add_comment: {task: "${entity.id}", message: "By ${date(add_workdays(entity.dueOn, -2))}"}
    """
    return workdays.add_workdays(at, count, setting.hours)


def next_workday(setting: Setting, at: date | datetime) -> date | datetime:
    """The first workday after a day or moment, never that day itself.

    add_comment: {task: "${entity.id}", message: "We begin on ${next_workday(today)}"}
    """
    return workdays.next_workday(at, setting.hours)


def format_(_: Setting, at: date | datetime, pattern: DayFormat) -> str:
    """A day or moment as people write it, in the rule's zone; the pattern knows yyyy, yy, MM, M,
    dd, d, HH, H, mm, ss, and text in single quotes.

    add_comment: {task: "${entity.id}", message: '${format(entity.dueOn, "dd.MM.yyyy HH:mm")}'}
    """
    return pattern.write(at)


def _rounded(value: Decimal) -> float:
    result = value.quantize(_CENT, ROUND_HALF_UP)
    return int(result) if result == result.to_integral_value() else float(result)


def _seconds(value: object, _: Setting) -> Decimal:
    try:
        seconds = _bounded(number(value))
    except ValueError:
        if not isinstance(value, str):
            raise
        seconds = duration_s(value)
    return Decimal(str(seconds))


def _count(value: object, _: Setting) -> int:
    found = _bounded(number(value))
    if found != int(found):
        raise ValueError(f"{described(value)} is not whole")
    return int(found)


def _bounded(value: float) -> float:
    if not -_LARGEST < value < _LARGEST:
        raise ValueError(f"{described(value)} is too large")
    return value


def _time(value: object, setting: Setting) -> date | datetime:
    found = moment(value, setting.zone)
    return local(found, setting.zone) if isinstance(found, datetime) else found


def _pattern(value: object, _: Setting) -> DayFormat:
    if not isinstance(value, str):
        raise ValueError(f"{described(value)} is no text")  # noqa: TRY004 -- as above
    return day_format(value)


SECONDS = Kind("seconds, such as task.plannedDuration or '1h30m'", _seconds)
TIME = Kind("a day or a moment, such as task.dueOn or today", _time)
COUNT = Kind("a whole number", _count)
PATTERN = Kind("a pattern in quotes, such as 'dd.MM.yyyy'", _pattern, is_written=True)

#: every function, by the word a rule uses
FUNCTIONS: Mapping[str, Function] = {
    "hours": Function(hours, (SECONDS,)),
    "minutes": Function(minutes, (SECONDS,)),
    "date": Function(date_, (TIME,), gives=TIME),
    "time": Function(time_, (TIME,)),
    "add_workdays": Function(add_workdays, (TIME, COUNT), gives=TIME),
    "next_workday": Function(next_workday, (TIME,), gives=TIME),
    "remaining": Function(
        remaining, (SECONDS, SECONDS), gives=SECONDS, of=("plannedDuration", "trackedDuration")
    ),
    "format": Function(format_, (TIME, PATTERN)),
}
