"""Storing what no delivery brought, on the workers' side.

The script is the edge's own, so the identity, the lane, the counters and the bell are the same: an
event that was found later is an event like any other, and its late delivery is a duplicate.
"""

from __future__ import annotations

from collections.abc import Callable

from redis.exceptions import WatchError

from webhooks.store import keys, scripts
from webhooks.store.client import Client
from webhooks.store.delivery import Delivery, row


class Feeder:
    """Stores one delivery at a time.

    now_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(
        self,
        client: Client,
        *,
        retention_s: int,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._client = client
        self._retention_s = retention_s
        self._now_ms = now_ms

    def feed(self, delivery: Delivery, *, lacks: Callable[[], bool]) -> bool:
        """Store a delivery, unless the inbox turns out to have it.

        lacks: asked once more, when nothing about the entity can change unseen any more.
        Returns False when the inbox has it, or something about its entity has come this moment;
        nothing is stored or counted then.
        """
        event, key = delivery.event, delivery.key
        with self._client.pipeline() as step:
            lane, handled = key.lane(event.lane), key.handled(event.lane)
            step.watch(key.delivery(event.identity), lane, handled)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            if step.exists(key.delivery(event.identity)) or not lacks():
                return False
            step.multi()
            step.eval(
                scripts.text("accept"),
                1,
                key.prefix,
                "" if self._now_ms is None else self._now_ms(),
                keys.DEDUPE_S,
                self._retention_s,
                *row(delivery),
            )
            try:
                (ids,) = step.execute()
            except WatchError:
                # A delivery came, or an event was settled: whoever looks next sees what is lacking.
                return False
        return bool(ids == [event.id.encode()])
