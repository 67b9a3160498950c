"""Workers that die, answers that are lost, Redis and awork away: wherever it hits, nothing is lost
and nothing is done twice. Each seed is one day of mishaps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import pytest
import redis
from redis.exceptions import ConnectionError as RedisGone

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import Worker, with_rules
from webhooks.store import keys
from workers import drain

SAMPLE = samples.sample("task_updated")["entity"]["id"]
TASKS = [f"22222222-2222-4222-8222-{n:012}" for n in (1, 2)]
EVENTS = 6
REPLAYS = 8
#: far more than the worst day takes
ROUNDS = 3000

RULES = """
version: 1
rules:
  - id: plain
    when: task_updated
    do: [{add_comment: {task: "${entity.id}", message: "plain ${entity.name}"}}]
  - id: keyed
    when: task_updated
    flow: {key: task.id}
    do: [{add_comment: {task: "${entity.id}", message: "keyed ${entity.name}"}}]
  - id: settling
    when: task_updated
    flow: {settle: 20s, settle_at_most: 1m}
    do: [{add_comment: {task: "${entity.id}", message: "settling ${entity.name}"}}]
  - id: two-writes
    when: task_updated
    do:
      - add_comment: {task: "${entity.id}", message: "first ${entity.name}"}
        id: one
      - add_comment: {task: "${entity.id}", message: "second ${entity.name} ${done.one.message}"}
  - id: once
    when: task_updated
    flow: {once_within: {time: 30d, per: [entity.name]}}
    do: [{add_comment: {task: "${entity.id}", message: "once ${entity.name}"}}]
"""
#: one rule, then in a lane of its own, then in another's; and one that asks awork before it says no
SWAPPED = """
version: 1
rules:
  - id: plain
    when: task_updated
    flow: FLOW
    do: [{add_comment: {task: "${entity.id}", message: "plain ${entity.name}"}}]
  - id: rich
    when: task_updated
    if: [{project.timeBudget: {at_least: 100000000}}]
    do: [{add_comment: {task: "${entity.id}", message: "rich ${entity.name}"}}]
"""
LANES = ["{}", "{key: task.id}", "{key: entity.projectId}"]
SETTLING = "{settle: 20s, settle_at_most: 1m}"

every_seed = pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(n, marks=pytest.mark.nightly) for n in range(8, 308))]
)


class Died(BaseException):
    """The worker is gone, as by SIGKILL: it handles nothing more."""


@dataclass
class Chaos:
    """Mishaps before and after any call to Redis and any request to awork, while it is loose."""

    chance: Random
    #: of all looks at awork, those that find it away
    away: float = 0.0
    #: of all calls, those that something befalls before; and as many after
    often: float = field(init=False)
    is_loose: bool = False

    def __post_init__(self) -> None:
        self.often = self.chance.choice([0.0, 0.01, 0.03, 0.06])

    def beset(self, one: Worker, patch: pytest.MonkeyPatch) -> None:
        """Stand between a worker and the rest of the world."""
        ask, send = redis.Redis.execute_command, one.deps.connection.http.request

        def execute_command(client: redis.Redis, *args: Any, **options: Any) -> Any:
            gone = RedisGone("chaos")
            return self._around(lambda: ask(client, *args, **options), [gone], [gone])

        def request(method: str, url: str, **options: Any) -> httpx.Response:
            away, lost = httpx.ConnectError("chaos"), httpx.ReadError("chaos")
            if method == "GET" and self.chance.random() < self.away:
                raise away
            return self._around(lambda: send(method, url, **options), [away, lost], [lost])

        patch.setattr(redis.Redis, "execute_command", execute_command)
        patch.setattr(one.deps.connection.http, "request", request)
        # However many workers an event outlives here, that is not its fault.
        patch.setattr(drain, "DEADLY_CLAIMS", ROUNDS)

    @contextmanager
    def loose(self) -> Iterator[None]:
        """One worker's stretch of work, which may be its last."""
        self.is_loose = True
        try:
            with suppress(Died):
                yield
        finally:
            self.is_loose = False

    def _around[T](self, call: Callable[[], T], before: Sequence[Exception], after: Sequence[Exception]) -> T:
        self._strike(before)
        answer = call()
        self._strike(after)
        return answer

    def _strike(self, mishaps: Sequence[Exception]) -> None:
        if self.is_loose and self.chance.random() < self.often:
            raise self.chance.choice([Died(), *mishaps])
