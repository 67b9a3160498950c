"""All workers together use awork's budget well and keep within it. Real Redis, sandbox, own clock;
every write goes through the whole worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.rushing import by_minute, store, work_off, workers_of
from tests.stored import event
from tests.worker import Clock
from webhooks.store import keys
from webhooks.store.client import Client
from workers.targets.budget import is_urgent

TASK = samples.sample("task_added")["entity"]["id"]
RULES = f"""
version: 1
rules:
  - id: chat
    when: task_added
    limits: {{writes_per_hour: 100000}}
    do:
      - add_comment: {{task: {TASK}, message: "${{event.entityType}}"}}
"""


@pytest.fixture
def clock() -> Clock:
    """Begins with a minute, as the sandbox counts them."""
    clock = Clock()
    clock.now = clock.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return clock


def waiting(count: int, name: str = "task") -> list[dict[str, Any]]:
    """Events of as many tasks, each with one write to make, which tells the name."""
    fresh = [samples.fresh("task_added") for _ in range(count)]
    return [one | {"entityId": f"{name}-{n}", "entityType": name} for n, one in enumerate(fresh)]


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("events", "per_minute", "workers"),
    [
        (1_500, 300, 3),
        pytest.param(5_000, 1_000, 1, marks=pytest.mark.nightly),
        pytest.param(5_000, 1_000, 3, marks=pytest.mark.nightly),
    ],
)
def test_each_full_minute_uses_95_percent_and_nothing_is_too_many(
    server: RedisServer, clock: Clock, events: int, per_minute: int, workers: int
) -> None:
    store(server, waiting(events))

    with (
        Sandbox.start(clock=clock, per_minute=per_minute) as sandbox,
        workers_of(server, sandbox, clock, RULES, count=workers, per_minute=per_minute) as fleet,
    ):
        work_off(fleet, clock)
    used = by_minute(sandbox.calls)

    *full, _last = (used[minute] for minute in sorted(used))
    assert len(full) == events // per_minute
    assert min(full) >= 0.95 * per_minute
    assert {call.status for call in sandbox.calls} == {200}
    assert len(sandbox.writes()) == events


@pytest.mark.usefixtures("client")
def test_what_other_clients_use_is_left_to_them(server: RedisServer, clock: Clock) -> None:
    """Another client sends 100 of 300 requests in the first half of each minute. In the first
    minute nothing tells us of it: the workspace was idle, and we may use all of it at once."""
    store(server, waiting(1_000))

    with (
        Sandbox.start(clock=clock, per_minute=300) as sandbox,
        httpx.Client(headers={"Authorization": f"Bearer {sandbox.token}"}) as other,
        workers_of(server, sandbox, clock, RULES, count=3, per_minute=300) as fleet,
    ):
        began, foreign = clock.now.timestamp(), 0

        def meanwhile() -> None:
            nonlocal foreign
            minute, second = divmod(clock.now.timestamp() - began, 60)
            while foreign < int(100 * (minute + min(second, 30) / 30)):
                foreign += 1
                other.get(f"{sandbox.url}/typeofwork")

        work_off(fleet, clock, meanwhile=meanwhile)
    of_us = [call for call in sandbox.calls if call.path != "/typeofwork"]
    used = by_minute(of_us)
    too_many = by_minute([call for call in sandbox.calls if call.status == 429])

    _first, *full, _last = (used[minute] for minute in sorted(used))
    assert len(full) == 3
    assert min(full) >= 0.90 * 200
    assert set(too_many) == {0}
    assert len(sandbox.writes()) == 1_000


def test_who_waits_for_the_budget_has_not_tried_and_is_never_given_up(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    event_id = one.deliver(samples.fresh("task_added"))
    one.deps.connection.budget.hold(100_000)

    waited = []
    for _ in range(3):
        waited.append(one.work())
        one.clock.forward(hours=9)
    attempt = client.hget(keys.UNNAMED.event(event_id), "attempt")
    entered = client.exists(keys.UNNAMED.ledger(event_id))
    one.clock.forward(hours=9)
    run = one.work()

    assert [(each.outcome, each.reason, each.attempts) for each in waited] == [
        ("later", "budget", ())
    ] * 3
    assert (attempt, entered) == (b"0", 0)
    assert (run.outcome, len(sandbox.writes())) == ("done", 1)


@pytest.mark.usefixtures("client")
def test_what_a_person_waits_for_goes_before_what_is_caught_up_with(
    server: RedisServer, clock: Clock
) -> None:
    """People's events come after 400 others, of which 4 in 5 of the budget are sent at once."""
    store(server, waiting(400, "catch-up"), via="backfill")
    store(server, waiting(50, "awork"))

    with (
        Sandbox.start(clock=clock, per_minute=300) as sandbox,
        workers_of(server, sandbox, clock, RULES, count=1, per_minute=300) as fleet,
    ):
        work_off(fleet, clock)
    first = [call.body["message"] for call in sandbox.writes()[:284]]
    used = by_minute(sandbox.calls)

    # 297 are sent at the most; 4 stay with work that has begun, and 20 % of the rest, 58, with the
    # urgent: 235 of what can wait, one of them to learn who we are.
    assert first == ["catch-up"] * 234 + ["awork"] * 50
    assert used[0] == 235 + 50
    assert len(sandbox.writes()) == 450


@pytest.mark.parametrize(
    ("source", "kind", "urgent"),
    [
        ("awork", "task_added", True),
        ("awork", "cron:tasks", False),
        ("clock", "cron", False),
        ("catch-up", "task_added", False),
    ],
)
def test_a_person_waits_for_what_awork_sends(source: str, kind: str, urgent: bool) -> None:
    assert is_urgent(msgspec.structs.replace(event("a"), source=source, kind=kind)) is urgent
