"""One changed tag of a project makes awork send an event for each of its time entries: thousands
within a second. Real Redis, sandbox, several threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.rushing import store
from tests.worker import Clock, Worker, worker
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import Pace, drain
from workers.shift import alone

ENTRIES, TASKS, THREADS, ROUNDS = 5_000, 100, 4, 5
RULES = """
version: 1
rules:
  - id: tagged
    mode: live
    when: timetracking_updated
    if:
{conditions}
    do:
      - add_comment: {{task: "${{task.id}}", message: tagged}}
"""
ASKS_FOR_TAGS = "      - task.tags.0.name: {is: nowhere}\n"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """With the time of day: its answers are dated by the same clock as its events."""
    with Sandbox.start() as running:
        yield running


def tasks_of(sandbox: Sandbox) -> list[str]:
    """As many tasks of one project, with a tag each."""
    like = dict(sandbox.world.tasks[samples.sample("task_added")["entity"]["id"]])
    del like["id"]
    with sandbox.world.muted():
        made = [
            sandbox.world.add("tasks", {**like, "tags": [{"name": "here"}]}) for _ in range(TASKS)
        ]
    return [str(task["id"]) for task in made]


def burst(tasks: list[str], ago_s: int) -> list[dict[str, Any]]:
    """An event for each entry, so many seconds ago and within one second."""
    began = datetime.now(UTC) - timedelta(seconds=ago_s)
    payload = samples.sample("timetracking_updated")
    return [
        {
            **payload,
            "entityId": f"entry-{number}",
            "entity": {**payload["entity"], "id": f"entry-{number}", **_of(tasks[number % TASKS])},
            "timestamp": (began + timedelta(seconds=number / ENTRIES)).isoformat(),
        }
        for number in range(ENTRIES)
    ]


def _of(task: str) -> dict[str, Any]:
    return {"taskId": task, "task": {"id": task, "name": "A task"}}


def drained(one: Worker) -> None:
    """Several threads of one process, until nothing is due; in a few rounds, as each has an end."""
    shift = alone(one.deps, THREADS)
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(THREADS) as threads:
            futures = [threads.submit(drain, shift, Pace(THREADS)) for _ in range(THREADS)]
        for future in futures:
            future.result()
        if not one.deps.redis.zcard(keys.UNNAMED.waiting):
            return


@pytest.mark.parametrize(
    "case",
    [
        (ASKS_FOR_TAGS, 1, 10),
        # By awork's clock no answer is later: what counts is that they were stored before.
        (ASKS_FOR_TAGS, 1, -600),
        ("      - entity.isBillable: {is: nothing}\n" + ASKS_FOR_TAGS, 0, 10),
    ],
    ids=["asked for", "handled at once", "ruled out before"],
)
def test_each_task_is_read_once_and_not_at_all_when_free_conditions_rule_it_out(
    client: Client, server: RedisServer, sandbox: Sandbox, case: tuple[str, int, int]
) -> None:
    """case: conditions, reads of each task, and how many seconds ago it happened."""
    conditions, reads, ago_s = case
    tasks = tasks_of(sandbox)
    one = worker(client, server, RULES.format(conditions=conditions), sandbox, Clock())
    store(server, burst(tasks, ago_s))

    drained(one)
    one.deps.connection.close()

    read = Counter(call.path for call in sandbox.calls if call.path.startswith("/tasks/"))
    assert read == {f"/tasks/{task}": reads for task in tasks if reads}
    assert client.zcard(keys.UNNAMED.settled) == ENTRIES
    assert client.zcard(keys.UNNAMED.failed) == 0
