"""When a time entry was: one span of time in awork's sixteen ways to write it.

Performs no I/O. Each end has a date field, carrying midnight, and a time field, carrying the
clock time, each in UTC and in local time; clients give either, answers have both.
Source: the contract's TimeEntryPostForm and TimeTrackingPutForm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.stamps import read_instant

TIME_FIELDS = tuple(
    f"{end}{part}{frame}"
    for end in ("start", "end")
    for part in ("Date", "Time")
    for frame in ("Utc", "Local")
)

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,7})?)?")


@dataclass(frozen=True)
class Span:
    """When an entry was, as far as it is known."""

    #: day of an entry without clock times; local where given so, else in UTC
    day: date | None
    start: datetime | None
    end: datetime | None
    #: seconds
    duration_s: int


def read_zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises a refusal when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone", f"is no IANA zone: {name}") from None


def read_span(form: Mapping[str, Any], zone: ZoneInfo) -> Span:
    """The span a form gives.

    Start and end win over a duration; one end and a duration give the other end; a start
    alone is a running timer; a date and a duration have no clock times.
    Raises a refusal of anything that is none of these.
    """
    start, end = _instant(form, "start", zone), _instant(form, "end", zone)
    duration_s = form.get("duration")
    if duration_s is not None and duration_s < 0:
        raise invalid("duration", f"must not be negative: {duration_s}")
    if start and end:
        return _between(start, end)
    if start:
        # A start alone is a running timer: duration 0 and no end until it is stopped.
        finished = start + timedelta(seconds=duration_s) if duration_s else None
        return Span(None, start, finished, duration_s or 0)
    return _without_start(form, end, duration_s)


def _without_start(form: Mapping[str, Any], end: datetime | None, duration_s: int | None) -> Span:
    if duration_s is None:
        raise invalid("duration", "is required when the entry is finished and has no end")
    if end:
        return Span(None, end - timedelta(seconds=duration_s), end, duration_s)
    day = _day(form, "startDateLocal") or _day(form, "startDateUtc")
    if day is None:
        raise invalid("startDateUtc", "is required, or startDateLocal")
    return Span(day, None, None, duration_s)


def _between(start: datetime, end: datetime) -> Span:
    if end < start:
        raise invalid("endTimeUtc", "must not be before the start", code="date-dependency")
    return Span(None, start, end, int((end - start).total_seconds()))


def span_fields(span: Span, zone: ZoneInfo) -> Model:
    """The span in every field awork answers with; None where it does not apply."""
    fields: Model = {**dict.fromkeys(TIME_FIELDS), "duration": span.duration_s}
    if span.day:
        fields["startDateUtc"] = f"{span.day.isoformat()}T00:00:00Z"
        fields["startDateLocal"] = f"{span.day.isoformat()}T00:00:00"
    for end, instant in (("start", span.start), ("end", span.end)):
        if instant:
            fields |= _written(end, "Utc", instant.astimezone(UTC), "Z")
            fields |= _written(end, "Local", instant.astimezone(zone), "")
    return fields


def _written(end: str, frame: str, instant: datetime, suffix: str) -> Model:
    day = f"{instant:%Y-%m-%d}T00:00:00{suffix}"
    clock = instant.time().isoformat()
    return {f"{end}Date{frame}": day, f"{end}Time{frame}": clock}


def _instant(form: Mapping[str, Any], end: str, zone: ZoneInfo) -> datetime | None:
    frames: tuple[tuple[str, tzinfo], ...] = (("Utc", UTC), ("Local", zone))
    for frame, tz in frames:
        clock = _clock(form, f"{end}Time{frame}")
        if clock is not None:
            day = _day(form, f"{end}Date{frame}") or _day(form, f"startDate{frame}")
            if day is None:
                raise invalid(f"{end}Date{frame}", f"is required with {end}Time{frame}")
            return datetime.combine(day, clock, tzinfo=tz).astimezone(UTC)
    return None


def _clock(form: Mapping[str, Any], name: str) -> time | None:
    text = form.get(name)
    if text is None:
        return None
    if _CLOCK.fullmatch(text) is None:
        raise invalid(name, f"is no time of day like 09:21:00: {text}")
    return time.fromisoformat(text)


def _day(form: Mapping[str, Any], name: str) -> date | None:
    # Only the date counts: the vendor's own example has a clock time in here that means nothing.
    text = form.get(name)
    return read_instant(text).date() if text is not None else None
