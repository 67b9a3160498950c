"""The edge's own watch: is Redis still the one that took what was acknowledged?

Workers look, too; but an edge may stand alone while the last worker is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError, ResponseError

from webhooks.store import keys, origin, scripts
from webhooks.store.client import AsyncClient
from webhooks.store.origin import Lost, Sign
from webhooks.store.reply import text
from webhooks.workspaces import named

log = structlog.get_logger()

#: seconds between two looks
APART_S = 5.0


@dataclass
class Safekeeping:
    """What one edge process remembers of its Redis."""

    client: AsyncClient
    #: None before a worker has given it a name
    known: Sign | None = None

    async def look(self) -> None:
        """Compare Redis with what is remembered of it; raise a problem when it has lost that."""
        pipe = self.client.pipeline(transaction=False)
        pipe.time()
        pipe.get(keys.BORN)
        pipe.zrange(self.client.key.waiting, 0, 0, withscores=True)
        (second, micro), born, oldest = await pipe.execute()
        oldest_ms = int(oldest[0][1]) if oldest else None
        sign = Sign(second * 1000 + micro // 1000, None, text(born), oldest_ms)
        if self.known and self.known.born != sign.born:
            await self._raise(origin.emptied(self.known))
        # An emptied one has no name until a worker lives: it is told once all the same.
        self.known = sign if sign.born else None

    async def _raise(self, lost: Lost) -> None:
        way_out = named(lost.way_out, self.client.key.workspace)
        script, told = scripts.text("trouble"), (lost.cause, lost.message, way_out)
        if await self.client.eval(script, 1, self.client.key.prefix, "", *told):
            log.error("redis_lost", cause=lost.cause, problem=lost.message, way_out=lost.way_out)


async def keep_looking(
    clients: Iterable[AsyncClient], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Look now and then, for ever: at one workspace after the other, so that one connection will
    do. Redis may be away: then it is asked again."""
    watches = [Safekeeping(one) for one in clients]
    while True:
        for watch in watches:
            try:
                await watch.look()
            except ResponseError:
                # Keys of this workspace: the workers tell what is wrong with them.
                log.debug("not_looked", workspace=watch.client.key.workspace)
            except (RedisError, OSError):
                # Whoever delivers is told, and the log once; nothing is forgotten here.
                log.debug("not_looked")
                break
        await pause(APART_S)
