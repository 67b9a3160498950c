"""Where an effort goes: the arithmetic beside each row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.workers.planning.people import FULL, HOUR, MINUTE, PERSON, TUE, at, span, told
from workers.planning.absences import Absence
from workers.planning.days import Person
from workers.planning.lengths import Block
from workers.planning.placing import Place
from workers.planning.plan import Wish, plan
from workers.rules.hours import NO_HOURS, WorkingHours, window

#: from Monday to Friday, 5 x 7.5 h
WEEK = Wish(5 * HOUR, at("23T00:00"), at("28T00:00"))
#: 2 to 4 h
LONG = Block(2 * HOUR, 4 * HOUR)
ALL_DAY = WorkingHours(dict.fromkeys(range(5), (window("08:00-20:00"),)))
MEETING = {"hours": ALL_DAY, "busy": [span("23 09:15-10:00")]}
MORNING = replace(PERSON, hours=WorkingHours(dict.fromkeys(range(5), (window("09:00-13:00"),))))

EARLIEST: list[tuple[dict[str, Any], list[str]]] = [
    # no block is longer than its window: 3.5 + 1.5
    ({}, ["23 09:00-12:30", "23 13:30-15:00"]),
    # 3.5 h would leave 1.5 h, less than the shortest: 3 + 2
    ({"block": LONG}, ["23 09:00-12:00", "23 13:30-15:30"]),
    # ten minutes more are in the last block, which alone ends off the grid
    ({"effort_s": 5 * HOUR + 600, "block": LONG}, ["23 09:00-12:00", "23 13:30-15:40"]),
    # in one window too: 3.25 h would leave 1 h 55
    (
        {"effort_s": 5 * HOUR + 600, "block": LONG, "hours": ALL_DAY},
        ["23 08:00-11:00", "23 11:00-13:10"],
    ),
    # two slots of 1 h 15 and of an hour, the shortest: the odd ten minutes go into the first
    (
        {"effort_s": 130 * MINUTE, "block": Block(HOUR), "until": at("23T11:00"), **MEETING},
        ["23 08:00-09:10", "23 10:00-11:00"],
    ),
    # 1 h at most: blocks touch
    (
        {"effort_s": 150 * MINUTE, "block": Block(900, HOUR)},
        ["23 09:00-10:00", "23 10:00-11:00", "23 11:00-11:30"],
    ),
    # 2.5 h, 1 to 2 h: 2 h would leave half an hour, so 1.5 + 1
    (
        {"effort_s": 150 * MINUTE, "block": Block(HOUR, 2 * HOUR)},
        ["23 09:00-10:30", "23 10:30-11:30"],
    ),
    # the whole effort may be shorter than the shortest block
    ({"effort_s": HOUR, "block": LONG}, ["23 09:00-10:00"]),
    ({"effort_s": 60}, ["23 09:00-09:01"]),
    # it is one block then: half an hour on Monday does not take a part of the hour
    ({"effort_s": HOUR, "block": LONG, "start": at("23T17:00")}, ["24 09:00-10:00"]),
    # from 10:07 on: the next quarter of an hour, or the next of what is wished
    ({"effort_s": HOUR, "start": at("23T10:07")}, ["23 10:15-11:15"]),
    ({"effort_s": HOUR, "start": at("23T10:07"), "block": Block(round_s=HOUR)}, ["23 11:00-12:00"]),
    # the grid begins at midnight: multiples of 40 min are 09:20, 10:00, ...
    ({"effort_s": HOUR, "block": Block(HOUR, round_s=2400)}, ["23 09:20-10:20"]),
    ({"effort_s": 0}, []),
    ({"effort_s": -HOUR}, []),
]

LATEST: list[tuple[dict[str, Any], list[str]]] = [
    # 4 h on Friday afternoon, 1 h before the pause
    ({}, ["27 11:30-12:30", "27 13:30-17:30"]),
    # 4 h would leave 1 h: 3 + 2
    ({"block": LONG}, ["27 10:30-12:30", "27 14:30-17:30"]),
    # the odd ten minutes are in the last one
    ({"effort_s": 5 * HOUR + 600, "block": LONG}, ["27 10:30-12:30", "27 14:15-17:25"]),
    # before Thursday 10:10: 1 h on Thursday morning, 4 h on Wednesday
    ({"until": at("26T10:10")}, ["25 13:30-17:30", "26 09:00-10:00"]),
    # capacity takes the end of the day: 6 h are until 16:00
    ({"effort_s": 2 * HOUR, "capacity_s": dict.fromkeys(FULL, 6 * HOUR)}, ["27 14:00-16:00"]),
]

EVEN: list[tuple[dict[str, Any], list[str]]] = [
    # 5 h on five days
    ({}, [f"{day} 09:00-10:00" for day in range(23, 28)]),
    # 5.25 h = 21 quarters: 4 on each day, the one over in the middle
    (
        {"effort_s": 315 * MINUTE},
        [f"{day} 09:00-{'10:15' if day == 25 else '10:00'}" for day in range(23, 28)],
    ),
    # 4 h in blocks of an hour on ten days: four of them, all over the range
    (
        {"effort_s": 4 * HOUR, "block": Block(HOUR), "until": at("30T00:00") + timedelta(days=5)},
        ["24 09:00-10:00", "26 09:00-10:00", "01 09:00-10:00", "03 09:00-10:00"],
    ),
    # 4.5 h: one of the four is longer, none is shorter
    (
        {"effort_s": 270 * MINUTE, "block": Block(HOUR), "until": at("27T00:00")},
        ["23 09:00-10:15", "24 09:00-10:00", "25 09:00-10:15", "26 09:00-10:00"],
    ),
    # a meeting of 7.5 h leaves half an hour of Tuesday; 12.5 h are 12.5 quarters on each other day
    (
        {"effort_s": 13 * HOUR, "busy": [span("24 10:00-17:30")]},
        ["23 09:00-12:15", "24 09:00-09:30", "25 09:00-12:00", "26 09:00-12:15", "27 09:00-12:00"],
    ),
    # a day off gets nothing: 4 h on four days
    (
        {"effort_s": 4 * HOUR, "absences": [Absence(TUE, TUE)]},
        [f"{day} 09:00-10:00" for day in (23, 25, 26, 27)],
    ),
    # more than a morning: over the pause, 5 x 5 h
    (
        {"effort_s": 25 * HOUR},
        [each for day in range(23, 28) for each in (f"{day} 09:00-12:30", f"{day} 13:30-15:00")],
    ),
]


def planned(place: Place, changed: dict[str, Any], person: Person = PERSON) -> list[str]:
    of_person = {
        key: changed[key] for key in ("hours", "busy", "absences", "capacity_s") if key in changed
    }
    of_wish = {key: value for key, value in changed.items() if key not in of_person}
    wish = replace(WEEK, place=place, **of_wish)

    return told(plan(wish, replace(person, **of_person)).spans)


@pytest.mark.parametrize(("changed", "expected"), EARLIEST)
def test_earliest_is_as_soon_as_possible(changed: dict[str, Any], expected: list[str]) -> None:
    assert planned("earliest", changed) == expected


@pytest.mark.parametrize(("changed", "expected"), LATEST)
def test_latest_is_as_late_as_possible(changed: dict[str, Any], expected: list[str]) -> None:
    assert planned("latest", changed) == expected


@pytest.mark.parametrize(("changed", "expected"), EVEN)
def test_even_is_the_same_on_each_day_as_far_as_blocks_allow(
    changed: dict[str, Any], expected: list[str]
) -> None:
    assert planned("even", changed) == expected


#: two mornings of 4 h, 8 h
TWO_DAYS = Wish(10 * HOUR, at("23T00:00"), at("25T00:00"), block=Block(3 * HOUR))
OVERLOAD: list[tuple[dict[str, Any], list[str], float]] = [
    ({"on_overload": "report"}, ["23 09:00-13:00", "24 09:00-13:00"], 2),
    ({"on_overload": "skip"}, [], 10),
    # 2 h would be too short on Wednesday: an hour less on Tuesday, 4 + 3 + 3
    ({"on_overload": "shift"}, ["23 09:00-13:00", "24 09:00-12:00", "25 09:00-12:00"], 0),
    # 7 h in blocks of 3.5 h at least leave half an hour on each day; short blocks use them
    (
        {"on_overload": "split", "block": Block(3 * HOUR, 210 * MINUTE), "effort_s": 450 * MINUTE},
        ["23 09:00-12:30", "23 12:30-13:00", "24 09:00-12:30"],
        0,
    ),
    # all gaps hold 8 of 10 h
    ({"on_overload": "split"}, ["23 09:00-13:00", "24 09:00-13:00"], 2),
    # three hours and nothing else: 10 h are three blocks and an hour that is none
    (
        {"on_overload": "shift", "block": Block(3 * HOUR, 3 * HOUR)},
        ["23 09:00-12:00", "24 09:00-12:00", "25 09:00-12:00"],
        1,
    ),
    # what fits is no overload
    ({"on_overload": "skip", "effort_s": 8 * HOUR}, ["23 09:00-13:00", "24 09:00-13:00"], 0),
    # when it is too late, only `shift` goes on, from the start
    ({"on_overload": "report", "start": at("25T08:00")}, [], 10),
    ({"on_overload": "split", "start": at("25T08:00")}, [], 10),
    (
        {"on_overload": "shift", "start": at("25T08:00"), "effort_s": 5 * HOUR, "block": Block()},
        ["25 09:00-13:00", "26 09:00-10:00"],
        0,
    ),
    # even in what is there, then as soon as possible
    (
        {"on_overload": "shift", "place": "latest", "effort_s": 9 * HOUR, "block": Block()},
        ["23 09:00-13:00", "24 09:00-13:00", "25 09:00-10:00"],
        0,
    ),
]


@pytest.mark.parametrize(("changed", "expected", "missing_h"), OVERLOAD)
def test_what_does_not_fit_is_reported_shifted_split_or_skipped(
    changed: dict[str, Any], expected: list[str], missing_h: float
) -> None:
    found = plan(replace(TWO_DAYS, **changed), MORNING)

    assert (told(found.spans), found.missing_s) == (expected, missing_h * HOUR)


def test_it_is_shifted_by_a_year_at_most() -> None:
    """366 days from Monday hold 53 Mondays of an hour, the first of them too."""
    mondays = replace(MORNING, capacity_s={"mon": HOUR})
    wish = Wish(100 * HOUR, at("22T00:00"), at("23T00:00"), on_overload="shift")

    found = plan(wish, mondays)

    assert len(found.spans) == 53
    assert found.missing_s == 47 * HOUR


def test_without_an_end_a_year_is_looked_ahead() -> None:
    mondays = replace(MORNING, capacity_s={"mon": HOUR})

    found = plan(Wish(100 * HOUR, at("23T00:00")), mondays)

    assert (len(found.spans), found.missing_s) == (53, 47 * HOUR)


def test_ten_thousand_hours_go_into_five_years_and_the_end_of_the_calendar_is_not_looked_for() -> (
    None
):
    """8 h on 1,250 days: 250 weeks."""
    wish = Wish(10_000 * HOUR, at("23T00:00"), datetime.max.replace(tzinfo=UTC))

    found = plan(wish, Person(NO_HOURS, PERSON.zone, FULL))

    assert found.missing_s == 0
    assert found.spans[-1].end == at("20T17:00").replace(year=2031, month=9, day=5, hour=15)


NIGHT = [
    # clocks go forward at 02:00: of 01:00-05:00 three hours are left, and no block lies over it
    ("2026-03-29", ["01:00-03:00", "03:00-05:00"], 3),
    # back at 03:00: 01:00-03:00 in summer time, 02:00-05:00 in winter time
    ("2026-10-25", ["01:00-02:00", "02:00-05:00"], 5),
]


@pytest.mark.parametrize(("day", "expected", "hours"), NIGHT)
def test_a_night_is_as_long_as_it_lasts(day: str, expected: list[str], hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime.fromisoformat(day).replace(tzinfo=berlin)
    nights = WorkingHours({6: (window("01:00-05:00"),)})

    found = plan(
        Wish(9 * HOUR, midnight, midnight + timedelta(days=1)),
        Person(nights, berlin, {"sun": 9 * HOUR}),
    )

    assert [each.partition(" ")[2] for each in told(found.spans)] == expected
    assert found.missing_s == (9 - hours) * HOUR
