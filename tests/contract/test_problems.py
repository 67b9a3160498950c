"""Problems: one for each cause, however often it is met."""

from __future__ import annotations

from webhooks.store.client import Client
from webhooks.store.problems import Problems


def test_a_problem_is_news_once_and_counts_how_often_it_was_met(client: Client) -> None:
    times = iter([1_000, 2_000, 3_000])
    problems = Problems(client, clock_ms=lambda: next(times))

    told = [problems.raised("awork:away", f"no answer, {n}", way_out="wait") for n in range(2)]

    assert told == [True, False]
    (one,) = problems.all()
    assert (one.message, one.way_out) == ("no answer, 1", "wait")
    assert (one.since_ms, one.last_ms, one.times) == (1_000, 2_000, 2)


def test_a_problem_that_is_gone_is_gone_once_and_news_again_when_it_comes_back(
    client: Client,
) -> None:
    problems = Problems(client)
    problems.raised("awork:away", "no answer")

    assert [problems.cleared("awork:away"), problems.cleared("awork:away")] == [True, False]
    assert problems.all() == []
    assert problems.raised("awork:away", "no answer")
