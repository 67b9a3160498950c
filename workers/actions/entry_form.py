"""A time entry in awork's fields: when it was, and what a PUT of it must say again.

Performs no I/O. awork has each end as a date at midnight and a clock time, both in UTC and in the
entry's zone. We send UTC: on the days the clocks change, local times are ambiguous. Parts of a
second are dropped.
Source: https://developers.awork.com, "Updates the time entry with the specified id".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webhooks.errors import RunFailed
from workers.actions.base import invalid
from workers.rules.values import calendar_day, instant

Item = Mapping[str, Any]

#: What a PUT would lose if it did not say it. Breaks awork keeps by itself; `isBilled` is left out,
#: so that a PUT can never unbill.
_KEPT = ("timezone", "userId", "projectId", "taskId", "typeOfWorkId", "isBillable", "note")


@dataclass(frozen=True)
class Times:
    """When a finished entry was."""

    zone: ZoneInfo
    #: in the zone
    day: date
    #: in UTC; None where only a day is known
    start: datetime | None
    #: seconds
    duration_s: int
    #: seconds from start to end beyond the duration: breaks, should awork not count them
    idle_s: int = 0

    @property
    def end(self) -> datetime | None:
        """In UTC; None where only a day is known."""
        return self.start and self.start + timedelta(seconds=self.duration_s + self.idle_s)

    @property
    def first_day(self) -> date:
        """The day it starts on, in the zone."""
        return self.start.astimezone(self.zone).date() if self.start else self.day

    def lasting(self, duration_s: int) -> Times:
        """The same start with another length."""
        return replace(self, duration_s=duration_s)

    def made_at(self, made: datetime, *, room_s: int) -> Times:
        """With the start it had if it ended when it was made, but within its own day.

        made: aware. room_s: seconds that must fit in between the start and the day's end.
        """
        first = _midnight(self.day, self.zone)
        last = _midnight(self.day + timedelta(days=1), self.zone) - timedelta(seconds=room_s)
        start = _whole(made) - timedelta(seconds=self.duration_s)
        return replace(self, start=max(first, min(start, last)))

    def fields(self) -> dict[str, Any]:
        """awork's fields, for a form."""
        if self.start is None or self.end is None:
            # A day without a clock time: only the local date is set, at midnight as awork has it.
            return {"startDateLocal": f"{self.day}T00:00:00", "duration": self.duration_s}
        both = {**moment_fields("start", self.start), **moment_fields("end", self.end)}
        return {**both, "duration": self.duration_s}


def moment_fields(side: str, at: datetime) -> dict[str, str]:
    """One end of an entry. side: start or end. at: in UTC."""
    return {f"{side}DateUtc": f"{at:%Y-%m-%d}T00:00:00Z", f"{side}TimeUtc": f"{at:%H:%M:%S}"}


def zone_of(name: str) -> ZoneInfo:
    """The zone of an entry. Raises RunFailed when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone", name, "an IANA name like Europe/Berlin") from None


def times_of(entry: Item) -> Times | None:
    """When an entry, or a form of one, was; None while it runs, is paused, or has no length.

    Raises RunFailed when that cannot be told: nothing must be worked out from it.
    """
    try:
        return _times_of(entry)
    except (ValueError, TypeError, OverflowError) as error:
        what = (
            f"time entry {entry.get('id')}: when it was cannot be read: {error}; mend it in awork"
        )
        raise RunFailed("unreadable-entry", what) from error


def _times_of(entry: Item) -> Times | None:
    zone = zone_of(str(entry.get("timezone") or "UTC"))
    start, end = _moment(entry, "start", zone), _moment(entry, "end", zone)
    duration_s = int(entry.get("duration") or 0)
    span_s = int((end - start).total_seconds()) if start and end else duration_s
    if duration_s < 0 or span_s < 0:
        raise ValueError(f"it would last {min(duration_s, span_s)} s")
    if end is None and (not duration_s or _is_in_break(entry)):
        return None
    if start is None and end is not None:
        start = end - timedelta(seconds=duration_s)
    if start is None:
        return Times(zone, _day(entry), None, duration_s)
    duration_s = duration_s or span_s
    day = start.astimezone(zone).date()
    return Times(zone, day, start, duration_s, idle_s=max(0, span_s - duration_s))


def is_running(entry: Item) -> bool:
    """True for a timer that was not stopped; a paused one counts."""
    is_begun = entry.get("startTimeUtc") or entry.get("startTimeLocal")
    return bool(is_begun) and times_of(entry) is None


def kept(entry: Item) -> dict[str, Any]:
    """The part of a PUT's form that is no time."""
    return {name: entry[name] for name in _KEPT if entry.get(name) is not None}


def state(entry: Item) -> dict[str, Any]:
    """An entry, or a form of one, as far as a PUT replaces it, and whether it is billed: plain
    values, equal when nothing of that differs."""
    times = times_of(entry)
    said = {name: entry.get(name) or "" for name in _KEPT}
    return {
        **said,
        "note": str(said["note"]).strip(),
        "isBilled": bool(entry.get("isBilled")),
        "day": str(times.day) if times else "",
        "start": str(times.start or "") if times else "",
        "end": str(times.end or "") if times else "",
        "duration": times.duration_s if times else 0,
    }


def _is_in_break(entry: Item) -> bool:
    """True for a timer that is paused, however long it ran before."""
    breaks = entry.get("breaks")
    last = breaks[-1] if isinstance(breaks, list) and breaks else None
    return isinstance(last, Mapping) and not last.get("endDate")


def _moment(entry: Item, side: str, zone: ZoneInfo) -> datetime | None:
    for frame, tz in (("Utc", UTC), ("Local", zone)):
        day, clock = entry.get(f"{side}Date{frame}"), entry.get(f"{side}Time{frame}")
        if day and clock:
            return _whole(instant(f"{str(day)[:10]}T{clock}", tz))
    return None


def _day(entry: Item) -> date:
    return calendar_day(str(entry.get("startDateLocal") or entry.get("startDateUtc"))[:10])


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
