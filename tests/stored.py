"""Putting events into a real Redis, as the edge does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import redis.asyncio

from tests import samples
from webhooks.event import Event
from webhooks.sources import awork
from webhooks.store.acceptor import Accepted, Acceptor, Delivery

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
        client = redis.asyncio.Redis.from_url(url)
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
