"""Is this edge fit to take deliveries? Liveness says the process runs; readiness asks Redis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from webhooks.store import fitness, keys, origin
from webhooks.store.problems import read
from webhooks.store.trouble import trouble


@dataclass(frozen=True)
class Health:
    """What speaks against this edge, and what somebody should know."""

    #: reasons not to be ready; empty when it is
    problems: tuple[str, ...] = ()
    #: deliveries are taken all the same
    warnings: tuple[str, ...] = ()

    @property
    def of_redis(self) -> Mapping[str, str]:
        """What is wrong with Redis itself, by cause: full, it does not take that as a problem."""
        named = (why.partition(": ") for why in self.problems if why.startswith("redis:"))
        return {cause: why for cause, _, why in named}

    def answer(self) -> Mapping[str, Any]:
        """As `GET /health/ready` tells it."""
        told: dict[str, Any] = {"status": "not-ready" if self.problems else "ready"}
        if self.problems:
            told["problems"] = self.problems
        if self.warnings:
            told["warnings"] = self.warnings
        return told


async def look(client: redis.asyncio.Redis) -> Health:
    """How this edge and its Redis are.

    A Redis that may evict would lose acknowledged events; without a rule set nobody acts on them.
    """
    pipe = client.pipeline(transaction=False)
    fitness.questions(pipe)
    pipe.hget(keys.RULES, "hash")
    pipe.hmget(keys.PROBLEMS, origin.EMPTIED, origin.WENT_BACK)
    try:
        *replies, rules, lost = await pipe.execute(raise_on_error=False)
    except (RedisError, OSError) as error:
        why = trouble(error)
        return Health((f"{why.cause}: {why.message}; {why.way_out}",))
    found = fitness.found(replies)
    problems = [str(one) for one in found if one.weight != "risk"]
    if rules is None:
        problems.append("no-rules: no worker has loaded a rule set yet")
    warnings = [str(one) for one in found if one.weight == "risk"]
    if isinstance(lost, list):
        # What was lost is past: deliveries are taken.
        past = read(one for one in lost if one)
        warnings += [f"{one.cause}: {one.message}; {one.way_out}" for one in past]
    return Health(tuple(problems), tuple(warnings))
