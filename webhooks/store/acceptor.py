"""Storing deliveries, on the edge. One round trip to Redis, no thread.

What arrives while one batch is on its way leaves together in the next; at a low rate that is a
batch of one, at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from redis.exceptions import NoScriptError, RedisError

from webhooks.errors import StorageUnavailable
from webhooks.store import keys, scripts
from webhooks.store.client import AsyncClient
from webhooks.store.delivery import Delivery, row
from webhooks.store.trouble import Trouble, trouble

__all__ = ["PATIENCE_S", "WAITING_ROOM", "Accepted", "Acceptor", "Delivery"]

log = structlog.get_logger()

#: awork waits 30 s and counts failures; a restart or failover of Redis is shorter than this
PATIENCE_S = 10.0
#: requests that may wait for Redis at once
WAITING_ROOM = 1000
_BATCH = 128
_PAUSE_S = 0.1
#: as trouble.py names it
_WRONG_TYPE = "redis:wrong-type"


@dataclass(frozen=True)
class Accepted:
    """What became of a delivery."""

    id: str
    status: Literal["accepted", "duplicate", "quarantined"]


@dataclass(frozen=True)
class _Waiting:
    """A delivery that waits for Redis."""

    delivery: Delivery
    #: when its patience is over, by the acceptor's clock
    deadline: float
    answer: asyncio.Future[Accepted]

    def settle(self, result: Accepted | StorageUnavailable) -> None:
        """Tell whoever waits, unless they have left."""
        if self.answer.done():
            return
        if isinstance(result, Accepted):
            self.answer.set_result(result)
        else:
            self.answer.set_exception(result)


class Acceptor:
    """Takes deliveries into Redis, many at a time."""

    def __init__(
        self,
        client: AsyncClient,
        *,
        retention_s: int,
        patience_s: float = PATIENCE_S,
        waiting_room: int = WAITING_ROOM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._retention_s = retention_s
        self._patience_s = patience_s
        self._waiting_room = waiting_room
        self._clock = clock
        self._queue: list[_Waiting] = []
        self._held = 0
        #: what Redis last said while it took nothing; None while it takes
        self._trouble: Trouble | None = None
        self._sender: asyncio.Task[None] | None = None

    async def accept(self, delivery: Delivery) -> Accepted:
        """Store a delivery.

        Returns once it is on record in Redis and a worker is sure to hear of it.
        Raises StorageUnavailable after 10 s without success, or at once when 1,000 wait already;
        it may then have been stored all the same, and the sender's retry finds a duplicate.
        """
        if self._held >= self._waiting_room:
            raise StorageUnavailable(f"{self._held} deliveries are waiting for Redis already")
        answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(delivery, self._clock() + self._patience_s, answer))
        self._held += 1
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_all())
        try:
            return await answer
        finally:
            self._held -= 1

    async def _send_all(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[:_BATCH], self._queue[_BATCH:]
                await self._send(self._in_time(batch))
        finally:
            self._sender = None

    async def _send(self, batch: list[_Waiting]) -> None:
        """Try a batch until Redis took it or the patience of each of its members is over."""
        while batch:
            try:
                ids = await self._store([waiting.delivery for waiting in batch])
            except (RedisError, OSError) as error:
                # Stored or not, the same ids are sent again: the script knows them.
                why = trouble(error)
                self._is_refused(why)
                if why.cause == _WRONG_TYPE:
                    await self._send_apart(batch, why)
                    return
                await asyncio.sleep(_PAUSE_S)
                batch = self._in_time(batch)
            else:
                self._is_taken()
                for waiting, stored in zip(batch, ids, strict=True):
                    waiting.settle(_accepted(waiting.delivery, stored.decode()))
                return

    async def _send_apart(self, batch: list[_Waiting], why: Trouble) -> None:
        """A key is not what it should be. Where it is of one workspace or of one delivery only, the
        others are taken; nobody waits for that one, because waiting mends no key."""
        if len(batch) == 1:
            batch[0].settle(StorageUnavailable(f"Redis did not take it: {why.message}"))
            return
        for part in _apart(batch):
            await self._send(part)

    def _is_refused(self, why: Trouble) -> None:
        """Told once, however many deliveries meet it, and again when the cause is another."""
        if self._trouble is None or self._trouble.cause != why.cause:
            log.error(
                "redis_takes_nothing", cause=why.cause, problem=why.message, way_out=why.way_out
            )
        self._trouble = why

    def _is_taken(self) -> None:
        if self._trouble is not None:
            log.info("redis_takes_again", after=self._trouble.cause)
        self._trouble = None

    def _in_time(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Those that go on waiting. While Redis is in trouble the patience of the others ends,
        also of those that waited for their turn: awork must have an answer within 30 s."""
        if self._trouble is None:
            return batch
        now = self._clock()
        for waiting in batch:
            if now >= waiting.deadline:
                waiting.settle(
                    StorageUnavailable(f"Redis did not take it: {self._trouble.message}")
                )
        return [waiting for waiting in batch if now < waiting.deadline]

    async def _store(self, deliveries: Sequence[Delivery]) -> list[bytes]:
        arguments: list[str | bytes | int] = ["", keys.DEDUPE_S, self._retention_s]
        for delivery in deliveries:
            arguments += row(delivery)
        try:
            ids: list[bytes] = await self._client.evalsha(
                scripts.sha("accept"), 1, keys.PREFIX, *arguments
            )
        except NoScriptError:
            # A Redis that was restarted has forgotten the script.
            ids = await self._client.eval(scripts.text("accept"), 1, keys.PREFIX, *arguments)
        return ids


def _apart(batch: Sequence[_Waiting]) -> list[list[_Waiting]]:
    """The deliveries of each workspace; of one alone, each for itself."""
    of_each: dict[str, list[_Waiting]] = {}
    for waiting in batch:
        of_each.setdefault(waiting.delivery.key.workspace, []).append(waiting)
    return list(of_each.values()) if len(of_each) > 1 else [[waiting] for waiting in batch]


def _accepted(delivery: Delivery, stored_id: str) -> Accepted:
    if stored_id != delivery.event.id:
        return Accepted(stored_id, "duplicate")
    return Accepted(stored_id, "quarantined" if delivery.unreadable else "accepted")
