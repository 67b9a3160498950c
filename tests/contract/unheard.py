"""People change things in the sandbox, and some of the events never come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.sandbox.disorder import Disorder
from deploy.sandbox.server import Sandbox
from deploy.sandbox.shown import entry_shown, task_shown
from tests.contract.test_sandbox_answers import TIMO
from tests.stored import RETENTION_S
from tests.worker import Clock, Worker
from webhooks.store.client import Client
from webhooks.store.feeder import Feeder
from workers.targets.awork import Connection
from workers.targets.subscriptions import Gate
from workers.watching.asking import Asking
from workers.watching.backfill import Span, backfill
from workers.watching.bookmarks import GRACE
from workers.watching.comparing import Compared, Comparing, Feed
from workers.watching.families import FAMILIES, Family
from workers.watching.look import Means

SECRET = "secret=of-the-tests"
GATE = Gate("x-webhook-secret", (SECRET, "the-one-before"))
WEBHOOK = {
    "name": "hookwork",
    "uri": "https://hooks.example.org/webhooks/awork",
    "events": "task_added,task_updated",
    "isActive": True,
    "authenticationType": "header",
    "authentication": f"X-Webhook-Secret={SECRET}",
    "onlyTriggerForMainEntityChanges": True,
    "receiverType": "custom",
    "lastFailureReason": None,
}
RULES = """
version: 1
rules:
  - id: greet
    when: [task_added, task_updated]
    do:
      - add_comment: {task: "${entity.id}", message: "${event.eventType} ${entity.name}"}
"""
ALL_RULES = (
    RULES
    + """
  - id: count
    when: [timetracking_added, timetracking_updated]
    mode: shadow
    do:
      - add_comment: {task: "${entity.taskId}", message: "${entity.duration}"}
"""
)


@dataclass
class People:
    """Timo, who changes tasks by hand; and awork, which may tell of it."""

    sandbox: Sandbox
    disorder: Disorder = field(default_factory=Disorder)
    #: envelopes that awork sends
    sent: list[dict[str, Any]] = field(default_factory=list)

    def change(self, task_id: str, *, by: str = TIMO, **changed: Any) -> dict[str, Any]:
        """Change a task. Returns the envelope of its event, which `sent` has unless it is lost."""
        world = self.sandbox.world
        with world.lock:
            task = world.tasks[task_id]
            world.touch(task, changed)
            return self._announced("task_updated", task, by)

    def add(self, task_id: str, **given: Any) -> dict[str, Any]:
        """Make a task like another one. Returns the envelope of its event."""
        world = self.sandbox.world
        with world.lock:
            like = {k: v for k, v in world.tasks[task_id].items() if k not in ("id", "updatedOn")}
            task = world.add("tasks", {**like, **given})
            task["resourceVersion"] = world.next_version()
            return self._announced("task_added", task, TIMO)

    def _announced(self, event: str, task: dict[str, Any], by: str) -> dict[str, Any]:
        world = self.sandbox.world
        task["updatedBy"] = by
        heard: list[dict[str, Any]] = []
        # Not to awork's own sender: the test delivers, or does not.
        listeners, world.listeners = world.listeners, [heard.append]
        shown = task_shown(world, task)
        world.announce(event, shown, entity_type="task", link=f"/tasks/{task['id']}")
        world.listeners = listeners
        (envelope,) = heard
        envelope["triggeredBy"] = {"id": by}
        self.sent += self.disorder.outgoing(envelope)
        return envelope


def entries(sandbox: Sandbox, count: int, at: Callable[[int], datetime]) -> list[dict[str, Any]]:
    """So many time entries of Timo's, each changed at its own time; as awork shows them."""
    world = sandbox.world
    sample = next(iter(world.tasks.values()))
    with world.muted():
        for number in range(count):
            stamp = at(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            ident = f"00000000-0000-4000-8000-{number:012d}"
            world.entries[ident] = {
                "id": ident,
                "createdOn": stamp,
                "createdBy": TIMO,
                "updatedOn": stamp,
                "updatedBy": TIMO,
                "resourceVersion": world.next_version(),
                "userId": TIMO,
                "typeOfWorkId": sample["typeOfWorkId"],
                "timezone": "Europe/Berlin",
                "duration": 60,
                "isBillable": False,
                "isBilled": False,
            }
        return [entry_shown(world, entry) for entry in world.entries.values()]


@dataclass
class Backfills:
    """`hookwork backfill` without its command line; the test holds the time."""

    client: Client
    connection: Connection
    me: str
    clock: Clock
    into: Feed | None = None

    def __call__(
        self, *, hours: float = 1, families: tuple[Family, ...] = FAMILIES[:1]
    ) -> dict[str, Compared]:
        """What came of looking so far back, by what was looked at."""
        asking = Asking(self.connection, wait=self._wait)
        span = Span(self.clock.now - timedelta(hours=hours), self.clock.now - GRACE)
        found: dict[str, Compared] = {}
        for step in backfill(asking, self.comparing(), GATE, families, span):
            found[step.of] = found.get(step.of, Compared()) + step.compared
        return found

    def comparing(self) -> Comparing:
        into = self.into or Feeder(self.client, retention_s=RETENTION_S)
        return Comparing(self.client, into, self.me, self.clock, os.urandom)

    def _wait(self, seconds: float) -> bool:
        self.clock.forward(seconds=seconds)
        return False


def backfills(one: Worker, sandbox: Sandbox, into: Feed | None = None) -> Backfills:
    """Backfills beside a worker."""
    me = sandbox.world.api_user_id
    return Backfills(one.deps.redis, one.deps.connection, me, one.clock, into)


def means(one: Worker, *, connection: Connection | None = None, **others: Any) -> Means:
    """What a look of this worker needs."""

    def wait(seconds: float) -> bool:
        one.clock.forward(seconds=seconds)
        return False

    given: dict[str, Any] = {
        "client": one.deps.redis,
        "connection": connection or one.deps.connection,
        "rules": one.deps.rules,
        "gate": GATE,
        "into": Feeder(one.deps.redis, retention_s=RETENTION_S),
        "now": one.clock,
        "entropy": os.urandom,
        "wait": wait,
        "alive": lambda: None,
    }
    return Means(**{**given, **others})


def work_off(one: Worker) -> Iterator[str]:
    """Work on all that waits; gives the outcome of each."""
    while one.deps.redis.zcard("hookwork:due"):
        yield one.work().outcome
