"""From a delivery's bytes to a receipt: verify, read, store. No web framework in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from webhooks.errors import Unreadable
from webhooks.event import new_id
from webhooks.sources import awork
from webhooks.store.acceptor import Acceptor, Delivery
from webhooks.store.keys import UNNAMED, Keys


@dataclass(frozen=True)
class Door:
    """Where the deliveries of one workspace come in."""

    gate: awork.Gate
    #: those they are kept under
    key: Keys


#: of a workspace that is not here: nobody has its secret
NO_DOOR = Door(awork.Gate(header="", secrets=(), signing_key=None), UNNAMED)


@dataclass(frozen=True)
class Receipt:
    """What the sender is told."""

    id: str
    #: accepted, duplicate or quarantined
    status: str
    #: why it is quarantined, else empty
    reason: str = ""


async def receive(
    door: Door,
    acceptor: Acceptor,
    *,
    headers: Mapping[str, list[bytes]],
    read_body: Callable[[], Awaitable[bytes]],
    now_ms: int,
    entropy: bytes,
) -> Receipt:
    """Take one delivery of awork.

    headers: lower-case name to values. read_body: asked only once the sender is let in.
    now_ms: ms since 1970 UTC. entropy: 5 random bytes.
    Returns a receipt once the delivery is stored durably and a worker is sure to hear of it.
    Raises Unauthorized (nothing is kept), StorageUnavailable (awork sends it again), or what
    read_body raises.
    """
    awork.admit(door.gate, headers)
    raw_body = await read_body()
    awork.verify(door.gate, headers, raw_body)
    delivery = _read(raw_body, door.key, event_id=new_id(now_ms, entropy), now_ms=now_ms)
    accepted = await acceptor.accept(delivery)
    reason = delivery.unreadable if accepted.status == "quarantined" else ""
    return Receipt(accepted.id, accepted.status, reason)


def _read(raw_body: bytes, key: Keys, *, event_id: str, now_ms: int) -> Delivery:
    try:
        event = awork.parse(raw_body, event_id=event_id, now_ms=now_ms)
    except Unreadable as unreadable:
        # Kept in quarantine and acknowledged: awork's retries would not make it readable.
        kept = awork.quarantined(raw_body, event_id=event_id, now_ms=now_ms)
        return Delivery(kept, unreadable=unreadable.reason, key=key)
    return Delivery(event, counted_as=awork.counted_as(event.kind), key=key)
