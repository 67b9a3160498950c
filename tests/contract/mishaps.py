"""What may befall a worker at any call: it dies, Redis or awork is away, an answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisGone

from tests.worker import Worker
from webhooks.store import keys
from webhooks.store.client import Client
from workers import drain

#: far more than the worst day takes
ROUNDS = 3000


class Died(BaseException):
    """The worker is gone, as by SIGKILL: it handles nothing more."""


@dataclass
class Chaos:
    """Mishaps before and after any call to Redis and any request to awork, while it is loose."""

    one: Worker
    chance: Random
    #: of all calls, those that something befalls before; and as many after
    often: float
    #: of all looks at awork, those that find it away
    away: float = 0.0
    is_loose: bool = False

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """Stand between the workers, Redis and awork."""
        http, gone = self.one.deps.connection.http, RedisGone("chaos")
        ask: Any = Client.execute_command
        send = http.send
        away, lost = httpx.ConnectError("chaos"), httpx.ReadError("chaos")

        def execute_command(client: Client, *args: Any, **options: Any) -> Any:
            return self._around(lambda: ask(client, *args, **options), gone, gone)

        def sending(request: httpx.Request) -> Any:
            if request.method == "GET" and self.chance.random() < self.away:
                raise away
            before = self.chance.choice([away, lost])
            return self._around(lambda: send(request), before, lost)

        patch.setattr(Client, "execute_command", execute_command)
        patch.setattr(http, "send", sending)

    @contextmanager
    def loose(self) -> Iterator[None]:
        """One worker's stretch of work, which may be its last."""
        with suppress(Died), pytest.MonkeyPatch.context() as patch:
            patch.setattr(self, "is_loose", True)
            yield

    def _around(self, call: Callable[[], Any], before: Exception, after: Exception) -> Any:
        self._strike(before)
        answer = call()
        self._strike(after)
        return answer

    def _strike(self, mishap: Exception) -> None:
        if self.is_loose and self.chance.random() < self.often:
            raise self.chance.choice([Died(), mishap])


@dataclass
class DeathAt(Chaos):
    """The worker dies at one moment: before or after one of its calls."""

    #: how many moments it lives
    lives: int = 0
    #: how many moments there were
    seen: int = 0

    def _strike(self, mishap: Exception) -> None:  # noqa: ARG002
        if self.is_loose:
            self.seen += 1
            if self.seen > self.lives:
                raise Died


def replay_one(chaos: Chaos) -> int:
    """Ask for a settled event once more. Returns how many were asked for."""
    settled = cast(list[bytes], chaos.one.deps.redis.zrange(keys.UNNAMED.settled, 0, -1))
    for event in settled and [chaos.chance.choice(settled)]:
        with suppress(RedisGone), chaos.loose():
            chaos.one.deps.turns.replay(event.decode())
    return min(len(settled), 1)


def work(chaos: Chaos, versions: tuple[Worker, ...]) -> bool:
    """Claim and work. By the test's clock the leases of the dead are over, by Redis's not yet."""
    chance, clock, claims = chaos.chance, chaos.one.clock, []
    with suppress(RedisGone), chaos.loose():
        now_ms = chance.choice([clock.ms, clock.ms, None])
        claims = chaos.one.deps.inbox.claim(chance.choice([1, 3]), now_ms=now_ms)
    for claim in claims:
        if chance.random() < 0.95:  # else its worker died before it began
            with chaos.loose():
                drain.work_on(claim, chance.choice(versions).deps)
    return bool(claims)
