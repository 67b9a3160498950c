"""Who notices that a target answers nobody stops asking for all. Real Redis, own clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.circling import AWAY, FINE, Circling, Does
from webhooks.errors import (
    TargetBusy,
    TargetGone,
    TargetRefused,
    TargetUnknown,
)
from webhooks.store.client import Client

HOST = "notify:https://chat.example.com"
REJECTED = TargetBusy("GET /me: 401 token-rejected: ", code="token-rejected", status=401)
REFUSED = TargetRefused("no", code="bad", status=400)


@pytest.fixture
def circling(client: Client) -> Circling:
    return Circling(client)


def test_five_failures_in_a_row_over_all_workers_stop_all(circling: Circling) -> None:
    for number in range(4):
        circling.ask(AWAY, worker=number % 3)
    before = circling.begin()
    circling.end(before, AWAY)

    waits = [circling.ask(worker=worker) for worker in range(3)]

    assert waits == [1, 1, 1]
    assert circling.sent == 5


def test_a_success_of_any_worker_begins_the_row_anew(circling: Circling) -> None:
    for _ in range(3):
        for _ in range(4):
            circling.ask(AWAY, worker=0)
        circling.ask(FINE, worker=1)

    assert circling.ask(AWAY) is None
    assert circling.ask() is None


@pytest.mark.parametrize(
    ("does", "opens"),
    [
        (AWAY, True),
        (TargetUnknown("x", code="no-answer"), True),
        (TargetBusy("x", code="no-answer"), True),
        (TargetUnknown("x", code="server-error", status=500), True),
        (TargetBusy("x", code="status-503", status=503, retry_after_s=9.0), True),
        (TargetUnknown("x", code="not-json", status=200), True),  # a proxy's page
        (FINE, False),
        (REFUSED, False),
        (TargetRefused("x", code="unauthorized", status=401), False),
        (TargetGone("x", code="not-found", status=404), False),
        (TargetBusy("x", code="rate-limit", status=429, retry_after_s=9.0), False),
        (TargetBusy("x", code="status-408", status=408), False),
        (TargetBusy("x", code="concurrency-violation", status=400), False),
        (TargetUnknown("x", code="database-commit", status=400), False),
        (TargetRefused("NOTIFY_SECRET_A is not set", code="no-secret"), False),
    ],
)
def test_only_what_says_that_it_does_not_work_opens_the_circuit(
    circling: Circling, does: Does, opens: bool
) -> None:
    for _ in range(20):
        circling.ask(does)

    assert circling.sent == (5 if opens else 20)
    assert bool(circling.problems) is opens


@pytest.mark.parametrize(
    ("does", "closes"),
    [
        (FINE, True),
        (REFUSED, True),
        (TargetGone("x", code="not-found", status=404), True),
        (TargetBusy("x", code="rate-limit", status=429), False),
        (TargetRefused("x", code="not-public"), False),
        (AWAY, False),
        (REJECTED, False),
    ],
)
def test_any_answer_of_a_target_that_works_closes_it_for_all(
    circling: Circling, does: Does, closes: bool
) -> None:
    circling.go_away()
    circling.later(1)

    circling.ask(does)
    waits = [circling.ask(AWAY, worker=worker) for worker in range(3)]

    assert (waits == [None] * 3) is closes


def test_what_says_nothing_leaves_the_next_probe_to_the_next_who_asks(circling: Circling) -> None:
    circling.go_away()
    circling.later(1)

    circling.ask(TargetBusy("x", code="rate-limit", status=429))

    assert circling.ask(FINE, worker=1) is None
    assert circling.problems == []


def test_probes_come_after_1_2_4_seconds_up_to_a_minute(circling: Circling) -> None:
    circling.go_away()

    waits = []
    for worker in range(9):
        waits.append(circling.ask(worker=worker % 3))
        circling.later(waits[-1] or 0)
        assert circling.ask(AWAY, worker=worker % 3) is None

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert circling.sent == 5 + 9


def test_not_a_moment_before_its_time_is_a_probe_sent(circling: Circling) -> None:
    circling.go_away()
    circling.later(0.999)

    assert circling.ask() == 0.001
    circling.later(0.001)
    assert circling.ask() is None


def test_of_many_who_ask_at_one_instant_one_is_the_probe(circling: Circling) -> None:
    circling.go_away()
    circling.later(1)

    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(lambda n: circling.ask(AWAY, worker=n % 3), range(200)))

    # Once it has failed, the next one's time is told.
    assert waits.count(None) == 1
    assert set(waits) == {None, 2}


def test_one_probe_at_a_time_and_who_meets_it_comes_back_soon(circling: Circling) -> None:
    circling.go_away()
    circling.later(1)
    probe = circling.begin()

    waits = [circling.ask(worker=worker) for worker in (0, 1, 2)]
    circling.later(1)
    circling.end(probe)

    # It is probably answered at once; all of its twenty seconds are not waited for.
    assert waits == [2, 2, 2]
    assert circling.ask(worker=2) is None


def test_a_worker_that_dies_with_its_probe_blocks_nobody_for_longer_than_20_s(
    circling: Circling,
) -> None:
    circling.go_away()
    circling.later(1)
    circling.begin()

    circling.later(19.9)
    early = circling.ask(worker=1)
    circling.later(0.1)

    assert early == 0.1
    assert circling.ask(FINE, worker=1) is None
    assert circling.problems == []


def test_what_was_on_its_way_when_it_opened_changes_nothing(circling: Circling) -> None:
    on_their_way = [circling.begin(worker=worker) for worker in (0, 1, 2)]
    circling.go_away()
    failed = [circling.end(leave, AWAY) for leave in on_their_way[:2]]
    circling.end(on_their_way[2], FINE)

    wait = circling.ask()

    assert wait == 1
    # Their events come back with the others, not by a wait of their own.
    assert [one.probe_in_s for one in failed if one] == [1, 1]


def test_a_probe_that_took_too_long_does_not_lengthen_what_another_has_begun(
    circling: Circling,
) -> None:
    circling.go_away()
    circling.later(1)
    slow = circling.begin(worker=0)
    circling.later(20)
    quick = circling.begin(worker=1)

    circling.end(slow, AWAY, worker=0)
    during = circling.ask(worker=2)
    circling.end(quick, FINE, worker=1)

    assert during == 2
    assert circling.ask(worker=2) is None


def test_a_late_success_of_an_earlier_time_closes_nothing(circling: Circling) -> None:
    circling.go_away()
    circling.later(1)
    first = circling.begin()
    circling.later(20)
    circling.ask(FINE)
    circling.go_away()

    circling.end(first, FINE)

    assert circling.ask() == 1
