"""A worker may die at any moment of its work on Workiva's tasks; the next one finishes it, once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import There, event, mirroring, rule, rules, until_settled
from tests.contract.mishaps import DeathAt
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import work_on
from workers.holdings import StoredHoldings
from workers.mirrors import thing

RULES = rules(
    rule('create_workiva_task: {title: "${entity.name}", description: Check it}', ident="makes"),
    rule(
        'sync_workiva_task: {task: "${entity.id}", title: "${entity.name}", done: true}',
        ident="brings",
        when="task_updated",
    ),
)
#: far more than any of them has
_MOST = 200


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


class Deaths(DeathAt):
    """Of a worker that asks Workiva as well."""

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        super().begin(patch)
        http, lost = self.one.deps.workiva.http, httpx.ReadError("chaos")
        send = http.send

        def sending(request: httpx.Request, **options: Any) -> Any:
            return self._around(lambda: send(request, **options), lost, lost)

        patch.setattr(http, "send", sending)


@pytest.mark.parametrize("dying", [0, 1], ids=["creating", "bringing"])
def test_whenever_it_dies_each_write_is_made_once(
    there: There, monkeypatch: pytest.MonkeyPatch, dying: int
) -> None:
    for lives in range(_MOST):
        of, one = f"{lives}", there.worker(RULES)
        death = Deaths(one, Random(0), 1.0, lives=lives)
        for number, kind in enumerate(("task_added", "task_updated")):
            one.deliver(event(kind, of=of, name=f"{kind} {of}"))
            if number == dying:
                worked_dying(death, monkeypatch)
            if number != dying or one.deps.redis.zcard(keys.UNNAMED.waiting):
                assert until_settled(one).outcome == "done"
            there.clock.forward(seconds=61)

        made = [call.path for call in there.sandbox.workiva.writes("/tasks")]
        assert len(made) == lives + 1
        assert_once(there, f"task_updated {of}")
        if death.seen <= lives:
            assert lives > 20
            return
    raise AssertionError("it never ends")


def worked_dying(death: Deaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on what is due until the worker dies; its lease is over then."""
    one = death.one
    claim = one.claim()
    with monkeypatch.context() as patch:
        death.begin(patch)
        with death.loose():
            work_on(claim, one.deps)
    if one.deps.redis.hget(keys.UNNAMED.event(claim.id), "state") != b"settled":
        one.deps.redis.zadd(keys.UNNAMED.due, {claim.lane: 1})
    one.clock.forward(seconds=61)


def assert_once(there: There, title: str) -> None:
    """It is there as awork has it, by one write of each kind, and is known to be so."""
    [task] = there.tasks
    assert (task["title"], task["status"]) == (title, "Completed")
    changes = there.sandbox.workiva.writes(f"/tasks/{task['id']}.*")
    assert [call.method for call in changes] == ["PATCH", "POST"]
    held = StoredHoldings(there.client, retention_s=1).of(thing(task["id"]), (), str)
    wrote = held[task["id"]].wrote
    assert (wrote["task"]["title"], wrote["done"]) == (title, True)
    assert not list(there.client.scan_iter(keys.UNNAMED.unfinished("*")))
    there.sandbox.workiva.tasks.clear()
