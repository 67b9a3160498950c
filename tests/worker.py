"""A worker's insides over a real Redis and the sandbox, with a clock of the test's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.local.redis_server import RedisServer
from deploy.sandbox.limits import PER_MINUTE
from deploy.sandbox.server import Sandbox
from tests.stored import RETENTION_S, accept_payload
from tests.writes import Case, without_marker
from webhooks.store import journal, keys
from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox
from webhooks.store.journal import Run
from webhooks.store.turns import Turns
from workers.actions import VOCABULARY
from workers.deps import Deps
from workers.drain import work_on
from workers.holdings import StoredHoldings
from workers.rules.load import load_text
from workers.targets.awork import Awork, Connection
from workers.targets.budget import SharedBudget
from workers.targets.cache import Cache
from workers.targets.circuits import Circuits
from workers.targets.directory import Directory
from workers.targets.workiva import unset


@dataclass
class Clock:
    """The time, as the test says: for the worker and for awork. An hour ahead of Redis's own
    clock, so that whatever is in the inbox is due."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        """Let time pass."""
        self.now += timedelta(**units)

    @property
    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)


@dataclass
class Worker:
    """One worker: claims, processes and settles like the real one, one event at a time."""

    deps: Deps
    clock: Clock
    server: RedisServer
    _arrived: int = 0

    def deliver(self, payload: dict[str, Any]) -> str:
        """Store an event of awork. Returns its id."""
        self._arrived += 1
        return accept_payload(self.server.url, payload, event_id=f"event-{self._arrived}").id

    def claim(self) -> Claim:
        """Claim the one event that is due."""
        (claim,) = self.deps.inbox.claim(1, now_ms=self.clock.ms)
        return claim

    def work(self) -> Run:
        """Work on the one event that is due, and return its record."""
        claim = self.claim()
        work_on(claim, self.deps)
        return self.run(claim.id)

    def run(self, event_id: str) -> Run:
        """The record of an event."""
        stored = self.deps.redis.hget(keys.UNNAMED.event(event_id), "run")
        assert isinstance(stored, bytes), f"{event_id} has no record"
        return journal.decode(stored)

    def stop(self) -> None:
        """Tell this worker to end."""
        self.deps = replace(self.deps, stopping=lambda: True)

    def closing(self, *, days: int) -> Worker:
        """The same worker, with time closed before so many days ago."""
        closed = replace(self.deps, open_from=lambda now: (now - timedelta(days=days)).date())
        return replace(self, deps=closed)

    def awork(self) -> Awork:
        """awork, as the actions see it."""
        return Awork(self.deps.connection, Counter())


def worker(
    client: Client,
    server: RedisServer,
    rules: str,
    sandbox: Sandbox,
    clock: Clock,
    *,
    open_from: date | None = None,
) -> Worker:
    """A worker with these rules."""
    loaded = load_text(rules, VOCABULARY)
    deps = Deps(
        rules=lambda: loaded,
        redis=client,
        inbox=Inbox(client, retention_s=RETENTION_S),
        turns=Turns(client),
        connection=Connection(
            sandbox.url,
            sandbox.token,
            budget=SharedBudget(client, PER_MINUTE, now_ms=lambda: clock.ms),
            cache=Cache(client),
            circuits=Circuits(client, now_ms=lambda: clock.ms),
        ),
        directory=Directory(),
        holdings=StoredHoldings(client, retention_s=RETENTION_S),
        targets={},
        workiva=unset(),
        retention_s=RETENTION_S,
        now=clock,
        jitter=lambda _longest_s: 0.0,
        stopping=lambda: False,
        open_from=lambda _now: open_from,
    )
    return Worker(deps, clock, server)


def with_rules(one: Worker, rules: str) -> Worker:
    """The same worker after its rules have changed."""
    loaded = load_text(rules, VOCABULARY)
    return replace(one, deps=replace(one.deps, rules=lambda: loaded))


def outcomes(run: Run) -> list[str]:
    """What became of each write of an event."""
    return [w.outcome for rule in run.rules for action in rule.actions for w in action.writes]


def posted(sandbox: Sandbox, case: Case) -> list[dict[str, Any]]:
    """The bodies awork was sent, less their markers."""
    return [without_marker(call.body, case) for call in sandbox.writes(case.path)]
