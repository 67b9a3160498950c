"""Events on record, for commands: one, or page by page through a list of them.

A list is a sorted set of keys.py: FAILED, SETTLED or WAITING. However long it is, one page of it
is held at a time, and what is taken out of it meanwhile disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from webhooks.event import Event, NewerWire, from_wire
from webhooks.store import journal
from webhooks.store.client import Client
from webhooks.store.journal import Entry
from webhooks.store.reply import text

#: events read at once
PAGE = 200


@dataclass(frozen=True)
class Span:
    """A stretch of a list, by the ms it is ordered by; both ends included."""

    #: None: from the beginning
    since_ms: int | None = None
    #: None: to the end
    until_ms: int | None = None


EVER = Span()


def now_ms(client: Client) -> int:
    """Redis's own clock, by which lists are ordered."""
    seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def entry(client: Client, event_id: str) -> Entry | None:
    """One event with its run, or None when it is not (any more) on record."""
    return journal.entry_of(event_id, client.hmget(client.key.event(event_id), journal.FIELDS))


def walk(
    client: Client,
    key: str,
    span: Span = EVER,
    *,
    newest_first: bool = False,
    page: int = PAGE,
) -> Iterator[Entry]:
    """The events of a list, in its order. Whoever takes an event out of it may do so while
    walking; what comes in behind the place it has got to is not seen."""
    for ids in _pages(client, key, span, newest_first=newest_first, page=page):
        with client.pipeline(transaction=False) as pipe:
            for one in ids:
                pipe.hmget(client.key.event(one), journal.FIELDS)
            found = pipe.execute()
        entries = (journal.entry_of(*pair) for pair in zip(ids, found, strict=True))
        yield from (one for one in entries if one is not None)


def event_of(entry: Entry) -> Event | None:
    """What was delivered; None when its record is damaged or of a newer version."""
    try:
        return from_wire(entry.head, entry.body)
    except (NewerWire, msgspec.DecodeError):
        return None


def _pages(
    client: Client, key: str, span: Span, *, newest_first: bool, page: int
) -> Iterator[Sequence[str]]:
    """Ids, from one score to the next: by a place in the list, those behind what is taken out
    would be passed over."""
    low = float("-inf") if span.since_ms is None else float(span.since_ms)
    high = float("inf") if span.until_ms is None else float(span.until_ms)
    #: where the last page ended, and those of it that are there: the next begins with them
    edge: float | None = None
    met: set[str] = set()
    while True:
        first, last = (high, low) if newest_first else (low, high)
        found: Any = client.zrange(
            key,
            first,
            last,
            desc=newest_first,
            withscores=True,
            byscore=True,
            offset=0,
            num=page + len(met),
        )
        rows = [(text(one), score) for one, score in found if text(one) not in met]
        if not rows:
            return
        yield [one for one, _ in rows]
        before, edge = edge, rows[-1][1]
        at_edge = {one for one, score in rows if score == edge}
        met = met | at_edge if edge == before else at_edge
        low, high = (low, edge) if newest_first else (edge, high)
