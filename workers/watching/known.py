"""What the inbox knows of objects of awork: which versions it has settled, and which still wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from webhooks.sources.envelope import NAME
from webhooks.store.client import Client
from webhooks.store.handled import DELETED
from webhooks.store.reply import text, texts
from workers import versions

#: Of the events that wait in one lane the last so many are read: they are in the order of their
#: times, so the newest version is among them. One that is not, and so is fed in, is stale when its
#: turn comes.
_LAST = 3


@dataclass(frozen=True)
class Known:
    """What is known of one object."""

    #: as handled.py keeps it: what was settled, of every kind of event
    handled: Mapping[str, str]
    #: versions in the latest of its events that wait, or are being worked on; one for each event
    waiting: tuple[str, ...]
    #: its versions that our own writes have made
    wrote: frozenset[str]

    @property
    def never_seen(self) -> bool:
        """True when nothing of it has come yet."""
        return not self.handled and not self.waiting

    def has(self, item: Mapping[str, Any]) -> bool:
        """True when the object as it is now was handled, or waits to be.

        That something older of it waits says nothing: it may wait for days, and what was lost
        behind it is fed in behind it. An object that tells no version cannot be compared: it is
        taken to be known.
        """
        now = versions.of_object(item)
        if not now or DELETED in self.handled:
            return True
        settled = [newest.split()[0] for newest in self.handled.values() if newest]
        return any(
            then[:1] == one[:1] and not versions.is_newer(one, then)
            for one in now
            for then in (*settled, *self.waiting)
        )

    def is_ours(self, item: Mapping[str, Any], me: str) -> bool:
        """True when our own API user made the object what it is now. me: its id."""
        by_us = item.get("updatedBy") == me
        return by_us or not self.wrote.isdisjoint(versions.of_object(item))


def lane(item: Mapping[str, Any]) -> str:
    """Where events of this object wait."""
    return f"{NAME}:{item['id']}"


def known(client: Client, items: Sequence[Mapping[str, Any]]) -> list[Known]:
    """What is known of these objects. Two round trips to Redis, and one more when some wait."""
    # First what waits: what is settled between the two is seen twice, not missed.
    waiting = _waiting(client, items)
    with client.pipeline(transaction=False) as pipe:
        for item in items:
            pipe.hgetall(client.key.handled(lane(item)))
            pipe.get(client.key.wrote(item["id"].lower()))
        replies = pipe.execute()
    return [
        Known(texts(handled), waits, frozenset(text(wrote).split()))
        for handled, waits, wrote in zip(replies[::2], waiting, replies[1::2], strict=True)
    ]


def _waiting(client: Client, items: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    with client.pipeline(transaction=False) as pipe:
        for item in items:
            pipe.zrange(client.key.lane(lane(item)), -_LAST, -1)
        lanes = [[text(event_id) for event_id in found] for found in pipe.execute()]
        for event_id in (one for found in lanes for one in found):
            pipe.hget(client.key.event(event_id), "body")
        # An event that somebody has overwritten is put away when it is claimed.
        bodies = iter(pipe.execute(raise_on_error=False))
    return [tuple(_version(next(bodies)) for _ in found) for found in lanes]


def _version(body: object) -> str:
    try:
        payload = msgspec.json.decode(body) if isinstance(body, bytes) else None
    except msgspec.DecodeError:
        # Not what an edge has stored: its claim says what becomes of it.
        return versions.NONE
    return versions.of_event(payload) if isinstance(payload, dict) else versions.NONE
