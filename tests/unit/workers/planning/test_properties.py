"""What holds for any calendar and any wish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workers.planning import oracle
from tests.unit.workers.planning.drawn import ZONES, Case, cases, examples
from workers.planning.plan import Wish, plan
from workers.planning.spans import Span


def _is_planned_as_wished(case: Case) -> None:
    wish, person = case.wish, case.person
    planned = plan(wish, person)

    assert planned.missing_s >= 0
    assert sum(one.seconds for one in planned.spans) + planned.missing_s == max(0, wish.effort_s)
    assert list(planned.spans) == sorted(planned.spans)
    last = max((one.end for one in planned.spans), default=wish.start)
    reach = Span(wish.start, max(wish.reach().end, wish.start, last))
    if wish.on_overload != "shift":
        assert last <= max(wish.reach().end, wish.start)
    calendar = oracle.look(person, reach)
    assert oracle.complaints(calendar, reach, wish.block, planned.spans) == []
    _have_the_lengths(wish, planned.spans)


def _have_the_lengths(wish: Wish, spans: Sequence[Span]) -> None:
    shortest = 1 if wish.on_overload == "split" else min(wish.block.min_s, wish.effort_s)
    off_grid = [one for one in spans if one.seconds % wish.block.round_s]
    assert all(one.seconds >= shortest for one in spans)
    assert all(one.seconds <= (wish.block.max_s or one.seconds) for one in spans)
    assert len(off_grid) <= (1 if wish.effort_s % wish.block.round_s else 0)


@examples(300)
@given(cases())
def test_blocks_are_where_people_work_and_add_up(case: Case) -> None:
    _is_planned_as_wished(case)


@pytest.mark.nightly
@examples(10_000)
@given(cases())
def test_blocks_are_where_people_work_and_add_up_ten_thousand_times(case: Case) -> None:
    _is_planned_as_wished(case)


def _is_missing_only_what_cannot_be_placed(case: Case) -> None:
    wish, block, effort_s = case.wish, case.wish.block, max(0, case.wish.effort_s)
    reach = Span(wish.start, max(wish.start, wish.reach().end))
    free = oracle.slots(oracle.look(case.person, reach), reach, block)
    shortest_s = max(1, min(block.min_s, effort_s))
    longest = max([0, *free]) if block.max_s is None else block.max_s // block.round_s
    unused_s = -effort_s % block.round_s
    lengths, odd = (
        range(-(-least_s // block.round_s), longest + 1)
        for least_s in (shortest_s, shortest_s + unused_s)
    )

    planned = plan(replace(wish, on_overload="report"), case.person)

    most, _ = oracle.sums(free, lengths, effort_s // block.round_s, odd)
    _, fits = oracle.sums(free, lengths, -(-effort_s // block.round_s), odd)
    expected_s = effort_s if fits else most * block.round_s
    assert sum(one.seconds for one in planned.spans) == expected_s


@examples(200)
@given(cases())
def test_what_is_missing_cannot_be_placed_in_any_way(case: Case) -> None:
    _is_missing_only_what_cannot_be_placed(case)


@pytest.mark.nightly
@examples(5_000)
@given(cases())
def test_what_is_missing_cannot_be_placed_in_any_way_five_thousand_times(case: Case) -> None:
    _is_missing_only_what_cannot_be_placed(case)


@examples(100)
@given(cases(), st.integers(0, 2**32))
def test_the_order_in_which_things_are_told_changes_nothing(case: Case, seed: int) -> None:
    person, chance = case.person, Random(seed)
    busy, absences = list(person.busy), list(person.absences)
    chance.shuffle(busy)
    chance.shuffle(absences)

    assert plan(case.wish, replace(person, busy=busy, absences=absences)) == plan(case.wish, person)


@examples(100)
@given(cases(), st.sampled_from(ZONES))
def test_the_zone_in_which_moments_are_told_changes_nothing(case: Case, zone: str) -> None:
    told, wish = ZoneInfo(zone), case.wish
    start, until = (each.astimezone(told) for each in (wish.start, wish.until or wish.start))
    busy = [Span(one.start.astimezone(told), one.end.astimezone(told)) for one in case.person.busy]

    found = plan(replace(wish, start=start, until=until), replace(case.person, busy=busy))

    assert found == plan(wish, case.person)
    assert all(one.start.tzinfo is UTC is one.end.tzinfo for one in found.spans)
