"""Days off and free time: the arithmetic beside each row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.planning.absences import Absence, halves_off, of_awork
from workers.planning.freetime import Booking, Week, free_s
from workers.planning.spans import Span as Block

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
#: eight hours from Monday to Friday
FULL = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 8 * HOUR)
MON, TUE, WED, FRI = (date(2026, 11, day) for day in (23, 24, 25, 27))


def absence(start: str, end: str, **flags: bool) -> dict[str, Any]:
    return {"startOn": f"2026-11-{start}Z", "endOn": f"2026-11-{end}Z", **flags}


HALVES = [
    # one day
    (absence("24T00:00:00", "24T23:59:59"), [0, 2, 0]),
    (absence("24T00:00:00", "24T12:00:00", isHalfDayOnStart=True), [0, "first", 0]),
    (absence("24T12:00:00", "24T23:59:59", isHalfDayOnEnd=True), [0, "second", 0]),
    (absence("24T00:00:00", "24T23:59:59", isHalfDayOnStart=True, isHalfDayOnEnd=True), [0, 2, 0]),
    # several
    (absence("23T00:00:00", "25T23:59:59"), [2, 2, 2]),
    (absence("23T12:00:00", "24T23:59:59", isHalfDayOnStart=True), ["second", 2, 0]),
    (absence("24T00:00:00", "25T12:00:00", isHalfDayOnEnd=True), [0, 2, "first"]),
    # as people write them in tests of rules
    ({"startOn": "2026-11-24"}, [0, 2, 0]),
    ({"startOn": "2026-11-24", "isHalfDayOnStart": True}, [0, "first", 0]),
]


@pytest.mark.parametrize(("item", "expected"), HALVES)
def test_an_absence_takes_whole_days_and_halves(item: dict[str, Any], expected: list[Any]) -> None:
    found = [of_awork(item).halves(day) for day in (MON, TUE, WED)]

    kinds = {0: set(), 2: {"first", "second"}, "first": {"first"}, "second": {"second"}}
    assert found == [kinds[each] for each in expected]


def test_two_halves_make_a_day_and_one_half_twice_does_not() -> None:
    first, second = Absence(TUE, TUE, half_on_start=True), Absence(TUE, TUE, half_on_end=True)

    assert halves_off(TUE, [first, second]) == {"first", "second"}
    assert halves_off(TUE, [first, first]) == {"first"}
    assert halves_off(TUE, []) == set()


def at(text: str) -> datetime:
    """A moment of November 2026, in Berlin (an hour ahead of UTC)."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=BERLIN)


def block(start: str, end: str) -> Block:
    return Block(at(start).astimezone(UTC), at(end).astimezone(UTC))


FREE: list[tuple[str, str, dict[str, Any], float]] = [
    ("23T00:00", "23T23:59", {}, 8),
    ("23T00:00", "27T17:00", {}, 5 * 8),
    ("23T00:00", "29T23:00", {}, 5 * 8),  # the weekend holds nothing
    ("28T09:00", "29T17:00", {}, 0),
    ("23T16:00", "24T17:00", {}, 8 + 8),  # eight hours are left before midnight
    ("23T20:00", "23T22:30", {}, 2.5),  # no more than lies between
    ("23T20:00", "24T00:30", {}, 4 + 0.5),
    ("23T09:00", "23T09:00", {}, 0),
    ("24T09:00", "23T09:00", {}, 0),
    # absences
    ("23T00:00", "24T17:00", {"absences": [Absence(MON, MON)]}, 8),
    ("23T00:00", "24T17:00", {"absences": [Absence(TUE, TUE, half_on_start=True)]}, 8 + 4),
    # schedules: 2 h of 8; more than the day holds; two at the same time count twice
    ("23T00:00", "23T23:00", {"blocks": [block("23T09:00", "23T11:00")]}, 6),
    ("23T00:00", "24T17:00", {"blocks": [block("23T06:00", "23T20:00")]}, 0 + 8),
    ("23T00:00", "23T23:00", {"blocks": [block("23T09:00", "23T11:00")] * 2}, 4),
    # one that is over has used up its part of today's capacity
    ("23T12:00", "23T23:00", {"blocks": [block("23T08:00", "23T11:00")]}, 5),
    # in the last hours only what no schedule covers is free: 20-24, less 21-24
    ("23T20:00", "24T00:00", {"blocks": [block("23T21:00", "24T00:00")]}, 1),
    # over midnight: 2 h on Monday, 3 h on Tuesday
    ("23T00:00", "24T23:00", {"blocks": [block("23T22:00", "24T03:00")]}, 6 + 5),
    ("23T00:00", "23T23:00", {"blocks": [block("24T09:00", "24T11:00")]}, 8),
    # bookings: 10 h over five days are 2 h a day
    ("23T00:00", "24T17:00", {"bookings": [Booking(MON, FRI, 10 * HOUR)]}, 6 + 6),
    # 9 h over 4.5 days: half on the half day
    (
        "23T00:00",
        "24T17:00",
        {
            "bookings": [Booking(MON, FRI, 9 * HOUR)],
            "absences": [Absence(TUE, TUE, half_on_start=True)],
        },
        6 + 3,
    ),
    # a booking where nobody works takes nothing
    ("23T00:00", "23T23:00", {"bookings": [Booking(date(2026, 11, 28), date(2026, 11, 29), 9)]}, 8),
    # more than the days hold
    ("23T00:00", "24T17:00", {"bookings": [Booking(MON, MON, 100 * HOUR)]}, 0 + 8),
]


@pytest.mark.parametrize(("now", "until", "taken", "hours"), FREE)
def test_free_time_is_what_is_left_of_each_day(
    now: str, until: str, taken: dict[str, Any], hours: float
) -> None:
    week = Week(FULL, taken.get("absences", ()))

    found = free_s(
        week, taken.get("blocks", ()), taken.get("bookings", ()), now=at(now), until=at(until)
    )

    assert found == hours * HOUR


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)],  # clocks go forward, go back
)
def test_a_day_lasts_from_midnight_to_midnight(day: str, hours: int) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    round_the_clock = Week(dict.fromkeys(("sun", "mon"), 25 * HOUR))

    found = free_s(round_the_clock, (), (), now=begin, until=begin + timedelta(days=1))

    assert found == hours * HOUR


def test_what_lies_at_the_end_of_the_calendar_does_not_matter() -> None:
    for_ever = Block(at("23T00:00"), datetime.max.replace(tzinfo=UTC))

    assert free_s(Week(FULL), [for_ever], (), now=at("23T00:00"), until=for_ever.end) == 0


_HOURS = st.integers(0, 24 * 14)
_SPANS = st.lists(st.tuples(_HOURS, st.integers(1, 30)), max_size=8)


@given(begin=_HOURS, length=_HOURS, spans=_SPANS, more=_SPANS)
def test_more_work_never_leaves_more_time(
    begin: int, length: int, spans: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    now = at("23T00:00") + timedelta(hours=begin)
    until = now + timedelta(hours=length)

    def left(each: list[tuple[int, int]]) -> int:
        starts = [(at("23T00:00") + timedelta(hours=start), hours) for start, hours in each]
        blocks = [Block(start, start + timedelta(hours=hours)) for start, hours in starts]
        return free_s(Week(FULL), blocks, (), now=now, until=until)

    assert 0 <= left(spans + more) <= left(spans) <= left([]) <= length * HOUR
