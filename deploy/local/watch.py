"""Watching events as they are settled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisError

from webhooks.settings import Settings
from webhooks.store import keys, live
from webhooks.store.connection import sync_client
from webhooks.store.live import Live


def settled(settings: Settings, stop: threading.Event) -> Iterator[Live | None]:
    """Each settled event from now on, until told to stop; None when nothing came for a while."""
    subscription: Any = sync_client(settings).pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        ignore_subscribe_messages=True
    )
    subscription.subscribe(keys.LIVE)
    # Taken now, so that what happens before the first look is not missed.
    subscription.get_message(timeout=1)
    return _messages(subscription, stop)


def _messages(subscription: Any, stop: threading.Event) -> Iterator[Live | None]:
    while not stop.is_set():
        try:
            message = subscription.get_message(timeout=0.2)
        except (RedisError, OSError):
            # Redis is away for a moment; what happens meanwhile is in the console.
            stop.wait(1)
            message = None
        yield live.read(message["data"]) if message and message["data"] else None
    subscription.close()
