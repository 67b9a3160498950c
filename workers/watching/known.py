"""What the inbox knows of objects of awork: which versions it has settled, and what still waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from webhooks.sources.envelope import NAME
from webhooks.store import keys
from webhooks.store.handled import DELETED
from webhooks.store.reply import text, texts
from workers import versions


@dataclass(frozen=True)
class Known:
    """What is known of one object."""

    #: as handled.py keeps it: what was settled, of every kind of event
    handled: Mapping[str, str]
    #: events of it that wait, or are being worked on
    waiting: int
    #: its versions that our own writes have made
    wrote: frozenset[str]

    @property
    def never_seen(self) -> bool:
        """True when nothing of it has come yet."""
        return not self.handled and not self.waiting

    def has(self, item: Mapping[str, Any]) -> bool:
        """True when the object as it is now was handled, or may be among what waits.

        An object that tells no version cannot be compared: it is taken to be known.
        """
        now = versions.of_object(item)
        if self.waiting or not now or DELETED in self.handled:
            return True
        settled = [newest.split()[0] for newest in self.handled.values() if newest]
        return any(
            then[:1] == one[:1] and not versions.is_newer(one, then)
            for one in now
            for then in settled
        )

    def is_ours(self, item: Mapping[str, Any], me: str) -> bool:
        """True when our own API user made the object what it is now. me: its id."""
        by_us = item.get("updatedBy") == me
        return by_us or not self.wrote.isdisjoint(versions.of_object(item))


def lane(item: Mapping[str, Any]) -> str:
    """Where events of this object wait."""
    return f"{NAME}:{item['id']}"


def known(client: redis.Redis, items: Sequence[Mapping[str, Any]]) -> list[Known]:
    """What is known of these objects. One round trip to Redis."""
    with client.pipeline(transaction=False) as pipe:
        for item in items:
            pipe.hgetall(keys.handled(lane(item)))
            pipe.zcard(keys.lane(lane(item)))
            pipe.get(keys.wrote(item["id"].lower()))
        replies = pipe.execute()
    return [
        Known(texts(handled), int(waiting), frozenset(text(wrote).split()))
        for handled, waiting, wrote in zip(*(replies[n::3] for n in range(3)), strict=True)
    ]
