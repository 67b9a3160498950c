"""Is this edge fit to take deliveries? Liveness says the process runs; readiness asks Redis."""

from __future__ import annotations

import redis.asyncio
from redis.exceptions import RedisError

from webhooks.store import keys
from webhooks.store.reply import text, texts


async def problems(client: redis.asyncio.Redis) -> list[str]:
    """Why this edge is not ready; empty when it is.

    A Redis that may evict would lose acknowledged events; without a rule set nobody acts on them.
    """
    try:
        memory = await client.info("memory")
        rules = texts(await client.hgetall(keys.RULES))
    except (RedisError, OSError) as error:
        return [f"redis-unreachable: {error}"]
    found = []
    policy = text(memory.get("maxmemory_policy"))
    if policy != "noeviction":
        found.append(f"redis-may-evict: maxmemory-policy is {policy}, must be noeviction")
    if "hash" not in rules:
        found.append("no-rules: no worker has loaded a rule set yet")
    return found
