"""Is this edge fit to take deliveries? Liveness says the process runs; readiness asks Redis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from redis.exceptions import RedisError

from webhooks.store import fitness, origin
from webhooks.store.client import AsyncClient
from webhooks.store.fitness import Finding
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


async def look(clients: Sequence[AsyncClient]) -> Health:
    """How this edge and its Redis are. clients: one for each workspace.

    A Redis that may evict would lose acknowledged events; without a rule set nobody acts on them.
    What is wrong with only some workspaces is no reason to take nothing for the others.
    """
    first = clients[0]
    pipe = first.pipeline(transaction=False)
    for one in clients:
        pipe.hget(one.key.rules, "hash")
        pipe.hmget(one.key.problems, *origin.PAST)
    kinds = {key: kind for one in clients for key, kind in one.key.kinds.items()}
    fitness.questions(pipe, kinds)
    try:
        answers = await pipe.execute(raise_on_error=False)
    except (RedisError, OSError) as error:
        why = trouble(error)
        return Health((f"{why.cause}: {why.message}; {why.way_out}",))
    told, replies = answers[: 2 * len(clients)], answers[2 * len(clients) :]
    problems, warnings = _weighed([_found(replies, kinds, one.key.kinds) for one in clients])
    lacking = told[::2].count(None)
    if lacking == len(clients):
        problems.append("no-rules: no worker has loaded a rule set yet")
    elif lacking:
        warnings.append(f"no-rules: {lacking} of {len(clients)} workspaces have no rule set yet")
    return Health(tuple(problems), (*warnings, *_past(told[1::2])))


def _found(
    replies: Sequence[Any], kinds: Mapping[str, str], of: Mapping[str, str]
) -> list[Finding]:
    """What is wrong with Redis for one workspace. kinds: the keys that were asked for. of: its."""
    others, types = replies[: -len(kinds)], dict(zip(kinds, replies[-len(kinds) :], strict=True))
    return fitness.found([*others, *(types[key] for key in of)], of)


def _weighed(of_each: Sequence[Sequence[Finding]]) -> tuple[list[str], list[str]]:
    """What keeps all workspaces from taking deliveries, and what does not."""
    everywhere = set.intersection(*({one.cause for one in found} for found in of_each))
    told: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for one in chain.from_iterable(of_each):
        told[one.weight != "risk" and one.cause in everywhere][str(one)] = None
    return list(told[True]), list(told[False])


def _past(lost: Iterable[Any]) -> Iterator[str]:
    """What was lost: it is past, deliveries are taken. Each workspace knows of the same."""
    known = [read(one for one in of_one if one) for of_one in lost if isinstance(of_one, list)]
    named = {one.cause: one for of_one in known for one in of_one}
    yield from (f"{one.cause}: {one.message}; {one.way_out}" for one in named.values())
