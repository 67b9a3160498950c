"""Many events at once, worked on by several workers while the test moves the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from deploy.local.redis_server import RedisServer
from deploy.sandbox.calls import Call
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.stored import RETENTION_S, accept
from tests.worker import Clock, Worker, worker
from webhooks.sources import awork
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from workers.drain import work_on
from workers.targets.awork import Connection
from workers.targets.budget import SharedBudget
from workers.targets.cache import Cache
from workers.targets.circuits import Circuits

#: virtual time that the work on one event takes: fifty a second
WORK_MS = 20
#: virtual time in which everything must be settled
_LONGEST = timedelta(minutes=20)
_AT_ONCE = 500


class TimedInbox(Inbox):
    """An inbox in which all times are by the test's clock, those of waiting too."""

    def __init__(self, client: Client, clock: Clock) -> None:
        super().__init__(client, retention_s=RETENTION_S)
        self._clock = clock

    def _run(self, name: str, now_ms: int | None, *arguments: Any) -> Any:
        return super()._run(name, self._clock.ms if now_ms is None else now_ms, *arguments)


@contextmanager
def workers_of(
    server: RedisServer, sandbox: Sandbox, clock: Clock, rules: str, *, count: int, per_minute: int
) -> Iterator[list[Worker]]:
    """So many workers with these rules, each with a Redis client and connections of its own."""
    made = []
    for _ in range(count):
        client = Client.at(server.url)
        one = worker(client, server, rules, sandbox, clock)
        one.deps.connection.close()
        connection = Connection(
            sandbox.url,
            sandbox.token,
            budget=SharedBudget(client, per_minute, now_ms=lambda: clock.ms),
            cache=Cache(client),
            circuits=Circuits(client, now_ms=lambda: clock.ms),
        )
        deps = replace(one.deps, inbox=TimedInbox(client, clock), connection=connection)
        made.append(replace(one, deps=deps))
    yield made
    for one in made:
        one.deps.connection.close()
        one.deps.redis.close()


def store(server: RedisServer, payloads: Sequence[dict[str, Any]], *, via: str = "") -> None:
    """Store events of awork. via: how they were found; what is caught up with nobody waits for."""
    parsed = [
        awork.parse(samples.raw(payload), event_id=f"awork{via}-{number}", now_ms=1_000)
        for number, payload in enumerate(payloads)
    ]
    events = [msgspec.structs.replace(event, via=via) for event in parsed]
    for begin in range(0, len(events), _AT_ONCE):
        accept(server.url, *events[begin : begin + _AT_ONCE])


def work_off(
    workers: Sequence[Worker], clock: Clock, *, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Let the workers take turns until every event is settled. meanwhile: called as time passes."""
    client, longest = workers[0].deps.redis, clock.now + _LONGEST
    while client.zcard(keys.UNNAMED.waiting):
        assert clock.now < longest, "events are left that are never settled"
        for one in workers:
            claims = one.deps.inbox.claim(16)
            for claim in claims:
                work_on(claim, one.deps)
                clock.forward(milliseconds=WORK_MS)
                meanwhile()
        clock.forward(milliseconds=WORK_MS)
        meanwhile()


def by_minute(calls: Sequence[Call]) -> Counter[int]:
    """How many calls each minute of the clock had, counted from the first."""
    minutes = Counter(int(call.at.timestamp()) // 60 for call in calls)
    first = min(minutes)
    return Counter({minute - first: many for minute, many in minutes.items()})
