"""Calendars, wishes and moments as Hypothesis draws them; all on five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from workers.planning.absences import Absence
from workers.planning.days import Person
from workers.planning.lengths import Block
from workers.planning.plan import Wish
from workers.planning.spans import Span
from workers.rules.hours import NO_HOURS, WEEKDAYS, Window, WorkingHours

#: days on which the clock is changed, in their zones; and days of the calendar, anywhere
TURNS = [
    ("Europe/Berlin", ["2026-03-29", "2026-10-25"]),
    ("America/New_York", ["2026-03-08", "2026-11-01"]),
    ("America/St_Johns", ["2026-03-08", "2026-11-01"]),
    ("America/Havana", ["2026-03-08", "2026-11-01"]),
    ("Australia/Lord_Howe", ["2026-04-05", "2026-10-04"]),
    ("Africa/Casablanca", ["2026-02-15", "2026-03-22"]),
    ("Asia/Kolkata", []),
    ("Pacific/Apia", []),
    ("UTC", []),
]
ZONES = [zone for zone, _ in TURNS]
ANYWHERE = ["2027-12-31", "2028-02-29"]
turns = st.sampled_from(TURNS).flatmap(
    lambda turn: st.tuples(st.just(turn[0]), st.sampled_from([*turn[1] * 2, *ANYWHERE]))
)


def examples(number: int) -> settings:
    """So many, the same ones each time."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=number, derandomize=True, deadline=None, suppress_health_check=slow
    )


@dataclass(frozen=True)
class Case:
    """A wish, and the person it is planned for."""

    wish: Wish
    person: Person
    #: the day around which all of it is
    around: date


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """One to three windows of a day, on ten minutes; the last may end with the day."""
    number = draw(st.integers(1, 3))
    ends = draw(
        st.lists(st.integers(0, 144), min_size=2 * number, max_size=2 * number, unique=True)
    )
    clock = [time(*divmod(each * 10 % 1440, 60)) for each in sorted(ends)]
    return tuple(zip(clock[::2], clock[1::2], strict=True))


hours = st.one_of(
    st.just(NO_HOURS),
    st.dictionaries(st.integers(0, 6), windows(), min_size=3).map(WorkingHours),
    windows().map(lambda each: WorkingHours(dict.fromkeys(range(7), each))),
)
capacities = st.one_of(
    st.just(dict.fromkeys(WEEKDAYS, 8 * 3600)),
    st.dictionaries(
        st.sampled_from(WEEKDAYS), st.integers(0, 144).map(lambda each: each * 600), min_size=4
    ),
)
blocks = st.builds(
    lambda round_s, shortest, longer: Block(
        min_s=shortest * 300,
        max_s=None if longer is None else shortest * 300 + longer * 300,
        round_s=round_s,
    ),
    round_s=st.sampled_from([300, 900, 1200, 1800, 3600]),
    shortest=st.integers(1, 30),
    longer=st.one_of(st.none(), st.integers(0, 40)),
)


@st.composite
def absences(draw: st.DrawFn, around: date) -> Absence:
    """A day or some, whole or half."""
    first = around + timedelta(days=draw(st.integers(-6, 8)))
    last = first + timedelta(days=draw(st.sampled_from([0, 0, 1, 3])))
    return Absence(first, last, draw(st.booleans()), draw(st.booleans()))


@st.composite
def busy(draw: st.DrawFn, begin: datetime) -> Span:
    """Something in the calendar: over pauses, midnight and other things as it comes."""
    start = begin + timedelta(minutes=5 * draw(st.integers(-600, 3000)))
    return Span(start, start + timedelta(minutes=5 * draw(st.integers(1, 120))))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any calendar, and any wish around a day on which the clock or the calendar turns."""
    zone, turn = draw(turns)
    around = date.fromisoformat(turn)
    midnight = datetime(around.year, around.month, around.day, tzinfo=UTC)
    start = midnight + timedelta(minutes=5 * draw(st.integers(-1000, 300)))
    until = start + timedelta(minutes=5 * draw(st.integers(-20, 2300)))
    person = Person(
        draw(hours),
        ZoneInfo(zone),
        draw(capacities),
        absences=draw(st.lists(absences(around), max_size=3)),
        busy=draw(st.lists(busy(start), max_size=6)),
    )
    effort_s = draw(st.one_of(st.integers(1, 300).map(lambda n: n * 900), st.integers(-9, 90_000)))
    wish = Wish(
        effort_s,
        start,
        until,
        place=draw(st.sampled_from(["earliest", "latest", "even"])),
        block=draw(blocks),
        on_overload=draw(st.sampled_from(["report", "split", "skip", "shift"])),
    )
    return Case(wish, person, around)
