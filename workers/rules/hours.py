"""Working hours of a rule: from the words of a file to windows of each weekday. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from workers.rules.findings import Flaw, nearest
from workers.rules.values import quoted

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: from, to; `to` is later, and 00:00 as `to` means the end of the day
Window = tuple[time, time]

#: a hyphen, or the dash that word processors make of it
_TO = re.compile(r" ?[-–] ?")  # noqa: RUF001 -- this very letter is meant
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class WorkingHours:
    """When people work, in the rule's zone."""

    #: weekday (0 is Monday) -> its windows in order, none overlapping; a day left out is free
    windows: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)

    def is_workday(self, weekday: int) -> bool:
        """weekday: 0 is Monday. Without any hours, Monday to Friday are workdays."""
        return bool(self.windows.get(weekday)) if self.windows else weekday < 5  # noqa: PLR2004


#: a rule file that says nothing about hours
NO_HOURS = WorkingHours()


def weekdays(text: str) -> tuple[int, ...]:
    """Read a day such as `sat` or a range such as `mon-fri`; `sat-mon` goes over Sunday.

    Returns weekdays, 0 is Monday. Raises Flaw when it is neither.
    """
    first, *rest = [_weekday(name, text) for name in _TO.split(text)]
    if len(rest) > 1:
        raise _no_day(text)
    last = rest[0] if rest else first
    return tuple((first + days) % 7 for days in range((last - first) % 7 + 1))


def window(text: str) -> Window:
    """Read a window such as `09:00-12:30`. Raises Flaw when it is none, or ends before it begins.

    Its end may be 24:00.
    """
    minutes = [_minute_of_day(part) for part in _TO.split(text)]
    match minutes:
        case [int(begin), int(end)] if begin < end:
            return time(*divmod(begin, 60)), time(*divmod(end % _DAY_MINUTES, 60))
        case [int(), int()]:
            rest = (
                "ends before it has begun; hours over midnight go to both days, up to 24:00 and"
                " from 00:00"
            )
        case _:
            rest = "is no window of a day; write for example 09:00-12:30"
    raise Flaw(f"{quoted(text)} {rest}", "bad-hours")


def _minute_of_day(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else _DAY_MINUTES + 1
    return minute if minute <= _DAY_MINUTES else None


def _weekday(name: str, text: str) -> int:
    if name.strip().lower() not in WEEKDAYS:
        raise _no_day(text)
    return WEEKDAYS.index(name.strip().lower())


def _no_day(text: str) -> Flaw:
    near = nearest(text, WEEKDAYS)
    hint = f"did you mean '{near}'?" if near else f"days are {', '.join(WEEKDAYS)}"
    return Flaw(f"{quoted(text)} is no day and no range such as mon-fri; {hint}", "bad-hours")
