"""How long an entry becomes: minimum first, whole steps after that. The arithmetic is beside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.actions.rounding import Direction, Rounding

MINUTE = 60
QUARTER = 15 * MINUTE
DAY = 86_400


@pytest.mark.parametrize(
    ("direction", "tolerance_s", "duration_s", "rounded_s"),
    [
        ("up", 0, 0, 0),  # nothing is a whole number of steps
        ("up", 0, 1, 900),  # the first step
        ("up", 0, 900, 900),  # whole already
        ("up", 0, 901, 1_800),  # 900 + 1
        ("up", 0, 4_020, 4_500),  # 67 min = 4 * 15 + 7: five steps
        ("up", 60, 960, 900),  # 900 + 60: within the tolerance
        ("up", 60, 961, 1_800),  # 900 + 61: beyond it
        ("up", 60, 60, 900),  # before the first step nothing is let go
        ("up", 60, 45, 900),
        ("down", 0, 899, 899),  # no step would be left: it stays
        ("down", 0, 900, 900),
        ("down", 0, 1_799, 900),
        ("nearest", 0, 449, 449),  # nearest is none: it stays
        ("nearest", 0, 450, 900),  # half of 900 goes up
        ("nearest", 0, 1_349, 900),  # 900 + 449
        ("nearest", 0, 1_350, 1_800),  # 900 + 450
        ("nearest", 600, 1_499, 900),  # 900 + 599 would go up; the tolerance lets it go
    ],
)
def test_a_length_is_rounded_to_quarters_of_an_hour(
    direction: Direction, tolerance_s: int, duration_s: int, rounded_s: int
) -> None:
    rounding = Rounding(step_s=QUARTER, direction=direction, tolerance_s=tolerance_s)

    assert rounding.of(duration_s) == rounded_s


@pytest.mark.parametrize(
    ("direction", "step_s", "minimum_s", "duration_s", "rounded_s"),
    [
        ("up", 0, 1_200, 420, 1_200),  # no steps: the minimum as it is
        ("up", 0, 1_200, 1_201, 1_201),
        ("up", 900, 1_200, 420, 1_800),  # raised to 20 min, and these up to 30
        ("up", 900, 900, 420, 900),  # the minimum is a whole step
        ("down", 900, 1_200, 420, 1_800),  # 15 would be below 20: the next step above it
        ("nearest", 900, 1_200, 420, 1_800),  # 20 is nearer to 15, which is below 20
        ("nearest", 900, 300, 200, 900),  # 5 is nearest to none, which is below 5
        ("down", 900, 1_200, 2_000, 1_800),  # 33:20 down to 30, and that is above 20
        ("up", 7, 10, 3, 14),  # 10 = 7 + 3: two steps
    ],
)
def test_the_minimum_comes_first_and_holds_afterwards(
    direction: Direction, step_s: int, minimum_s: int, duration_s: int, rounded_s: int
) -> None:
    rounding = Rounding(step_s=step_s, direction=direction, minimum_s=minimum_s)

    assert rounding.of(duration_s) == rounded_s


def test_a_tolerance_does_not_go_below_the_minimum() -> None:
    """16 minutes are within a minute of 15, but 16 is the least."""
    rounding = Rounding(step_s=QUARTER, tolerance_s=MINUTE, minimum_s=16 * MINUTE)

    assert rounding.of(5 * MINUTE) == 30 * MINUTE


@st.composite
def roundings(draw: st.DrawFn) -> Rounding:
    step_s = draw(st.integers(0, 7_200))
    return Rounding(
        step_s=step_s,
        direction=draw(st.sampled_from(["up", "down", "nearest"])),
        tolerance_s=draw(st.integers(0, max(0, step_s - 1))),
        minimum_s=draw(st.integers(0, 4 * 3_600)),
    )


@given(roundings(), st.integers(0, DAY))
def test_what_is_rounded_stays_as_it_is(rounding: Rounding, duration_s: int) -> None:
    once = rounding.of(duration_s)

    assert rounding.of(once) == once


@given(roundings(), st.integers(0, DAY))
def test_no_length_is_below_the_minimum(rounding: Rounding, duration_s: int) -> None:
    assert rounding.of(duration_s) >= rounding.minimum_s


@given(roundings(), st.integers(0, DAY))
def test_a_length_is_whole_steps_unless_it_is_less_than_one(
    rounding: Rounding, duration_s: int
) -> None:
    rounded = rounding.of(duration_s)

    assert not rounding.step_s or rounded < rounding.step_s or rounded % rounding.step_s == 0


@given(roundings(), st.integers(0, DAY), st.integers(0, DAY))
def test_more_work_is_never_made_less(rounding: Rounding, one: int, other: int) -> None:
    less, more = sorted((one, other))

    assert rounding.of(less) <= rounding.of(more)


@given(roundings(), st.integers(1, DAY))
def test_tracked_work_does_not_vanish_and_changes_by_less_than_a_step(
    rounding: Rounding, duration_s: int
) -> None:
    rounded = rounding.of(duration_s)

    raised = max(duration_s, rounding.minimum_s)
    assert rounded > 0
    assert rounded == raised or abs(rounded - raised) < rounding.step_s
