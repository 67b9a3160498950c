"""How awork writes instants and versions. Performs no I/O; the clock is always an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

#: Returns the current instant, aware and in UTC.
Clock = Callable[[], datetime]

_TICKS_BEGIN = datetime(1, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    return datetime.now(UTC)


def stamp(instant: datetime) -> str:
    """An instant as REST answers carry it: UTC, milliseconds, Z."""
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def event_stamp(instant: datetime) -> str:
    """An instant as webhooks carry it: UTC, seven fractional digits, +00:00."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def ticks(instant: datetime) -> int:
    """.NET ticks: 100 ns since the year 1, the unit of `resourceVersion`."""
    return (instant - _TICKS_BEGIN) // timedelta(microseconds=1) * 10


def read_instant(text: str) -> datetime:
    """The aware instant in a date-time; without an offset it is taken as UTC.

    Raises ValueError when the text is not a date-time.
    """
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def utc_text(text: str | None) -> str | None:
    """A date-time as awork answers it, whatever offset it was given with; None stays None."""
    if text is None:
        return None
    return read_instant(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
