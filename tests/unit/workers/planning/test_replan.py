"""Planning again: what stays, what counts, what is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.workers.planning.people import BERLIN, HOUR, MINUTE, PERSON, WED, at, span, told
from workers.planning.absences import Absence
from workers.planning.difference import Difference, Made
from workers.planning.lengths import Block
from workers.planning.plan import Wish
from workers.planning.replan import replan
from workers.rules.hours import WorkingHours, window

#: 6 h until Friday evening
WISH = Wish(6 * HOUR, at("23T08:00"), at("28T00:00"), block=Block(HOUR, 4 * HOUR))
TUESDAY, WEDNESDAY = Made("tue", span("24 09:00-12:00")), Made("wed", span("25 14:00-17:00"))
MADE = [TUESDAY, WEDNESDAY]
NOW = at("23T08:00")
#: what a new plan wants: 3.5 + 2.5 h on Monday
NEW = ["23 09:00-12:30", "23 13:30-16:00"]


def test_what_still_fits_stays_where_it_is() -> None:
    found = replan(WISH, PERSON, MADE, now=NOW, same_wish=True)

    assert told(found.planned.spans) == ["24 09:00-12:00", "25 14:00-17:00"]
    assert found.difference == Difference()


DISTURBED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # something else is planned over a block; on the same day, but 8 - 6 = 2 h of room for 3
    ({}, {"busy": [span("24 11:00-12:00")]}),
    ({}, {"busy": [span("24 15:00-21:00")]}),
    # half of Wednesday off, all of it, or shorter
    ({}, {"absences": [Absence(WED, WED, half_on_end=True)]}),
    ({}, {"absences": [Absence(WED, WED)]}),
    ({}, {"capacity_s": {**PERSON.capacity_s, "wed": 2 * HOUR}}),
    # before the start, after the end
    ({"start": at("24T09:30")}, {}),
    ({"until": at("25T16:00")}, {}),
    # too short, too long
    ({"block": Block(210 * MINUTE, 4 * HOUR)}, {}),
    ({"block": Block(HOUR, 2 * HOUR)}, {}),
    # less, more
    ({"effort_s": 5 * HOUR}, {}),
    ({"effort_s": 7 * HOUR}, {}),
]


@pytest.mark.parametrize(("of_wish", "of_person"), DISTURBED)
def test_blocks_that_do_not_fit_any_more_are_planned_anew(
    of_wish: dict[str, Any], of_person: dict[str, Any]
) -> None:
    wish, person = replace(WISH, **of_wish), replace(PERSON, **of_person)
    fresh = replan(wish, person, [], now=NOW, same_wish=True).planned

    found = replan(wish, person, MADE, now=NOW, same_wish=True)

    assert found.planned == fresh
    assert found.difference != Difference()


UNDISTURBED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # beside the blocks there is room for it: 8 - 3 = 5 h
    ({}, {"busy": [span("24 12:00-17:00")]}),
    ({}, {"absences": [Absence(WED, WED, half_on_start=True)]}),
    ({"until": at("25T17:00")}, {}),
    ({"block": Block(3 * HOUR, 3 * HOUR)}, {}),
    ({"place": "even", "on_overload": "shift"}, {}),
]


@pytest.mark.parametrize(("of_wish", "of_person"), UNDISTURBED)
def test_blocks_that_fit_as_they_stand_are_left_alone(
    of_wish: dict[str, Any], of_person: dict[str, Any]
) -> None:
    wish, person = replace(WISH, **of_wish), replace(PERSON, **of_person)

    found = replan(wish, person, MADE, now=NOW, same_wish=True)

    assert found.difference == Difference()


def test_blocks_of_ours_that_lie_over_each_other_are_planned_anew() -> None:
    twice = [TUESDAY, Made("other", span("24 09:30-12:30"))]

    found = replan(WISH, PERSON, twice, now=NOW, same_wish=True)

    assert told(found.planned.spans) == NEW


def test_short_blocks_stay_where_an_effort_is_split() -> None:
    """7.5 h in blocks of 3 h fit into two mornings of 4 h only with another of half an hour."""
    mornings = replace(
        PERSON, hours=WorkingHours(dict.fromkeys(range(5), (window("09:00-13:00"),)))
    )
    block = Block(3 * HOUR, 210 * MINUTE)
    wish = Wish(450 * MINUTE, NOW, at("25T00:00"), block=block, on_overload="split")
    there = [span("23 09:00-12:30"), span("24 09:00-09:30"), span("24 09:30-13:00")]

    found = replan(
        wish,
        mornings,
        [Made(f"schedule-{number}", one) for number, one in enumerate(there)],
        now=NOW,
        same_wish=True,
    )

    assert found.difference == Difference()


def test_another_wish_is_planned_anew_even_where_the_blocks_fit() -> None:
    found = replan(WISH, PERSON, MADE, now=NOW, same_wish=False)

    assert told(found.planned.spans) == NEW
    assert [(one.id, told([to])[0]) for one, to in found.difference.moves] == [
        ("tue", NEW[1]),
        ("wed", NEW[0]),
    ]


PASSING = [
    # a second before it begins all is to come
    ("24T08:59", 6, ["24 09:00-12:00", "25 14:00-17:00"], 0),
    # it has begun: 3 h of the 6 h are in it, 3 h are left
    ("24T09:00", 6, ["25 14:00-17:00"], 0),
    ("24T11:59", 6, ["25 14:00-17:00"], 0),
    # it is over, and what was done is not left: 3 h
    ("24T12:00", 3, ["25 14:00-17:00"], 0),
    # it is over, and nothing was done: 6 h from now on, which is one write more
    ("24T12:00", 6, ["24 13:30-17:30", "25 09:00-11:00"], 2),
    # in the last one: its 3 h are all that is left
    ("25T15:00", 3, [], 0),
    # and when less is left than it holds, nothing is planned besides
    ("25T15:00", 1, [], 0),
]


@pytest.mark.parametrize(("now", "effort_h", "expected", "writes"), PASSING)
def test_what_has_begun_counts_whole_and_what_is_over_not_at_all(
    now: str, effort_h: int, expected: list[str], writes: int
) -> None:
    wish = replace(WISH, effort_s=effort_h * HOUR)

    found = replan(wish, PERSON, MADE, now=at(now), same_wish=True)

    made = found.difference
    assert told(found.planned.spans) == expected
    assert len(made.creates) + len(made.moves) + len(made.deletes) == writes


def test_a_block_that_has_begun_is_never_touched_and_never_planned_over() -> None:
    running = Made("mon", span("23 09:00-10:00"))

    found = replan(
        replace(WISH, effort_s=2 * HOUR), PERSON, [running], now=at("23T09:30"), same_wish=False
    )

    assert told(found.planned.spans) == ["23 10:00-11:00"]
    assert found.difference == Difference(creates=(span("23 10:00-11:00"),))


def test_without_an_effort_what_is_to_come_is_deleted() -> None:
    found = replan(replace(WISH, effort_s=0), PERSON, MADE, now=at("24T09:30"), same_wish=True)

    assert found.difference == Difference(deletes=(WEDNESDAY,))


def test_what_was_shifted_comes_back_when_there_is_room_again() -> None:
    wish = Wish(8 * HOUR, NOW, at("24T00:00"), on_overload="shift")
    shifted = [Made("mon", span("23 13:30-17:30")), Made("tue", span("24 13:30-17:30"))]
    meeting = replace(PERSON, busy=[span("23 09:00-12:30")])

    found = replan(wish, PERSON, shifted, now=NOW, same_wish=True)
    busy = replan(wish, meeting, [shifted[0]], now=NOW, same_wish=True)

    # 7.5 h on Monday, half an hour later; beside the meeting 4 h, and 4 h later
    assert told(found.planned.spans) == ["23 09:00-12:30", "23 13:30-17:30", "24 09:00-09:30"]
    assert told(busy.planned.spans) == ["23 13:30-17:30", "24 09:00-12:30", "24 13:30-14:00"]


@pytest.mark.parametrize(
    ("start", "until"),
    [("2037-01-01", "2038-01-01"), ("9999-12-01", "9999-12-31"), ("2026-11-27", "2026-11-24")],
)
def test_what_nobody_plans_is_missing(start: str, until: str) -> None:
    """More than ten years ahead, at the end of the calendar, and backwards."""
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, until))

    found = replan(
        replace(WISH, start=begin, until=end), PERSON, [TUESDAY], now=NOW, same_wish=True
    )

    assert found.planned.missing_s == 6 * HOUR
    assert found.difference == Difference(deletes=(TUESDAY,))


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """25 October: 02:45 comes before the second 02:15, which is 01:15 in UTC."""
    nights = replace(PERSON, hours=WorkingHours({6: (window("02:00-05:00"),)}))
    nights = replace(nights, capacity_s={"sun": 9 * HOUR})
    first, second = (datetime(2026, 10, 25, 2, at, tzinfo=BERLIN) for at in (45, 15))
    wish = Wish(HOUR, first, first + timedelta(hours=6))

    found = replan(wish, nights, [], now=second.replace(fold=1), same_wish=False)

    assert found.planned.spans[0].start == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
