"""Is this edge fit to take deliveries? Liveness says the process runs; readiness asks Redis."""

from __future__ import annotations

import redis.asyncio
from redis.exceptions import RedisError

from webhooks.store import keys
from webhooks.store.connection import unfit
from webhooks.store.reply import texts


async def problems(client: redis.asyncio.Redis) -> list[str]:
    """Why this edge is not ready; empty when it is.

    A Redis that may evict would lose acknowledged events; without a rule set nobody acts on them.
    """
    try:
        info = await client.info()
        rules = texts(await client.hgetall(keys.RULES))
    except (RedisError, OSError) as error:
        return [f"redis-unreachable: {error}"]
    found = unfit(info)
    if "hash" not in rules:
        found.append("no-rules: no worker has loaded a rule set yet")
    return found
