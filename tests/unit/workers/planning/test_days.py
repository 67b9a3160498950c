"""When a person works on a day: the arithmetic beside each row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.workers.planning.people import FRI, FULL, HOUR, MON, OFFICE, PERSON, span, told
from workers.planning.absences import Absence
from workers.planning.days import Day, Person, calendar
from workers.planning.spans import Span
from workers.rules.hours import NO_HOURS, WorkingHours, window


def day(on: date, person: Person) -> Day | None:
    begin = datetime.combine(on, datetime.min.time(), tzinfo=person.zone) + timedelta(hours=12)
    return next((one for one in calendar(person, Span(begin, begin)) if one.on == on), None)


def windows(*texts: str) -> WorkingHours:
    return WorkingHours({0: tuple(window(text) for text in texts)})


def hours(number: float) -> dict[str, int]:
    return {"mon": int(number * HOUR)}


FIRST_OFF = Absence(MON, MON, half_on_start=True)
SECOND_OFF = Absence(MON, MON, half_on_end=True)

OPEN: list[tuple[dict[str, Any], list[str]]] = [
    # 3.5 h + 4 h are less than 8 h
    ({}, ["23 09:00-12:30", "23 13:30-17:30"]),
    # capacity cuts from the end: 3.5 + 2.5 = 6 h; 3 h; nothing
    ({"capacity_s": hours(6)}, ["23 09:00-12:30", "23 13:30-16:00"]),
    ({"capacity_s": hours(3)}, ["23 09:00-12:00"]),
    ({"capacity_s": {}}, []),
    # without hours: 09:00 and as long as the capacity, at most until 21:00
    ({"hours": NO_HOURS}, ["23 09:00-17:00"]),
    ({"hours": NO_HOURS, "capacity_s": hours(24)}, ["23 09:00-21:00"]),
    # a day that has no windows is free
    ({"hours": WorkingHours({1: (window("09:00-17:00"),)})}, []),
    # half a day off: the halves meet in the pause; 4 h of capacity are left, 3.5 h of windows
    ({"absences": [FIRST_OFF]}, ["23 13:30-17:30"]),
    ({"absences": [SECOND_OFF]}, ["23 09:00-12:30"]),
    ({"absences": [FIRST_OFF, SECOND_OFF]}, []),
    ({"absences": [Absence(MON, MON)]}, []),
    # half of 6 h
    ({"absences": [FIRST_OFF], "capacity_s": hours(6)}, ["23 13:30-16:30"]),
    # of three windows (2, 3, 2 h; the middle is at 3.5 h) both pauses, at 2 h and at 5 h, are 1.5 h
    # away: the first of them
    (
        {"hours": windows("06:00-08:00", "09:00-12:00", "13:00-15:00"), "absences": [SECOND_OFF]},
        ["23 06:00-08:00"],
    ),
    # 1, 3, 2 h, the middle at 3 h: the second pause, at 4 h, is nearer than the first, at 1 h
    (
        {"hours": windows("07:00-08:00", "09:00-12:00", "13:00-15:00"), "absences": [FIRST_OFF]},
        ["23 13:00-15:00"],
    ),
    # one window is halved: 4 h each; without hours it is that of the capacity, 09:00-17:00
    ({"hours": windows("08:00-16:00"), "absences": [FIRST_OFF]}, ["23 12:00-16:00"]),
    ({"hours": NO_HOURS, "absences": [FIRST_OFF]}, ["23 13:00-17:00"]),
    ({"hours": NO_HOURS, "absences": [SECOND_OFF]}, ["23 09:00-13:00"]),
    # windows up to midnight
    ({"hours": windows("20:00-24:00")}, ["23 20:00-00:00"]),
    # busy: 1 h is cut out, 8 - 1 = 7 h of room for 6.5 h of windows
    ({"busy": [span("23 10:00-11:00")]}, ["23 09:00-10:00", "23 11:00-12:30", "23 13:30-17:30"]),
    # outside of the windows it counts too: 8 - 3 = 5 h of room, 3.5 + 1.5
    ({"busy": [span("23 18:00-21:00")]}, ["23 09:00-12:30", "23 13:30-15:00"]),
    # twice the same hour counts twice: 8 - 2 x 2 = 4 h of room, 1.5 + 2.5
    ({"busy": [span("23 09:00-11:00")] * 2}, ["23 11:00-12:30", "23 13:30-16:00"]),
    # over the pause and over each other, in any order
    (
        {"busy": [span("23 12:00-14:00"), span("23 11:00-12:15")]},
        ["23 09:00-11:00", "23 14:00-16:45"],  # 8 - 2 - 1.25 = 4.75 h of room, 2 + 2.75
    ),
    # over midnight: only what is of this day counts, 8 - 2 = 6 h, 3.5 + 2.5
    ({"busy": [span("22 20:00-23 02:00")]}, ["23 09:00-12:30", "23 13:30-16:00"]),
    # more than the day holds
    ({"busy": [span("23 00:00-24 00:00")]}, []),
]


@pytest.mark.parametrize(("changed", "expected"), OPEN)
def test_a_day_is_open_when_somebody_works_and_is_free(
    changed: dict[str, Any], expected: list[str]
) -> None:
    given = {"hours": OFFICE, "capacity_s": FULL, **changed}

    found = day(MON, Person(zone=PERSON.zone, **given))

    assert told(found.open() if found else ()) == expected


def test_days_of_an_absence_over_several_days_begin_and_end_with_halves() -> None:
    away = Absence(MON, FRI, half_on_start=True, half_on_end=True)
    person = Person(OFFICE, PERSON.zone, FULL, absences=[away])

    found = [told(one.open()) for one in calendar(person, span("23 00:00-28 00:00"))]

    assert found == [["23 09:00-12:30"], ["27 13:30-17:30"]]


NIGHTS = [
    # Berlin, 29 March 2026: 02:00 is 03:00
    ("Europe/Berlin", "2026-03-29", "02:00-03:00", None),
    ("Europe/Berlin", "2026-03-29", "02:30-04:00", ("01:00", 1.0)),  # 03:00-04:00 is an hour
    ("Europe/Berlin", "2026-03-29", "01:00-02:30", ("00:00", 1.0)),  # 01:00-02:00
    ("Europe/Berlin", "2026-03-29", "00:00-24:00", ("-23:00", 23.0)),
    # 25 October 2026: 03:00 is 02:00 again
    ("Europe/Berlin", "2026-10-25", "00:00-24:00", ("-22:00", 25.0)),
    ("Europe/Berlin", "2026-10-25", "01:00-04:00", ("-23:00", 4.0)),
    ("Europe/Berlin", "2026-10-25", "01:00-02:30", ("-23:00", 1.5)),  # until it is first shown
    # Lord Howe changes by half an hour: 02:00 is 02:30 (4 October), 02:00 is 01:30 (5 April)
    ("Australia/Lord_Howe", "2026-10-04", "01:00-03:00", ("-14:30", 1.5)),
    ("Australia/Lord_Howe", "2026-10-04", "02:15-03:00", ("-15:30", 0.5)),
    ("Australia/Lord_Howe", "2026-04-05", "01:00-03:00", ("-14:00", 2.5)),
    # Apia left out all of 30 December 2011
    ("Pacific/Apia", "2011-12-30", "09:00-17:00", None),
    # Havana: midnight is 01:00 (8 March 2026), and comes twice (1 November)
    ("America/Havana", "2026-03-08", "00:00-02:00", ("05:00", 1.0)),
    ("America/Havana", "2026-11-01", "00:00-02:00", ("04:00", 3.0)),
]


@pytest.mark.parametrize(("zone", "on", "text", "expected"), NIGHTS)
def test_what_the_clock_leaves_out_has_no_length(
    zone: str, on: str, text: str, expected: tuple[str, float] | None
) -> None:
    all_week = WorkingHours(dict.fromkeys(range(7), (window(text),)))
    round_the_clock = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 25 * HOUR)

    found = day(date.fromisoformat(on), Person(all_week, ZoneInfo(zone), round_the_clock))

    open_ = list(found.open()) if found else []
    assert [(one.start, one.seconds / HOUR) for one in open_] == (
        [(after_midnight(on, expected[0]), expected[1])] if expected else []
    )


def after_midnight(on: str, text: str) -> datetime:
    """So long after midnight in UTC, of the day before when it is negative.

    -22:00 is 22:00 of the day before.
    """
    time = datetime.fromisoformat(f"{on}T{text.lstrip('-')}").replace(tzinfo=UTC)
    return time - timedelta(days=text.startswith("-"))
