"""Planning again, for any calendar: what is written, and what stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.workers.planning.drawn import Case, busy, cases, examples
from workers.planning.difference import Difference, Made
from workers.planning.replan import Replanned, replan
from workers.planning.spans import Span

NOTHING = Difference()


def made_of(spans: Sequence[Span]) -> list[Made]:
    return [Made(f"schedule-{number}", span) for number, span in enumerate(spans)]


def applied(writes: Difference, made: Sequence[Made]) -> list[Span]:
    """What is there after the writes."""
    there = {one.id: one.span for one in made}
    for gone in writes.deletes:
        del there[gone.id]
    for moved, to in writes.moves:
        assert there[moved.id] == moved.span != to
        there[moved.id] = to
    return sorted([*there.values(), *writes.creates])


def _nothing_is_written_again(case: Case, part: float) -> None:
    wish, person = case.wish, case.person
    planned = replan(wish, person, [], now=wish.start, same_wish=False).planned
    assume(planned.spans)
    made, before_it = made_of(planned.spans), planned.spans[0].start - wish.start

    now = wish.start + before_it * part - timedelta(seconds=1)
    again = replan(wish, person, made[::-1], now=now, same_wish=True)

    assert again == Replanned(planned, NOTHING)


@examples(200)
@given(cases(), st.floats(0, 1))
def test_planning_again_before_the_first_block_writes_nothing(case: Case, part: float) -> None:
    _nothing_is_written_again(case, part)


@pytest.mark.nightly
@examples(10_000)
@given(cases(), st.floats(0, 1))
def test_planning_again_before_the_first_block_writes_nothing_ten_thousand_times(
    case: Case, part: float
) -> None:
    _nothing_is_written_again(case, part)


@examples(150)
@given(cases(), st.floats(0, 1))
def test_time_that_passes_over_the_blocks_writes_nothing(case: Case, part: float) -> None:
    wish, person = case.wish, case.person
    planned = replan(wish, person, [], now=wish.start, same_wish=False).planned
    assume(planned.spans and not planned.missing_s)
    now = wish.start + (planned.spans[-1].end - wish.start) * part
    past_s = sum(span.seconds for span in planned.spans if span.end <= now)
    left = replace(wish, effort_s=wish.effort_s - past_s)

    again = replan(left, person, made_of(planned.spans), now=now, same_wish=True)

    assert again.difference == NOTHING
    assert again.planned.missing_s == 0


def _only_the_difference_is_written(case: Case, later: int, more_s: int, new: list[Span]) -> None:
    wish, person = case.wish, case.person
    planned = replan(wish, person, [], now=wish.start, same_wish=False).planned
    changed = replace(wish, until=wish.reach().end + timedelta(minutes=5 * later))
    changed = replace(changed, effort_s=wish.effort_s + more_s)
    busier = replace(person, busy=[*person.busy, *new])
    made = made_of(planned.spans)
    now = wish.start + timedelta(minutes=7 * abs(later))

    again = replan(changed, busier, made, now=now, same_wish=False)

    begun = [one for one in made if one.span.start <= now]
    to_come = [one for one in made if one.span.start > now]
    writes, wanted = again.difference, list(again.planned.spans)
    assert applied(writes, made) == sorted([*wanted, *(one.span for one in begun)])
    same = len({one.span for one in to_come} & set(wanted))
    assert len(writes.creates) + len(writes.moves) + len(writes.deletes) == max(
        len(wanted) - same, len(to_come) - same
    )
    touched = {one.id for one in writes.deletes} | {one.id for one, _ in writes.moves}
    assert touched == {one.id for one in to_come if one.span not in wanted}
    other_order = replan(changed, busier, made[::-1], now=now, same_wish=False)
    assert other_order == again


_changes = st.integers(-800, 800), st.integers(-40, 40).map(lambda each: each * 900)


@examples(200)
@given(cases(), *_changes, st.data())
def test_a_changed_wish_writes_only_the_difference(
    case: Case, later: int, more_s: int, data: st.DataObject
) -> None:
    new = data.draw(st.lists(busy(case.wish.start), max_size=2))

    _only_the_difference_is_written(case, later, more_s, new)


@pytest.mark.nightly
@examples(10_000)
@given(cases(), *_changes, st.data())
def test_a_changed_wish_writes_only_the_difference_ten_thousand_times(
    case: Case, later: int, more_s: int, data: st.DataObject
) -> None:
    new = data.draw(st.lists(busy(case.wish.start), max_size=2))

    _only_the_difference_is_written(case, later, more_s, new)


@examples(200)
@given(cases(), *_changes, st.data())
def test_what_the_same_wish_leaves_needs_nothing_more(
    case: Case, later: int, more_s: int, data: st.DataObject
) -> None:
    """Whatever has changed: after the writes, planning again finds nothing to do."""
    wish, made = case.wish, made_of(replan_spans(case))
    wish = replace(wish, effort_s=wish.effort_s + more_s)
    new = data.draw(st.lists(busy(wish.start), max_size=2))
    person = replace(case.person, busy=[*case.person.busy, *new])
    now = wish.start + timedelta(minutes=7 * abs(later))

    first = replan(wish, person, made, now=now, same_wish=True)
    # one that begins this very moment has begun
    assume(all(span.start > now for span in first.planned.spans))
    second = replan(wish, person, made_of(applied(first.difference, made)), now=now, same_wish=True)

    assert second == Replanned(first.planned, NOTHING)


def replan_spans(case: Case) -> tuple[Span, ...]:
    wish = case.wish
    return replan(wish, case.person, [], now=wish.start, same_wish=False).planned.spans
