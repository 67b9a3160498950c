"""What a circuit that opens and closes tells, and what asking costs. Real Redis, own clock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from tests.contract.asking import Asking
from tests.contract.circling import AWAY, FINE, Circling
from tests.stored import sweep
from webhooks.errors import (
    TargetAway,
    TargetBusy,
    TargetFailed,
)
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.problems import Problems
from workers.targets.circuits import Circuits

HOST = "notify:https://chat.example.com"
REJECTED = TargetBusy("GET /me: 401 token-rejected: ", code="token-rejected", status=401)


@pytest.fixture
def circling(client: Client) -> Circling:
    return Circling(client)


@pytest.fixture
def log() -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as lines:
        yield lines


def test_it_is_one_problem_and_one_line_in_the_log(
    circling: Circling, log: list[structlog.typing.EventDict]
) -> None:
    circling.go_away()
    for _ in range(3):
        circling.later(circling.ask() or 0)
        circling.ask(AWAY)
    (problem,) = circling.problems
    circling.later(circling.ask() or 0)
    circling.ask(FINE, worker=2)

    assert problem.cause == "notify:https://chat.example.com:away"
    assert problem.message == "https://chat.example.com does not answer: POST /x: ConnectError"
    assert problem.times == 4
    assert circling.problems == []
    assert [(line["event"], line["log_level"], line["cause"]) for line in log] == [
        ("target_paused", "error", problem.cause),
        ("target_resumed", "info", problem.cause),
    ]
    assert log[1]["paused_s"] == 1 + 2 + 4 + 8


def test_what_is_wrong_says_whether_it_answers(client: Client) -> None:
    circling = Circling(client, target="awork")
    said = []
    for does in (
        *[AWAY] * 5,
        TargetBusy("GET /x: 503 status-503: ", code="status-503", status=503),
    ):
        circling.later(circling.ask(does) or 0)
        circling.later(1)
        said += [problem.message for problem in circling.problems]

    assert said == [
        "awork does not answer: POST /x: ConnectError",
        "awork answers with errors: GET /x: 503 status-503: ",
    ]


def test_a_rejected_token_stops_all_at_once(
    client: Client, log: list[structlog.typing.EventDict]
) -> None:
    circling = Circling(client, target="awork")

    circling.ask(REJECTED)
    wait = circling.ask(worker=1)

    (problem,) = circling.problems
    assert (wait, circling.sent) == (1, 1)
    assert problem.cause == "awork:token-rejected"
    assert problem.message == "awork rejects AWORK_API_TOKEN"
    assert problem.way_out.startswith("make a new API key in awork, set AWORK_API_TOKEN")
    assert [(line["event"], line["log_level"]) for line in log] == [("target_paused", "error")]


def test_what_is_wrong_now_takes_the_place_of_what_was(client: Client) -> None:
    circling = Circling(client, target="awork")
    circling.go_away()
    circling.later(1)

    circling.ask(REJECTED)

    assert [problem.cause for problem in circling.problems] == ["awork:token-rejected"]


def test_one_host_that_is_away_stops_no_other(circling: Circling) -> None:
    circling.go_away()

    for other in (
        "awork",
        "notify:https://chat.example.com:8443",
        "notify:http://chat.example.com",
    ):
        assert Circling(circling.client, target=other).ask() is None


def test_a_host_that_nobody_wants_any_more_is_no_problem_after_a_day(circling: Circling) -> None:
    circling.go_away()
    inbox = Inbox(circling.client, retention_s=1_000)
    lives_s = circling.client.ttl(keys.UNNAMED.circuit(HOST))
    sweep(inbox, "a", worker_silent_s=10)
    before = circling.problems
    circling.client.delete(keys.UNNAMED.circuit(HOST), keys.HOUSEKEEPER)

    sweep(inbox, "a", worker_silent_s=10)

    assert lives_s == 24 * 3600
    assert (len(before), circling.problems) == (1, [])


def test_what_answers_nobody_has_been_answering_for_no_time(circling: Circling) -> None:
    circuits = circling.workers[0]
    told = [circuits.answering_for_s(HOST)]
    circling.go_away()
    told.append(circuits.answering_for_s(HOST))
    circling.later(1)
    circling.ask(FINE)
    circling.later(7)
    told.append(circuits.answering_for_s(HOST))
    # Failures and successes after that do not make it forgotten.
    circling.ask(AWAY)
    circling.ask(FINE)
    circling.later(1)
    told.append(circuits.answering_for_s(HOST))

    assert told == [float("inf"), 0, 7, 8]


def test_a_process_of_its_own_has_no_circuits(circling: Circling) -> None:
    alone = Circuits()
    circling.go_away()

    for _ in range(9):
        with pytest.raises(TargetFailed):
            alone.through(HOST, alone.may_send(HOST)[0], circling._doing(AWAY))

    assert alone.answering_for_s(HOST) == float("inf")


def test_what_cannot_be_told_to_redis_does_not_cover_what_came_of_the_request(
    circling: Circling,
) -> None:
    circling.ask(AWAY)
    leave = circling.begin()
    nowhere = "/nonexistent/redis.sock"
    away = Client(unix_socket_path=nowhere, retry=Retry(NoBackoff(), 0))
    circling.workers = [Circuits(away)]

    failed = circling.end(leave, AWAY)
    fine = circling.end(leave, FINE)

    assert failed is AWAY
    assert fine is None


def test_awork_is_asked_for_along_with_the_budget_and_spends_none_of_it(
    client: Client,
) -> None:
    asking = Asking(client, 100)
    circling = Circling(client, target="awork", now_ms=asking.now_ms)
    circling.go_away()

    with pytest.raises(TargetAway) as away:
        asking.take()
    asking.now_ms += 1_000
    probe = asking.take()
    with pytest.raises(TargetAway) as behind:
        asking.take(process=1)
    circling.now_ms = asking.now_ms
    circling.end(probe.leave, FINE)

    assert (away.value.code, away.value.retry_after_s) == ("awork:away", 1)
    assert str(away.value) == "awork is not asked now (awork:away); it is tried again in 1 s"
    assert behind.value.retry_after_s == 2
    assert asking.many() == 99 - 1


def test_a_probe_that_the_budget_does_not_allow_is_none(client: Client) -> None:
    asking = Asking(client, 100)
    circling = Circling(client, target="awork", now_ms=asking.now_ms)
    asking.budgets[0].hold(30)
    circling.go_away()
    asking.now_ms += 1_000

    held = asking.wait_s()
    asking.now_ms += 29_000

    assert held == pytest.approx(29, abs=0.01)
    assert asking.take().leave


def test_a_success_costs_no_call_of_redis_while_no_failure_was_told(circling: Circling) -> None:
    counts = [calls(circling.client)]
    for does in (FINE, FINE, AWAY, FINE, FINE):
        circling.ask(does)
        counts.append(calls(circling.client))

    # One to ask; one more for a failure, and for the success after it.
    assert [after - before for before, after in pairwise(counts)] == [1, 1, 2, 2, 1]


def calls(client: Client) -> int:
    stats = client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


@pytest.mark.parametrize("cause", ["awork:away", "awork:token-rejected"])
def test_what_is_told_of_awork_is_forgotten_with_its_circuit(cause: str, client: Client) -> None:
    inbox = Inbox(client, retention_s=1_000)
    client.hset(keys.UNNAMED.circuit("awork"), "opened", 1)
    Problems(client).raised(cause, "awork is away")
    sweep(inbox, "a", worker_silent_s=10, turn_ms=1)
    kept = Problems(client).all()
    client.delete(keys.UNNAMED.circuit("awork"), keys.HOUSEKEEPER)

    sweep(inbox, "a", worker_silent_s=10)

    assert [one.cause for one in kept] == [cause]
    assert Problems(client).all() == []
