"""When Workiva is not asked: its grant is rejected, it asks for a pause, it cannot be asked at all.

Real Redis, own clock.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from tests.contract.circling import Circling
from tests.contract.workivas import FINE, OVERLOADED, Reply, Workivas, reply, wrong
from tests.stored import sweep
from webhooks.errors import TargetAway, TargetBusy
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.problems import Problems
from workers.targets.http import Answer, Request

REVOKED = reply(401, {"error": "invalid_client"})


@pytest.fixture
def workivas(client: Client) -> Workivas:
    return Workivas(client)


def test_a_revoked_grant_is_one_problem_until_it_is_granted_again(workivas: Workivas) -> None:
    workivas.send()
    workivas.valid.clear()
    workivas.refuses = REVOKED
    with capture_logs() as log:
        told = [workivas.failed(worker=number % 2) for number in range(20)]
        (problem,) = workivas.problems
        for seconds in (1, 2, 4):
            workivas.later(seconds)
            told.append(workivas.failed())
        asked = len(workivas.sign_ins)
        workivas.refuses = None
        workivas.later(8)
        back = workivas.send(worker=1)

    assert (type(told[0]), told[0].code) == (TargetBusy, "token-rejected")
    assert {(type(one), one.code) for one in told[1:20]} == {(TargetAway, "workiva:token-rejected")}
    assert problem.cause == "workiva:token-rejected"
    assert problem.message == ("Workiva rejects our grant: POST /oauth2/token: 401 invalid_client")
    assert "WORKIVA_CLIENT_ID and WORKIVA_CLIENT_SECRET" in problem.way_out
    assert "Workspace settings, Security" in problem.way_out
    # The first, the one that found it revoked, and three probes.
    assert asked == 1 + 1 + 3
    assert isinstance(back, Answer)
    assert workivas.problems == []
    assert [(line["event"], line["cause"]) for line in log] == [
        ("target_paused", "workiva:token-rejected"),
        ("target_resumed", "workiva:token-rejected"),
    ]


def test_of_many_who_ask_whether_it_is_granted_again_one_is_the_probe(workivas: Workivas) -> None:
    workivas.refuses = REVOKED
    workivas.failed()
    workivas.later(1)
    workivas.called.clear()

    with ThreadPoolExecutor(16) as threads:
        told = list(threads.map(lambda n: workivas.failed(worker=n % 2), range(64)))

    assert len(workivas.called) == 1
    assert [type(one) for one in told].count(TargetAway) == 63


@pytest.mark.parametrize(
    "refuses",
    [
        REVOKED,
        reply(400, {"error": "invalid_grant"}),
        wrong(403, "Forbidden"),
        reply(200, {"access_token": "a", "scope": "task:read"}),
    ],
)
def test_whatever_is_wrong_with_the_grant_stops_all_at_once(
    workivas: Workivas, refuses: Reply
) -> None:
    workivas.refuses = refuses
    workivas.failed()

    assert [one.cause for one in workivas.problems] == ["workiva:token-rejected"]
    assert isinstance(workivas.failed(worker=1), TargetAway)
    assert workivas.asked == []


def test_a_grant_found_revoked_while_its_old_token_still_serves_stops_all_at_once(
    workivas: Workivas,
) -> None:
    workivas.send()
    workivas.later(599 - 59)
    workivas.refuses = REVOKED

    assert workivas.failed().code == "token-rejected"
    assert [one.cause for one in workivas.problems] == ["workiva:token-rejected"]


def test_a_new_token_that_is_not_taken_either_stops_all_at_once(
    workivas: Workivas, client: Client
) -> None:
    workivas.replies = [wrong(401, "Unauthorized", "No valid API token provided")]

    failed = workivas.failed()

    (problem,) = workivas.problems
    assert (type(failed), failed.code) == (TargetBusy, "token-rejected")
    assert problem.message == (
        "Workiva rejects our grant: POST /tasks: 401Unauthorized: No valid API token provided"
    )
    # Tried twice, each time with another one; the probe asks anew.
    assert (workivas.given, len(workivas.asked)) == (2, 2)
    assert client.keys(keys.UNNAMED.token("*")) == []
    assert isinstance(workivas.failed(worker=1), TargetAway)


def test_the_pause_it_asks_for_is_kept_by_all_workers_and_is_no_problem(
    workivas: Workivas,
) -> None:
    workivas.replies = [OVERLOADED, FINE]
    first = workivas.failed()
    workivas.later(29.5)
    behind = [workivas.failed(worker=worker) for worker in (0, 1)]
    during = len(workivas.asked)
    workivas.later(0.5)
    after = workivas.send(worker=1)

    assert isinstance(first, TargetBusy)
    assert (type(first), first.retry_after_s) == (TargetBusy, 30)
    assert [type(one) for one in behind] == [TargetAway] * 2
    assert [getattr(one, "retry_after_s", None) for one in behind] == [0.5] * 2
    assert {one.code for one in behind} == {"workiva:busy"}
    assert during == 1
    assert isinstance(after, Answer)
    assert workivas.problems == []


def test_the_pause_a_sign_in_asks_for_is_kept_too(workivas: Workivas) -> None:
    workivas.refuses = reply(429, Retry_After="12")
    workivas.failed()

    assert workivas.failed(worker=1).code == "workiva:busy"
    assert len(workivas.called) == 1


def test_a_shorter_pause_does_not_shorten_a_longer_one(workivas: Workivas) -> None:
    on_its_way = workivas.workers[1]._connection.circuits.may_send("workiva")
    workivas.replies = [OVERLOADED]
    workivas.failed()

    def short() -> Answer:
        raise TargetBusy("x", code="429TooManyRequests", status=429, retry_after_s=1.0)

    with pytest.raises(TargetBusy):
        workivas.workers[1]._connection.circuits.through("workiva", on_its_way[0], short)

    assert wait_s(workivas) == 30


def test_an_answer_of_before_the_pause_does_not_end_it(workivas: Workivas) -> None:
    circuits = workivas.workers[1]._connection.circuits
    workivas.replies = [wrong(502, "BadGateway"), OVERLOADED]
    workivas.failed()
    (on_its_way,) = circuits.may_send("workiva")
    workivas.failed()

    circuits.through("workiva", on_its_way, lambda: Answer(200, {}, {}))

    assert wait_s(workivas) == 30


def test_a_pause_holds_the_probe_as_well(workivas: Workivas) -> None:
    workivas.replies = [*[wrong(502, "BadGateway")] * 5, OVERLOADED, FINE]
    for number in range(5):
        workivas.send(Request("POST", "/tasks", {"title": str(number)}, target="workiva"))
    workivas.later(1)
    workivas.failed()
    workivas.later(29)
    held = workivas.failed()
    workivas.later(1)

    assert held.code == "workiva:busy"
    assert isinstance(workivas.send(), Answer)
    assert workivas.problems == []


def test_a_pause_that_is_not_said_to_last_holds_nobody(workivas: Workivas) -> None:
    workivas.replies = [wrong(429, "TooManyRequests"), FINE]
    workivas.failed()

    assert isinstance(workivas.send(worker=1), Answer)


def test_no_pause_is_longer_than_an_hour(workivas: Workivas) -> None:
    workivas.replies = [wrong(429, "TooManyRequests", Retry_After="99999999")]
    workivas.failed()

    assert wait_s(workivas) == 3600


@pytest.mark.parametrize("target", ["awork", "notify:https://chat.example.com"])
def test_what_other_targets_ask_for_is_not_kept_here(client: Client, target: str) -> None:
    circling = Circling(client, target=target)

    circling.ask(TargetBusy("x", code="rate-limit", status=429, retry_after_s=30.0))

    assert circling.ask() is None


def test_a_workiva_that_is_paused_stops_nobody_else(workivas: Workivas) -> None:
    workivas.refuses = REVOKED
    workivas.failed()

    for other in ("awork", "notify:https://chat.example.com"):
        assert Circling(workivas.client, target=other, now_ms=workivas.now_ms).ask() is None


@pytest.mark.parametrize("cause", ["workiva:away", "workiva:token-rejected"])
def test_what_is_told_of_workiva_is_forgotten_with_its_circuit(cause: str, client: Client) -> None:
    inbox = Inbox(client, retention_s=1_000)
    client.hset(keys.UNNAMED.circuit("workiva"), "opened", 1)
    Problems(client).raised(cause, "Workiva is away")
    Problems(client).raised("workiva:prototype-gone", "stays")
    sweep(inbox, "a", worker_silent_s=10, turn_ms=1)
    kept = {one.cause for one in Problems(client).all()}
    client.delete(keys.UNNAMED.circuit("workiva"), keys.HOUSEKEEPER)

    sweep(inbox, "a", worker_silent_s=10)

    assert kept == {cause, "workiva:prototype-gone"}
    assert [one.cause for one in Problems(client).all()] == ["workiva:prototype-gone"]


def wait_s(workivas: Workivas) -> float | None:
    """Seconds the other worker has to wait."""
    failed = workivas.failed(worker=1)
    assert isinstance(failed, TargetAway)
    return failed.retry_after_s
