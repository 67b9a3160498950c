"""Watching the store: is it the Redis that took what we acknowledged, will it keep it, and is
everything unsettled where a worker finds it?

One in each worker; it looks by the housekeeping thread's turns. What it finds is a problem, told
once, and told once more when it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec
import structlog

from webhooks.event import NewerWire, from_wire
from webhooks.store import fitness, origin, scripts
from webhooks.store.client import Client
from webhooks.store.fitness import Finding
from webhooks.store.inbox import LEASE_S
from webhooks.store.origin import Lost, Sign
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from workers import apart

log = structlog.get_logger()

#: seconds between two looks at how Redis is set, and at what is unsettled
APART_S = 30.0
#: what was lost is told for so long, or until somebody has made up for it
TOLD_S = 7 * 24 * 3600
#: unsettled events that one look is taken at
_LOOKED_AT = 500


class Safekeeping:
    """The watch. clock: seconds that only go forward."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._problems = Problems(client)
        self._clock = clock
        self._sign: Sign | None = None
        #: what was found lost and Redis did not take as a problem yet
        self._lost: Lost | None = None
        self._looked: float | None = None
        #: how many of the oldest unsettled events the next look passes over
        self._passed = 0

    def heed(self, sign: Sign) -> None:
        """Look whether something was lost since the last sign of life."""
        self._lost = lost = origin.lost(self._sign, sign) or self._lost
        self._sign = sign
        if lost and self._problems.raised(lost.cause, lost.message, way_out=lost.way_out):
            log.error("redis_lost", cause=lost.cause, problem=lost.message, way_out=lost.way_out)
        self._lost = None

    def look(self) -> None:
        """Now and then: how Redis is set, and what somebody has taken out of its place."""
        now = self._clock()
        if self._looked is not None and now - self._looked < APART_S:
            return
        self._looked = now
        pipe = self._client.pipeline(transaction=False)
        kinds = self._client.key.kinds
        fitness.questions(pipe, kinds)
        self._tell(fitness.found(pipe.execute(raise_on_error=False), kinds))
        self._forget_old()
        self._restore()

    def _tell(self, found: Iterable[Finding]) -> None:
        causes = set()
        for one in found:
            causes.add(one.cause)
            if self._problems.raised(one.cause, one.message, way_out=one.way_out):
                level = log.warning if one.weight == "risk" else log.error
                level("redis_unfit", cause=one.cause, problem=one.message, way_out=one.way_out)
        for cause in sorted(fitness.CAUSES - causes):
            if self._problems.cleared(cause):
                log.info("redis_fit_again", cause=cause)

    def _restore(self) -> None:
        """A part at each look, or those behind many that are held would never be looked at."""
        if restored := restore(self._client, passing=self._passed):
            log.warning("unsettled_put_back", events=restored)
        self._passed += _LOOKED_AT
        if self._passed >= self._client.zcard(self._client.key.waiting):
            self._passed = 0

    def _forget_old(self) -> None:
        now_ms = self._sign.at_ms if self._sign else 0
        for one in self._problems.all():
            is_past = one.cause in (*origin.PAST, apart.CAUSE)
            told_s = apart.TOLD_S if one.cause == apart.CAUSE else TOLD_S
            if is_past and now_ms - one.last_ms > told_s * 1000:
                self._problems.cleared(one.cause)


def wrong_keys(client: Client) -> list[Finding]:
    """Keys of the whole store that are not what they should be."""
    pipe = client.pipeline(transaction=False)
    kinds = client.key.kinds
    for key in kinds:
        pipe.type(key)
    types = dict(zip(kinds, map(text, pipe.execute()), strict=True))
    return list(fitness.wrong_kinds(types, kinds))


def restore(client: Client, *, passing: int = 0) -> int:
    """Put unsettled events back that are in no lane, or whose lane is not among what is due:
    somebody has overwritten or deleted these. Returns how many were missing.

    passing: how many of the oldest are passed over; the 500 after them are looked at.
    """
    ids = [
        text(one) for one in client.zrange(client.key.waiting, passing, passing + _LOOKED_AT - 1)
    ]
    missing = 0
    for event_id, lane, occurred_us in _misplaced(client, ids):
        missing += scripts.run(client, "restore", "", event_id, lane, occurred_us, LEASE_S * 1000)
    return missing


def _misplaced(client: Client, ids: list[str]) -> list[tuple[str, str, int]]:
    """Those of these events that are not where they should be: id, lane, time."""
    pipe = client.pipeline(transaction=False)
    for event_id in ids:
        pipe.hget(client.key.event(event_id), "head")
    heads = pipe.execute(raise_on_error=False)
    found = []
    for event_id, head in zip(ids, heads, strict=True):
        if not isinstance(head, bytes):
            # Not a hash any more: its claim puts it away.
            continue
        try:
            event = from_wire(head, b"{}")
        except (msgspec.DecodeError, NewerWire):
            # Its claim says what becomes of it.
            continue
        found.append((event_id, event.lane, event.occurred_us))
    pipe = client.pipeline(transaction=False)
    for event_id, lane, _ in found:
        pipe.zscore(client.key.lane(lane), event_id)
        pipe.zscore(client.key.due, lane)
    scores = pipe.execute(raise_on_error=False)
    pairs = zip(scores[::2], scores[1::2], strict=True)
    return [one for one, pair in zip(found, pairs, strict=True) if None in pair]
