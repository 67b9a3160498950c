"""One action tried on one event: over a real Redis and the sandbox, late in the evening."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.worker import Clock, Worker, worker
from tests.writes import TIMO
from webhooks.store.client import Client
from webhooks.store.journal import Run

__all__ = [
    "DEVELOPMENT",
    "MANAGEMENT",
    "MARA",
    "PROJECT_ID",
    "TASK_ID",
    "TIMO",
    "Try",
    "trying",
    "why",
]

MARA = "5458143e-8112-5d54-a0e3-c6eb2ab56030"
DEVELOPMENT = samples.sample("task_added")["entity"]["typeOfWorkId"]
MANAGEMENT = "dcedb278-1808-555c-942c-8cc1a0af32bb"
TASK_ID = samples.sample("task_added")["entity"]["id"]
PROJECT_ID = samples.sample("project_added")["entity"]["id"]


@dataclass
class Try:
    """Works on one event with one action, and knows what awork was sent."""

    client: Client
    server: RedisServer
    sandbox: Sandbox
    clock: Clock
    open_from: date | None = None
    _made: list[Worker] = field(default_factory=list)

    def prepare(self, action: str, *, event: str = "task_added") -> Worker:
        """A worker that has the event, and one rule with this action in flow style."""
        rules = (
            "version: 1\ndefaults: {timezone: Europe/Berlin}\n"
            f"rules:\n  - id: r\n    when: {event}\n    do:\n      - {action}\n"
        )
        one = worker(
            self.client, self.server, rules, self.sandbox, self.clock, open_from=self.open_from
        )
        self._made.append(one)
        # By the test's clock: to a worker an event of a day ago is old.
        at = f"{self.clock.now:%Y-%m-%dT%H:%M:%S.%f0+00:00}"
        one.deliver({**samples.fresh(event), "timestamp": at})
        return one

    def __call__(self, action: str, *, event: str = "task_added") -> Run:
        """Work on it once."""
        return self.prepare(action, event=event).work()

    @property
    def today(self) -> date:
        """The day in Berlin, which is a day later than in UTC."""
        return self.clock.now.date() + timedelta(days=1)

    @property
    def sent(self) -> list[Any]:
        """The bodies of all writes that were tried, whatever became of them."""
        return [call.body for call in self.sandbox.calls if call.method != "GET"]

    def close(self) -> None:
        for one in self._made:
            one.deps.connection.close()


@contextmanager
def trying(client: Client, server: RedisServer) -> Iterator[Try]:
    """Everything that takes; closed afterwards. It is 23:30 in UTC: past midnight in Berlin."""
    clock = Clock()
    late = clock.now.replace(hour=23, minute=30, second=0, microsecond=0)
    clock.now = late if late >= clock.now else late + timedelta(days=1)
    with Sandbox.start(clock=clock) as sandbox:
        attempt = Try(client, server, sandbox, clock)
        yield attempt
        attempt.close()


def why(run: Run) -> tuple[str, str, str]:
    """What became of it, and why."""
    return run.outcome, run.reason, run.message
