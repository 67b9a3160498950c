"""Comparing what awork has with what the inbox knows, and feeding in what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from webhooks.errors import Unreadable
from webhooks.event import Event
from webhooks.sources.envelope import counted_as
from webhooks.store.client import Client
from webhooks.store.delivery import Delivery
from workers.watching import synthesized
from workers.watching.families import Family
from workers.watching.known import Known, known

_ENTROPY_BYTES = 5


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One event that was lacking."""

    #: ours; under it the console has the event
    event_id: str
    kind: str
    entity_id: str
    #: what the object is called, for people; may be empty
    title: str
    #: when it happened, as awork writes moments
    timestamp: str


@dataclass(frozen=True)
class Compared:
    """What came of a comparison. Several add up."""

    looked_at: int = 0
    #: what our own API user changed last: it triggers nothing
    ours: int = 0
    #: kept by awork's log, but no event can be read from it
    unreadable: int = 0
    fed_in: tuple[Found, ...] = ()

    @property
    def had(self) -> int:
        """Those that the inbox knows."""
        return self.looked_at - self.ours - self.unreadable - len(self.fed_in)

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.looked_at + other.looked_at,
            self.ours + other.ours,
            self.unreadable + other.unreadable,
            self.fed_in + other.fed_in,
        )


class Feed(Protocol):
    """Where what is lacking goes."""

    def feed(self, delivery: Delivery, *, lacks: Callable[[], bool]) -> bool:
        """Store a delivery unless it turns out to be known; False when it is."""
        ...


class NoFeed:
    """Stores nothing: for `--dry-run`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def feed(self, delivery: Delivery, *, lacks: Callable[[], bool]) -> bool:
        """True when it would be stored."""
        return (
            not self._client.exists(self._client.key.delivery(delivery.event.identity)) and lacks()
        )


@dataclass(frozen=True)
class Comparing:
    """Compares, one page after the other."""

    client: Client
    into: Feed
    #: the id of the user our API token acts as
    me: str
    #: aware
    now: Callable[[], datetime]
    #: gives so many random bytes
    entropy: Callable[[int], bytes]

    def changed(
        self, family: Family, items: Sequence[Mapping[str, Any]], *, since: datetime
    ) -> Compared:
        """Feed in the objects that changed without our hearing of it.

        since: what was made after it, and was never seen, is new; the rest was changed.
        """
        ours, lacking = 0, []
        for item, one in zip(items, known(self.client, items), strict=True):
            if one.is_ours(item, self.me):
                ours += 1
            elif not one.has(item):
                lacking.append((item, one))
        fed = [self._changed(family, item, one, since) for item, one in lacking]
        return Compared(len(items), ours=ours, fed_in=_some(fed))

    def logged(self, messages: Sequence[str]) -> Compared:
        """Feed in deliveries that awork could not make, from their bodies."""
        fed, unreadable = [], 0
        for message in messages:
            try:
                event = synthesized.logged(message, now=self.now(), entropy=self._drawn())
            except Unreadable:
                # The edge would have put it into quarantine; what it says is in awork's log.
                unreadable += 1
                continue
            fed.append(self._fed(event, "", lambda: True))
        return Compared(len(messages), unreadable=unreadable, fed_in=_some(fed))

    def _changed(
        self, family: Family, item: Mapping[str, Any], one: Known, since: datetime
    ) -> Found | None:
        made = synthesized.moment(item, "createdOn")
        is_new = made is not None and made >= since and one.never_seen
        now, drawn = self.now(), self._drawn()
        event = synthesized.of(family, item, is_new=is_new, now=now, entropy=drawn)
        return self._fed(event, _title(item), lambda: self._lacks(item))

    def _lacks(self, item: Mapping[str, Any]) -> bool:
        (one,) = known(self.client, [item])
        return not one.is_ours(item, self.me) and not one.has(item)

    def _fed(self, event: Event, title: str, lacks: Callable[[], bool]) -> Found | None:
        delivery = Delivery(event, counted_as=counted_as(event.kind), key=self.client.key)
        if not self.into.feed(delivery, lacks=lacks):
            return None
        return Found(
            event_id=event.id,
            kind=event.kind,
            entity_id=event.entity_id,
            title=title,
            timestamp=str(event.payload().get("timestamp", "")),
        )

    def _drawn(self) -> bytes:
        return self.entropy(_ENTROPY_BYTES)


def _some(found: Iterable[Found | None]) -> tuple[Found, ...]:
    return tuple(one for one in found if one is not None)


def _title(item: Mapping[str, Any]) -> str:
    return str(item.get("name") or item.get("note") or "")
