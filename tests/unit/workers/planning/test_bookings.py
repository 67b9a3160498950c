"""Which days a person is booked on, and for how long: the parts add up, no day off is in one."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.planning.absences import Absence, halves_off
from workers.planning.bookings import Range, booked, capacity_s, in_proportion
from workers.planning.freetime import Booking, Week

HOUR = 3600
#: eight hours from Monday to Thursday, four on Friday
CAPACITY = {**dict.fromkeys(("mon", "tue", "wed", "thu"), 8 * HOUR), "fri": 4 * HOUR}
#: Monday, 4 January 2027
MONDAY = date(2027, 1, 4)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("amount", "absences", "pieces"),
    [
        # 4 * 8 + 4 = 36 h in the week
        (Fraction(1, 2), [], [(0, 4, 18 * HOUR)]),
        (10 * HOUR, [], [(0, 4, 10 * HOUR)]),
        # Wednesday off: 16 h before it and 12 h after; half of 28 h is 14 h, in parts of 8 and 6
        (Fraction(1, 2), [Absence(day(2), day(2))], [(0, 1, 8 * HOUR), (3, 4, 6 * HOUR)]),
        (14 * HOUR, [Absence(day(2), day(2))], [(0, 1, 8 * HOUR), (3, 4, 6 * HOUR)]),
        # half of Wednesday off cuts nothing: 8 + 8 + 4 + 8 + 4 = 32 h
        (Fraction(1, 2), [Absence(day(2), day(2), half_on_start=True)], [(0, 4, 16 * HOUR)]),
        # Monday and Friday off: a piece begins and ends on a day of work
        (24 * HOUR, [Absence(day(0), day(0)), Absence(day(4), day(4))], [(1, 3, 24 * HOUR)]),
        (10 * HOUR, [Absence(day(0), day(4))], []),
        (0, [], []),
    ],
)
def test_a_week_is_booked_around_days_off(
    amount: int | Fraction, absences: list[Absence], pieces: list[tuple[int, int, int]]
) -> None:
    found = booked(Range(day(0), day(6)), Week(CAPACITY, absences), amount, around_absences=True)

    assert found == tuple(Booking(day(first), day(last), s) for first, last, s in pieces)


def test_seconds_that_are_asked_for_are_booked_whatever_the_days_hold() -> None:
    week = Week(CAPACITY, [Absence(day(0), day(6))])

    found = booked(Range(day(0), day(6)), week, 5 * HOUR, around_absences=False)

    assert found == (Booking(day(0), day(6), 5 * HOUR),)


_ABSENCES = st.lists(
    st.builds(
        lambda first, days, start, end: Absence(day(first), day(first + days), start, end),
        st.integers(0, 40),
        st.integers(0, 9),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
)


@given(_ABSENCES, st.integers(1, 200 * HOUR), st.integers(0, 40))
def test_the_pieces_add_up_and_none_holds_a_whole_day_off(
    absences: list[Absence], seconds: int, days: int
) -> None:
    range_, week = Range(day(0), day(days)), Week(CAPACITY, absences)

    found = booked(range_, week, seconds, around_absences=True)

    assert sum(one.seconds for one in found) == (seconds if capacity_s(range_, week) else 0)
    for one in found:
        held = list(Range(one.first, one.last).days())
        assert range_.first <= one.first <= one.last <= range_.last
        assert all(len(halves_off(on, absences)) < 2 for on in held)
        assert min(week.on(one.first), week.on(one.last)) > 0


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_number_is_shared_out_to_the_last_one(total: int, weights: list[int]) -> None:
    parts = in_proportion(total, weights)

    assert sum(parts) == (total if any(weights) else 0)
    whole = sum(weights)
    exact = [Fraction(total * weight, whole) if whole else Fraction(0) for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))
