"""Putting events into a real Redis, as the edge does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests import samples
from webhooks.event import Event
from webhooks.sources import awork
from webhooks.store.acceptor import Accepted, Acceptor, Delivery
from webhooks.store.client import AsyncClient
from webhooks.store.inbox import Inbox
from webhooks.store.origin import Sign
from webhooks.store.rounds import InForce, Rounds, Swept

RETENTION_S = 1_000


def event(name: str, *, entity: str = "t1", at_us: int = 1_000, body: bytes = b"{}") -> Event:
    """An event with nothing but what the store looks at."""
    return Event(
        id=f"id-{name}",
        source="awork",
        kind="task_updated",
        entity_id=entity,
        occurred_us=at_us,
        received_ms=1_000,
        identity=f"identity-{name}",
        body=body,
    )


def accept(url: str, *events: Event, patience_s: float = 10.0) -> list[Accepted]:
    """Store events, all at once."""
    deliveries = [Delivery(one, counted_as=awork.counted_as(one.kind)) for one in events]
    return deliver(url, deliveries, patience_s=patience_s)


def deliver(
    url: str, deliveries: Sequence[Delivery], *, patience_s: float = 10.0
) -> list[Accepted]:
    """Store deliveries, all at once. patience_s: how long each may wait for Redis."""

    async def run() -> list[Accepted]:
        client = AsyncClient.at(url)
        acceptor = Acceptor(client, retention_s=RETENTION_S, patience_s=patience_s)
        try:
            return list(await asyncio.gather(*(acceptor.accept(one) for one in deliveries)))
        finally:
            await client.aclose()

    return asyncio.run(run())


def accept_payload(url: str, payload: dict[str, Any], *, event_id: str) -> Event:
    """Store one payload of awork."""
    parsed = awork.parse(samples.raw(payload), event_id=event_id, now_ms=1_000)
    accept(url, parsed)
    return parsed


def enlist(
    inbox: Inbox,
    worker: str,
    *,
    bell: str,
    rules_hash: str,
    rules: Sequence[str],
    problem: str = "",
    now_ms: int | None = None,
) -> Sign:
    """Say that a worker lives, and which rules it has for this inbox."""
    told = [InForce(rules_hash, rules, problem)]
    (sign,) = Rounds([inbox]).enlist(worker, bell=bell, rules=told, now_ms=now_ms)
    assert isinstance(sign, Sign), sign
    return sign


def sweep(inbox: Inbox, worker: str, **how: int) -> Swept:
    """Sweep this inbox alone."""
    return Rounds([inbox]).sweep(worker, **how)
