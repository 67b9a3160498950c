"""How Workiva reads and writes instants. Performs no I/O."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(instant: datetime) -> str:
    """An instant as its answers carry it: UTC, whole seconds, Z."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read(text: str) -> datetime:
    """The instant of a date-time; one without an offset is in UTC.

    Raises ValueError for a text that is none, and for a day.
    """
    if "T" not in text:
        raise ValueError(f"not a date-time: {text}")
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
