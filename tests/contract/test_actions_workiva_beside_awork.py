"""awork and Workiva in one rule, and in several: what one of them refuses is not the other's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import There, event, mirroring, rule, rules, until_settled
from tests.contract.test_actions_workiva_create_lost import MARKED, due
from webhooks.store.client import Client
from webhooks.store.replays import Replays


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


IN_BOTH = (
    'create_task: {name: Approval, project: "${entity.projectId}"}',
    'create_workiva_task: {title: "Approve ${done.create_task.id}"}',
)


@pytest.mark.parametrize("kind", ["refuse", "rate_limit", "drop_after"])
def test_when_workiva_fails_the_task_in_awork_is_not_made_again(there: There, kind: Any) -> None:
    one = due(there, *IN_BOTH)
    there.fault(kind, status=400)

    run = until_settled(one)
    if run.outcome == "failed":
        Replays(one.deps.redis).replay("event-1")
        run = until_settled(one)

    made = [task for task in there.sandbox.world.tasks.values() if task["name"] == "Approval"]
    assert run.outcome == "done"
    assert (len(made), len(there.tasks)) == (1, 1)
    assert there.task["title"] == f"Approve {made[0]['id']}"


def test_awork_goes_on_while_workiva_is_away(there: There) -> None:
    comment = 'add_comment: {task: "${entity.id}", message: m}'
    one = there.worker(rules(rule(MARKED), rule(comment, ident="told")))
    one.deliver(event())
    there.sandbox.workiva.revoke()

    run = one.work()

    assert [(ran.rule, ran.outcome) for ran in run.rules] == [("r", "later"), ("told", "done")]
    there.sandbox.workiva.grant()
    one.clock.forward(seconds=120)
    assert until_settled(one).outcome == "done"
    assert len(there.sandbox.world.comments) == len(there.tasks) == 1
