"""A worker whose rules write to awork and to Workiva, both played by the sandbox."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from deploy.local.redis_server import RedisServer
from deploy.sandbox.calls import Call
from deploy.sandbox.refusals import Model
from deploy.sandbox.server import Sandbox
from deploy.sandbox.workiva.service import Workiva
from tests import samples
from tests.worker import Clock, Worker, worker
from webhooks.store.client import Client
from webhooks.store.journal import Run
from workers.drain import work_on
from workers.targets.workiva import Connection, Credentials
from workers.targets.workiva_api import CURRENT, Api

ANNA, BERND = "V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD", "V0ZVc2VyHzU1MDg3OTc0MDE4MDg4OTY"
RESOURCE, SEGMENT = "124efa2a142f472ba1ceab34ed18915f", "465ttdh2a142y75ehsft5ab34edf5675"
TASK_ID = samples.sample("task_added")["entity"]["id"]
#: more than any run takes
_TRIES = 12


def rule(*actions: str, ident: str = "r", when: str = "task_added", more: str = "") -> str:
    """One entry of `rules`. actions: in flow style, in order."""
    do = "".join(f"      - {action}\n" for action in actions)
    return f"  - id: {ident}\n    when: {when}\n{more}    do:\n{do}"


def rules(*each: str) -> str:
    """Several as one set."""
    return "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:\n" + "".join(each)


def connected(workiva: Workiva, clock: Clock, api: Api = CURRENT) -> Connection:
    """What a worker reaches the sandbox's Workiva by."""
    credentials = Credentials(SecretStr(workiva.client_id), SecretStr(workiva.client_secret))
    return Connection(workiva.url, credentials, api=api, now=clock)


@dataclass
class There:
    """Works on events, and knows what Workiva was sent and what it has."""

    client: Client
    server: RedisServer
    sandbox: Sandbox
    clock: Clock
    _made: list[Worker] = field(default_factory=list)

    def worker(self, text: str, *, api: Api = CURRENT) -> Worker:
        """One with these rules."""
        one = worker(self.client, self.server, text, self.sandbox, self.clock)
        connection = connected(self.sandbox.workiva, self.clock, api)
        # No two workers give their events the same ids.
        arrived = 100 * len(self._made)
        one = replace(one, deps=replace(one.deps, workiva=connection), _arrived=arrived)
        self._made.append(one)
        return one

    def __call__(self, *actions: str, api: Api = CURRENT) -> Run:
        """One event worked on by one rule with these actions, once."""
        one = self.worker(rules(rule(*actions)), api=api)
        one.deliver(event())
        return one.work()

    @property
    def tasks(self) -> list[Model]:
        """What Workiva has, oldest first."""
        return list(self.sandbox.workiva.tasks.values())

    @property
    def task(self) -> Model:
        """The one task that Workiva has."""
        [task] = self.tasks
        return task

    def sent(self, method: str = "POST", path: str = "/tasks") -> list[Any]:
        """The bodies of writes that were tried, whatever became of them."""
        return [call.body for call in self.calls(method, path)]

    def calls(self, method: str, path: str = "/tasks.*") -> list[Call]:
        """The calls of a kind."""
        calls = self.sandbox.workiva.calls
        return [c for c in calls if c.method == method and re.fullmatch(path, c.path)]

    def fault(self, kind: Any, method: str = "POST", path: str = "/tasks", **more: Any) -> Any:
        """Let something go wrong with Workiva's next such call."""
        return self.sandbox.workiva.faults.add(kind, method, path, **more)

    def by_a_person(self, **changes: Any) -> None:
        """A person changes the one task in Workiva, a while later."""
        self.clock.forward(minutes=2)
        self.task.update(changes)
        user = {"id": BERND, "displayName": "Bernd Kranz"}
        at = f"{self.clock.now:%Y-%m-%dT%H:%M:%SZ}"
        self.task["modified"] = {"dateTime": at, "user": user}

    def close(self) -> None:
        for one in self._made:
            one.deps.connection.close()
            one.deps.workiva.close()


@contextmanager
def mirroring(client: Client, server: RedisServer) -> Iterator[There]:
    """Everything that takes; closed afterwards."""
    clock = Clock()
    with Sandbox.start(clock=clock) as sandbox:
        there = There(client, server, sandbox, clock)
        yield there
        there.close()


def event(kind: str = "task_added", *, of: str = "", **entity: Any) -> dict[str, Any]:
    """An event of the sample's task, or of another one. of: any name for that."""
    payload = samples.fresh(kind, **entity)
    if of:
        ident = str(uuid.uuid5(uuid.NAMESPACE_OID, of))
        payload["entity"]["id"] = ident
        payload["entityId"] = ident
    return payload


def until_settled(one: Worker, *, seconds: float = 10) -> Run:
    """Work on what is due until it is settled; so much time passes between two tries."""
    for _ in range(_TRIES):
        run = one.work()
        if run.outcome != "later":
            return run
        one.clock.forward(seconds=seconds)
    raise AssertionError(f"still not settled: {run.reason}, {run.message}")


def work_all(one: Worker) -> None:
    """Work on all that is due, until nothing is."""
    for _ in range(_TRIES):
        for claim in one.deps.inbox.claim(10, now_ms=one.clock.ms):
            work_on(claim, one.deps)
        one.clock.forward(seconds=10)


def noted(run: Run) -> list[str]:
    """What the actions of a run have told."""
    return [action.message for ran in run.rules for action in ran.actions]
