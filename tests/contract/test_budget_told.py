"""The budget that all workers share follows what awork says, and tells what is left."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest
from starlette.testclient import TestClient

from tests.contract.asking import Asking
from webhooks.errors import BudgetSpent, TargetBusy
from webhooks.store.client import Client
from workers.targets.awork import Awork, Connection
from workers.targets.budget import SharedBudget


def test_a_pause_holds_all_processes_and_a_shorter_one_does_not_shorten_it(
    client: Client,
) -> None:
    asking = Asking(client, 1_000)

    asking.budgets[0].hold(30)
    asking.budgets[1].hold(1)
    asking.now_ms += 29_000
    waits = [asking.wait_s(process=process) for process in (0, 1)]
    asking.now_ms += 1_000

    assert waits == pytest.approx([1, 1.06], abs=0.003)
    assert asking.wait_s(process=1) == 0


def test_a_429_pauses_every_process_until_the_later_of_its_headers(client: Client) -> None:
    asking = Asking(client, 1_000)
    headers = {"RateLimit-Reset": "7", "Retry-After": "30"}
    one, other = (
        connection(asking, lambda: httpx.Response(429, headers=headers), process=process)
        for process in (0, 1)
    )

    with pytest.raises(TargetBusy, match="429"):
        Awork(one).get("/me")
    asking.now_ms += 29_000
    with pytest.raises(BudgetSpent) as held:
        Awork(other).get("/me")

    assert held.value.retry_after_s == pytest.approx(1, abs=0.002)


def test_what_awork_says_is_left_counts_for_all_until_its_reset(client: Client) -> None:
    asking = Asking(client, 1_000)
    headers = {"RateLimit-Remaining": "50", "RateLimit-Reset": "20"}
    Awork(connection(asking, lambda: httpx.Response(200, json={}, headers=headers))).get("/me")

    # 50 less a hundredth of the limit, 9, which stays with the others.
    left = asking.many()
    wait = asking.wait_s()
    asking.now_ms += int(wait * 1000)

    assert left == 41
    assert wait == pytest.approx(20, abs=0.2)
    assert asking.many() == 990 - 42


def test_a_reset_beyond_the_minute_does_not_starve_the_next_ones(client: Client) -> None:
    """A moment in place of seconds, say: with each answer it would put the end off by an hour."""
    asking = Asking(client, 1_000)
    headers = {"RateLimit-Remaining": "50", "RateLimit-Reset": "1795255200"}
    Awork(connection(asking, lambda: httpx.Response(200, json={}, headers=headers))).get("/me")

    asking.many()
    asking.now_ms += 61_000

    assert asking.many() == 990


def test_what_is_on_its_way_is_not_left(client: Client) -> None:
    """Ten more were taken before the answer to the first came."""
    asking = Asking(client, 1_000)
    first = asking.take()
    for _ in range(10):
        asking.take(process=1)

    asking.budgets[0].told(first, 50, 20)

    assert asking.many() == 50 - 9 - 10


def test_an_answer_that_was_overtaken_gives_nothing_back(client: Client) -> None:
    asking = Asking(client, 1_000)
    first, second = asking.take(), asking.take()

    asking.budgets[0].told(second, 20, 20)
    asking.budgets[1].told(first, 500, 20)

    assert asking.many() == 20 - 9


@pytest.mark.parametrize(
    ("headers", "trips"),
    [
        ({}, 1),
        ({"RateLimit-Remaining": "999", "RateLimit-Reset": "60"}, 1),
        # A second that is nearly used up says nothing of the minute.
        (
            {
                "RateLimit-Remaining": "3",
                "RateLimit-Reset": "1",
                "X-RateLimit-Remaining-Minute": "900",
            },
            1,
        ),
        ({"RateLimit-Remaining": "900", "RateLimit-Reset": "60"}, 2),
    ],
)
def test_a_request_costs_one_round_trip_and_one_more_when_others_used_the_budget(
    client: Client, headers: dict[str, str], trips: int
) -> None:
    asking = Asking(client, 1_000)
    awork = Awork(connection(asking, lambda: httpx.Response(200, json={}, headers=headers)))
    asking.take()
    asking.budgets[0].hold(0)
    counts = [scripts_run(client)]

    for _ in range(2):
        awork.get("/me")
        counts.append(scripts_run(client))

    assert [after - before for before, after in pairwise(counts)] == [trips, 1]


def test_the_edge_tells_what_urgent_work_could_send(client: Client, http: TestClient) -> None:
    """By Redis's own clock, which is the edge's."""
    before = told(http)
    budget = SharedBudget(client, 100)
    for _ in range(9):
        budget.take(urgent=True, begun=True)
    left = told(http)
    budget.hold(60)

    assert (before, left, told(http)) == (0, 90, 0)


def told(http: TestClient) -> float:
    name = "hookwork_api_budget_remaining "
    lines = http.get("/metrics").text.splitlines()
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def scripts_run(client: Client) -> int:
    stats = client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


def connection(
    asking: Asking, answer: Callable[[], httpx.Response], *, process: int = 0
) -> Connection:
    transport = httpx.MockTransport(lambda _request: answer())
    budget = asking.budgets[process]
    return Connection("http://awork", "token", transport=transport, budget=budget)
