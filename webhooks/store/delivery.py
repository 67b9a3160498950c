"""A delivery as the script that stores it wants it. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from webhooks.event import Event, to_head
from webhooks.store.keys import UNNAMED, Keys


@dataclass(frozen=True)
class Delivery:
    """One delivery on its way into the store."""

    event: Event
    #: why no event can be read from it; empty when one can
    unreadable: str = ""
    #: bounded name for the counters: a kind awork has, else "other"
    counted_as: str = "other"
    #: those of the workspace it is of
    key: Keys = UNNAMED


def row(delivery: Delivery) -> list[str | bytes | int]:
    """The arguments of one delivery for accept.lua."""
    event = delivery.event
    return [
        delivery.key.prefix,
        event.identity,
        event.id,
        "quarantined" if delivery.unreadable else "due",
        event.lane,
        event.occurred_us,
        to_head(event),
        event.body,
        delivery.counted_as,
        delivery.unreadable,
    ]
