"""The week that the picture of planning shows: one person, one task. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from workers.planning.absences import Absence
from workers.planning.days import Person, calendar
from workers.planning.lengths import Block
from workers.planning.plan import Planned, Wish, plan
from workers.planning.spans import Span
from workers.rules.hours import WorkingHours, window

ZONE = ZoneInfo("Europe/Berlin")
HOUR = 3600
TASK = "Build product page"
DAYS = tuple(date(2026, 11, day) for day in range(23, 28))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of that November."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


#: what is in the calendar already
BUSY: Mapping[str, Span] = {
    "Support desk": Span(at(23, 9), at(23, 10)),
    "Sprint planning": Span(at(24, 9, 30), at(24, 11, 30)),
    "Fix basket rounding": Span(at(26, 13, 30), at(26, 15, 30)),
}
ABSENCES: Mapping[str, Absence] = {
    "afternoon off": Absence(date(2026, 11, 25), date(2026, 11, 25), half_on_end=True),
    "public holiday": Absence(date(2026, 11, 27), date(2026, 11, 27)),
}
PERSON = Person(
    hours=WorkingHours(dict.fromkeys(range(5), (window("09:00-12:30"), window("13:30-17:30")))),
    zone=ZONE,
    capacity_s=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 8 * HOUR),
    absences=tuple(ABSENCES.values()),
    busy=tuple(BUSY.values()),
)
WISH = Wish(
    effort_s=10 * HOUR,
    start=at(23, 8),
    until=at(27, 18),
    place="even",
    block=Block(min_s=HOUR, max_s=3 * HOUR, round_s=15 * 60),
)


@dataclass(frozen=True)
class Column:
    """What the picture shows of a day."""

    on: date
    #: when the person would work, were nobody away and nothing planned
    windows: tuple[Span, ...]
    #: the absence of that day, and what it takes of the windows
    off: tuple[str, tuple[Span, ...]] | None
    busy: Mapping[str, Span]
    planned: tuple[Span, ...]
    #: seconds that could be planned
    free_s: int


def planned() -> Planned:
    """The plan of the picture."""
    return plan(WISH, PERSON)


def columns() -> list[Column]:
    """The days of the week, in order."""
    return [_column(on) for on in DAYS]


def _column(on: date) -> Column:
    windows = _open(on, Person(PERSON.hours, ZONE, PERSON.capacity_s))
    worked = _open(on, Person(PERSON.hours, ZONE, PERSON.capacity_s, PERSON.absences))
    name = next((name for name, one in ABSENCES.items() if one.first <= on <= one.last), None)
    return Column(
        on=on,
        windows=windows,
        off=(name, tuple(span for span in windows if span not in worked)) if name else None,
        busy={name: span for name, span in BUSY.items() if _is_on(on, span)},
        planned=tuple(span for span in planned().spans if _is_on(on, span)),
        free_s=sum(span.seconds for span in _open(on, PERSON)),
    )


def _open(on: date, person: Person) -> tuple[Span, ...]:
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=ZONE)
    return tuple(span for day in calendar(person, Span(noon, noon)) for span in day.open())


def _is_on(on: date, span: Span) -> bool:
    return span.start.astimezone(ZONE).date() == on
