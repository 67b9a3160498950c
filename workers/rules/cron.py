"""When the clock starts a rule: `0 18 * * mon-fri` in the rule's zone. Performs no I/O, no clock.

    field         values                      beside lists (1,15), ranges (9-17) and steps (*/15)
    minute        0-59
    hour          0-23
    day of month  1-31                        L: the last one; LW: the last weekday
    month         1-12 or jan-dec
    day of week   0-7 or sun-sat, 0 and 7     5L: the last Friday; 1#2: the second Monday
                  are Sunday

Where both days are restricted, one of them is enough (as in every cron); a field that begins with
a star does not restrict.

When clocks change, a time of day that an expression names runs once on that day: at the next valid
minute when it does not exist, the first time when it occurs twice; several that do not exist run
once together. An expression for every hour names no time of day: it runs at every minute that
exists, so `*/15 * * * *` goes on every fifteen minutes.

The library (github.com/cuu508/cronsim) reads expressions and finds their times on a wall clock that
knows no zones. What clocks do is added here, because its own rules depend on how an expression is
written (`*/30 2 * * *` would be left out in spring) and jump over minutes in zones that change by
half an hour.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from workers.rules.findings import Flaw
from workers.rules.values import quoted

_EXAMPLE = "such as '0 18 * * mon-fri' for 18:00 on weekdays"
_FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
_VALUES = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, or L for the last",
    "month": "1 to 12, or jan to dec",
    "day-of-week": "0 to 7 (0 and 7 are Sunday), or sun to sat",
}
_MOST_STEPS = {"minute": 60, "hour": 24, "day-of-month": 31, "month": 12, "day-of-week": 7}
_ALWAYS = ("*", "*", "*", "*", "*")
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_STEP = re.compile(r"/([0-9]+)")
_TO_SUNDAY = re.compile(r"(?<!\bsun)(?<!\b0)-sun\b", re.IGNORECASE)
_STEPS_IN_ONE = re.compile(r"\b(\w+)-\1/[0-9]+", re.IGNORECASE)
#: no expression anybody wrote on purpose is longer
_LONGEST = 200
#: nobody waits for a time that does not come within the library's fifty years
_SOME_DAY = datetime(2024, 1, 1)  # noqa: DTZ001 -- a wall clock without a zone
_DAY = timedelta(days=1)


def check(expression: str) -> None:
    """Refuse what is no cron expression of five fields, and what never happens.

    Raises Flaw saying which field is wrong and what it may hold.
    """
    fields = expression.split()
    if len(expression) > _LONGEST or len(fields) != len(_FIELDS):
        raise Flaw(_not_five(expression, fields), "bad-cron")
    for name, field in zip(_FIELDS, fields, strict=True):
        _check_field(name, field, expression)
    try:
        next(_wall_times(expression, _SOME_DAY))
    except (CronSimError, StopIteration):
        raise Flaw(
            f"{quoted(expression)} never happens: no such day comes; mind the days that the month"
            " has",
            "bad-cron",
        ) from None


def occurrences(
    expression: str, timezone: str, *, after: datetime, until: datetime
) -> list[datetime]:
    """The times at which an expression is due, in order.

    expression: one that `check` accepts. timezone: IANA, of its wall clock. after, until: aware;
    `after` itself is left out, `until` belongs to it.
    Returns aware moments in UTC.
    """
    zone = ZoneInfo(timezone)
    first, last = after.astimezone(UTC), until.astimezone(UTC)
    # a wall clock may be set back within a day: then times before `after` on it come again
    begin = min(_wall(first, zone), _wall(first + _DAY, zone) - _DAY)
    end = max(_wall(last, zone), _wall(last - _DAY, zone) + _DAY)
    moments = _every_hour if _is_every_hour(expression) else _once
    found: set[datetime] = set()
    for wall in _wall_times(expression, begin - timedelta(minutes=1)):
        if wall > end:
            break
        found.update(moments(wall, zone))
    return sorted(moment for moment in found if first < moment <= last)


def _once(wall: datetime, zone: ZoneInfo) -> tuple[datetime]:
    """The moment of a time of day: the first, or the first one after it that exists."""
    while not _exists(wall, zone):
        wall += timedelta(minutes=1)
    return (wall.replace(tzinfo=zone, fold=0).astimezone(UTC),)


def _every_hour(wall: datetime, zone: ZoneInfo) -> set[datetime]:
    """The moments at which the wall clock shows this: none, one or two."""
    if not _exists(wall, zone):
        return set()
    return {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return _wall(wall.replace(tzinfo=zone).astimezone(UTC), zone) == wall


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _wall_times(expression: str, after: datetime) -> CronSim:
    # the library takes 4-4/2, which is 4 alone, for 4/2, which goes on to the end
    *others, weekday = _STEPS_IN_ONE.sub(r"\1", expression).split()
    # its ranges do not reach from Saturday to Sunday, whose number may also be 7
    return CronSim(" ".join([*others, _TO_SUNDAY.sub("-7", weekday)]), after)


def _is_every_hour(expression: str) -> bool:
    hours = _wall_times(" ".join(_in_place("hour", expression.split()[1])), _SOME_DAY).hours
    return len(hours) == _MOST_STEPS["hour"]


def _check_field(name: str, field: str, expression: str) -> None:
    steps = [int(step) for step in _STEP.findall(field)]
    if any(step >= _MOST_STEPS[name] for step in steps):
        message = f"the step of {quoted(field)} goes beyond the {name}s there are"
        raise Flaw(f"{message}; write one below {_MOST_STEPS[name]}", "bad-cron")
    try:
        _wall_times(" ".join(_in_place(name, field)), _SOME_DAY)
    except CronSimError:
        raise Flaw(
            f"the {name} {quoted(field)} in {quoted(expression)} does not fit: it holds"
            f" {_VALUES[name]}, with lists such as 1,3, ranges upwards and steps such as */2",
            "bad-cron",
        ) from None


def _in_place(name: str, field: str) -> list[str]:
    return [field if name == other else star for other, star in zip(_FIELDS, _ALWAYS, strict=True)]


def _not_five(expression: str, fields: list[str]) -> str:
    five = f"five fields: minute, hour, day of month, month, day of week, {_EXAMPLE}"
    if expression.lower() in _NICKNAMES:
        return f"{quoted(expression)} is not read; write '{_NICKNAMES[expression.lower()]}'"
    if len(fields) == len(_FIELDS) + 1:
        return f"{quoted(expression)} has six fields, and seconds are not counted; write {five}"
    count = f"{len(fields)} field" if len(fields) == 1 else f"{len(fields)} fields"
    return f"{quoted(expression)} has {count}; write {five}"
