"""People and moments for the tables of planning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from workers.planning.days import Person
from workers.planning.spans import Span
from workers.rules.hours import WorkingHours, window

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = 60, 3600
#: 7.5 h from Monday to Friday
OFFICE = WorkingHours(dict.fromkeys(range(5), (window("09:00-12:30"), window("13:30-17:30"))))
#: 8 h from Monday to Friday
FULL = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 8 * HOUR)
#: the last week of November 2026
MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in range(23, 28))

PERSON = Person(OFFICE, BERLIN, FULL)


def at(text: str) -> datetime:
    """A moment of November 2026 in Berlin, such as `23T09:00`."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=BERLIN).astimezone(UTC)


def span(text: str) -> Span:
    """A span of one day, such as `23 09:00-12:30`; `23 22:00-24 03:00` goes over midnight."""
    begin, _, end = text.partition("-")
    day = begin.split(" ")[0]
    ends_on, _, ends_at = end.rpartition(" ")
    return Span(at(begin.replace(" ", "T")), at(f"{ends_on or day}T{ends_at}"))


def told(spans: Iterable[Span]) -> list[str]:
    """Spans as a table writes them."""
    return [
        f"{one.start.astimezone(BERLIN):%d %H:%M}-{one.end.astimezone(BERLIN):%H:%M}"
        for one in spans
    ]
