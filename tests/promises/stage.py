"""A job from delivery to settled, with processes that die and are replaced, as supervisors do.

Whoever asked for something and heard no answer asks again: awork delivers again, a person replays
again. Workers hear bells; without one, the housekeeping's sweep rings. Time is the test's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.promises.moments import (
    Moments,
    WatchedAsyncRedis,
    WatchedRedis,
    WatchedTransport,
    load_scripts,
)
from tests.stored import RETENTION_S, enlist, sweep
from tests.worker import Clock, Worker
from webhooks.sources import awork
from webhooks.store import keys
from webhooks.store.acceptor import Acceptor, Delivery
from webhooks.store.client import Client
from webhooks.store.reply import text
from workers.drain import Pace, drain
from workers.shift import alone
from workers.targets.awork import Connection
from workers.targets.cache import Cache
from workers.targets.directory import Directory

#: far more bells and sweeps than any job takes
_ROUNDS = 40
#: longer than a lease, and than any wait between two tries here
LEASE_OVER_S = 61.0


@dataclass
class Stage:
    """One Redis, one awork, and workers one after the other."""

    client: Client
    server: RedisServer
    sandbox: Sandbox
    clock: Clock
    moments: Moments
    one: Worker
    #: how often nobody was rung for, and the sweep had to
    sweeps: int = 0
    _delivered: int = 0
    _connections: list[Connection] = field(default_factory=list)

    def start_worker(self) -> None:
        """A new process in place of the last one: it remembers nothing."""
        connection = Connection(
            self.sandbox.url,
            self.sandbox.token,
            transport=WatchedTransport(self.moments),
            budget=self.one.deps.connection.budget,
            cache=Cache(self.one.deps.redis, sleep=lambda _s: None),
        )
        self._connections.append(connection)
        deps = replace(self.one.deps, connection=connection, directory=Directory())
        self.one = replace(self.one, deps=deps)

    def ask(self, act: Callable[[], object]) -> None:
        """What somebody asks for; once more, when no answer came."""
        answered = []
        with self.moments.life():
            answered.append(act())
        if not answered:
            act()

    def deliver(self, payload: dict[str, Any]) -> None:
        """awork delivers, and again when it is not told that it was taken."""
        self.ask(lambda: asyncio.run(self._accept(payload)))

    async def _accept(self, payload: dict[str, Any]) -> None:
        # Each request has an id of its own; what makes two of them one event is their identity.
        self._delivered += 1
        event = awork.parse(
            samples.raw(payload), event_id=f"event-{self._delivered}", now_ms=self.clock.ms
        )
        edge: WatchedAsyncRedis
        edge = WatchedAsyncRedis.from_url(self.server.url, retry=Retry(NoBackoff(), 0))  # type: ignore[assignment]  # it says Redis
        edge.moments, edge.clock = self.moments, self.clock
        try:
            acceptor = Acceptor(edge, retention_s=RETENTION_S)
            await acceptor.accept(Delivery(event, counted_as=awork.counted_as(event.kind)))
        finally:
            await edge.aclose()

    def work(self) -> None:
        """Let workers work until nothing waits."""
        for _ in range(_ROUNDS):
            if self.client.lpop(keys.QUEUE):
                self._live(lambda: drain(alone(self.one.deps, 1), Pace(slots=1, clock=lambda: 0.0)))
            elif self.client.zcard(keys.UNNAMED.waiting):
                self.sweeps += 1
                self.pass_time(LEASE_OVER_S)
                self._live(lambda: sweep(self.one.deps.inbox, "worker", worker_silent_s=10**6))
            else:
                return
        raise AssertionError(f"still waiting: {self.client.zrange(keys.UNNAMED.waiting, 0, -1)}")

    def pass_time(self, seconds: float) -> None:
        """Let time pass, for us, for awork and for what Redis forgets by itself."""
        self.clock.forward(seconds=seconds)
        for key in self.client.keys("*"):
            left_ms = self.client.pttl(key) - int(seconds * 1000)
            if self.client.pttl(key) > 0:
                self.client.pexpire(key, max(1, left_ms)) if left_ms > 0 else self.client.delete(
                    key
                )

    def only_event(self) -> str:
        """The id of the one event there is."""
        (key,) = self.client.keys(keys.UNNAMED.event("*"))
        return text(key).removeprefix(keys.UNNAMED.event(""))

    def _live(self, act: Callable[[], object]) -> None:
        with self.moments.life():
            act()
        if self.moments.died:
            self.start_worker()

    def end(self) -> None:
        """Close what was opened."""
        for connection in self._connections:
            connection.close()


def watched(server: RedisServer, moments: Moments) -> WatchedRedis:
    """A client of an empty Redis, whose commands are counted."""
    client: WatchedRedis
    client = WatchedRedis.from_url(server.url)  # type: ignore[assignment]  # it says Redis
    client.moments = moments
    client.flushall()
    load_scripts(client)
    return client


@contextmanager
def staged(
    client: WatchedRedis, server: RedisServer, one: Worker, sandbox: Sandbox
) -> Iterator[Stage]:
    """A worker that listens for its bell, and nothing else yet."""
    client.clock = one.clock
    plain = Client.at(server.url)
    stage = Stage(plain, server, sandbox, one.clock, client.moments, one)
    stage.start_worker()
    enlist(one.deps.inbox, "worker", bell="@BELL@", rules_hash="h", rules=[])
    try:
        yield stage
    finally:
        stage.end()
        plain.close()
