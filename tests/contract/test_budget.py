"""The budget that all workers share: what it promises, whatever comes. Real Redis, own clock."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.contract.asking import Asking
from webhooks.store.client import Client
from workers.targets.budget import PER_SECOND

MINUTE, SECOND = 60_000, 1_000


@pytest.mark.parametrize(
    ("per_minute", "urgent", "begun", "sent"),
    [
        (1_000, True, True, 990),  # 99 %
        (1_000, True, False, 980),  # 98 %: a hundredth is for what has begun
        (1_000, False, True, 795),  # 990 less 20 % of 979
        (1_000, False, False, 785),
        (3_000, True, False, 2_940),
        (100, True, True, 99),
        (100, True, False, 95),  # four at least are for what has begun
        (10, True, False, 5),
        (1, True, False, 1),
        (1, False, False, 1),
    ],
)
def test_an_idle_workspace_may_use_its_part_at_once(
    client: Client, per_minute: int, urgent: bool, begun: bool, sent: int
) -> None:
    asking = Asking(client, per_minute)

    assert asking.many(urgent=urgent, begun=begun) == sent


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(per_minute=20, pauses=[(1, 30, True, True), (59_999, 30, True, True)])
@given(
    per_minute=st.integers(1, 60),
    pauses=st.lists(
        st.tuples(
            st.sampled_from([0, 1, 249, 250, 30_000, 59_999]) | st.integers(0, 60_500),
            st.integers(1, 70),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_no_minute_wherever_it_begins_has_more_than_the_limit(
    client: Client, per_minute: int, pauses: list[tuple[int, int, bool, bool]]
) -> None:
    asking = Asking(client, per_minute)

    for pause_ms, wanted, urgent, begun in pauses:
        asking.now_ms += pause_ms
        for number in range(wanted):
            asking.wait_s(urgent=urgent, begun=begun, process=number % 2)

    limit = max(1, per_minute * 99 // 100)
    assert asking.most_in(MINUTE) <= limit


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from([0, 1, 3]), min_size=1, max_size=12))
def test_no_second_wherever_it_begins_has_more_than_its_limit(
    client: Client, steps: list[int]
) -> None:
    asking = Asking(client, 100_000)

    for number in range(1_200):
        asking.now_ms += steps[number % len(steps)]
        asking.wait_s()

    assert asking.most_in(SECOND) <= PER_SECOND


def test_past_a_seconds_limit_one_waits_for_no_more_than_that(client: Client) -> None:
    asking = Asking(client, 3_000)
    for _ in range(PER_SECOND):
        asking.take()

    assert 1.0 < asking.wait_s() < 1.3


def test_what_was_taken_comes_back_after_a_minute(client: Client) -> None:
    asking = Asking(client, 100)
    asking.many()

    asking.now_ms += MINUTE
    early = asking.wait_s()
    asking.now_ms += 250

    # Times are counted in quarters of a second, and the quarter a minute ago still counts.
    assert 0.25 < early < 1
    assert asking.many() == 99


def test_those_who_wait_come_back_one_by_one_and_none_after_five_minutes(
    client: Client,
) -> None:
    asking = Asking(client, 100)
    asking.many()

    waits = [asking.wait_s() for _ in range(700)]
    apart = [later - sooner for sooner, later in pairwise(waits)]

    # 99 places a minute, so that as many come back as there is to take.
    assert waits[0] == pytest.approx(60, abs=1)
    assert apart[:390] == pytest.approx([60 / 99] * 390, abs=0.002)
    assert max(waits) == pytest.approx(300, abs=0.002)


def test_what_nobody_waits_for_has_a_line_of_its_own(client: Client) -> None:
    asking = Asking(client, 100)
    asking.many()
    urgent = [asking.wait_s() for _ in range(50)]

    rest = asking.wait_s(urgent=False)

    # It waits for the first to come back too, not behind all who are urgent.
    assert (urgent[0], rest) == pytest.approx((60, 60), abs=1)
    assert urgent[-1] > 85


def test_urgent_work_goes_on_when_the_rest_has_to_wait(client: Client) -> None:
    asking = Asking(client, 1_000)
    asking.many(urgent=False)

    assert asking.wait_s(urgent=False) > 50
    assert asking.wait_s(urgent=True) == 0


def test_work_that_has_begun_is_ended_when_new_work_has_to_wait(client: Client) -> None:
    asking = Asking(client, 1_000)
    asking.many(begun=False)

    assert asking.wait_s(begun=False) > 50
    assert asking.wait_s(begun=True) == 0
