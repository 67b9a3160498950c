"""Planning by rules that are paused, limited, or only shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.planning import MONDAY, Office, office
from tests.worker import outcomes
from webhooks.store import keys
from webhooks.store.client import Client

HOUR = 3600
PLAN = 'plan_task: {task: "${task.id}"}'
UNPLAN = 'unplan_task: {task: "${task.id}"}'
SIX = [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def resume(there: Office) -> None:
    there.worker.deps.redis.delete(keys.UNNAMED.paused)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ("{writes_per_run: 1}", "more writes in one run than writes_per_run allows"),
        ("{writes_per_hour: 1}", "1 writes in one hour (writes_per_hour)"),
    ],
)
def test_a_plan_that_a_limit_cuts_goes_on_when_the_rule_is_resumed(
    there: Office, limits: str, why: str
) -> None:
    there.rule(PLAN, more=f"limits: {limits}")
    held = there.updated()
    there.clock.forward(minutes=65)
    still = there.worker.work()
    resume(there)

    run = there.rest()

    assert (held.outcome, still.outcome, run.outcome) == ("later", "later", "done")
    assert held.message == f"rule plan paused itself: {why}"
    assert there.blocks() == SIX
    assert outcomes(run) == ["repeated-nothing", "done"]
    assert there.sent() == ["POST", "POST"]


def test_a_rule_that_is_resumed_after_days_plans_from_then_on(there: Office) -> None:
    there.rule(PLAN, more="limits: {writes_per_run: 1}")
    there.updated()
    there.clock.now = (MONDAY + timedelta(days=1, hours=12)).astimezone(there.clock.now.tzinfo)
    resume(there)

    run = there.worker.work()

    # Monday's block is over and nothing was tracked, so all 6 h are left; the rule paused itself
    # again before the next write.
    assert (run.outcome, run.reason) == ("later", "rule-paused")
    assert there.blocks() == [("Mon 09:00", "12:30"), ("Tue 12:00", "12:30")]


def test_shadow_keeps_nothing_and_leaves_what_is_there(there: Office) -> None:
    there.settled()
    before, kept = there.sent(), _kept(there)
    there.move("Mon 13:30", MONDAY + timedelta(days=1, hours=9))
    there.task(plannedDuration=7 * HOUR)
    for action in (PLAN, UNPLAN):
        there.rule(action, mode="shadow")

        run = there.settled()

        assert run.outcome == "shadow"
        assert (there.sent(), _kept(there)) == (before, kept)


def _kept(there: Office) -> list[object]:
    """What planning keeps: holdings, things, promises and decisions."""
    client = there.worker.deps.redis
    kinds = (keys.UNNAMED.holding("*"), keys.UNNAMED.promised("*"))
    hashes = [(name, client.hgetall(name)) for kind in kinds for name in client.keys(kind)]
    fields = [
        field for event in client.keys(keys.UNNAMED.event("*")) for field in client.hkeys(event)
    ]
    decided = [field for field in fields if str(field).startswith("b'decided")]
    return [*hashes, *decided, *client.keys(keys.UNNAMED.unfinished("*"))]
