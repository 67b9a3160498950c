"""Celery's consumer, which comes back to Redis as soon as Redis is back.

Celery's own waits 2, 4, 6 ... 30 s between its tries to connect, and says each: after an outage of
45 s bells were heard 11 s late. And a Redis that answers and takes no writes, because it lacks a
replica or memory, would end the worker. Set by Celery's `worker_consumer`.
Source: https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-consumer
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer.consumer import Consumer as CelerysConsumer
from celery.worker.state import maybe_shutdown
from kombu import Connection, Message
from redis.exceptions import RedisError

from webhooks.store.keys import BELL

log = structlog.get_logger()

#: seconds between two tries to connect
APART_S = 0.5


class Consumer(CelerysConsumer):
    """Hears bells."""

    #: true from a lost connection until the next one
    is_away = False

    def call_soon(self, p: Callable[..., object], *args: object, **kwargs: object) -> None:
        """Do something in the loop: acknowledge a bell, say."""
        super().call_soon(self._done, p, *args, **kwargs)

    def _done(self, call: Callable[..., object], *args: object, **kwargs: object) -> None:
        """A bell whose acknowledgement fails holds its slot for as long as the connection is held,
        and kombu only logs it: when all slots are held so, the worker is deaf for ever, though the
        connection heals. So the connection is given up, once, and made anew."""
        call(*args, **kwargs)
        bell = getattr(call, "__self__", None)
        if isinstance(bell, Message) and not bell.acknowledged and not self.is_away:
            self.is_away = True
            raise ConnectionError("a bell could not be acknowledged")

    def ensure_connected(self, conn: Connection) -> Connection:
        """Wait for Redis, for ever, unless the worker is told to end."""
        lost: list[Exception] = []

        def told(error: Exception, _interval_s: float) -> None:
            self.is_away = True
            if not lost:
                log.warning("bells_unheard", problem=" ".join(str(error).split()))
            lost.append(error)

        while True:
            conn.ensure_connection(
                told,
                interval_start=APART_S,  # type: ignore[arg-type]  # the stubs say int; it is slept
                interval_step=0,
                interval_max=APART_S,  # type: ignore[arg-type]
                callback=maybe_shutdown,
            )
            try:
                _write_nothing(conn)
                break
            except (RedisError, OSError) as error:
                told(error, APART_S)
                # Another may be the primary by now.
                conn.collect()
                time.sleep(APART_S)
        if lost:
            log.info("bells_heard_again", tries=len(lost))
        self.first_connection_attempt = self.is_away = False
        return conn

    def shutdown(self) -> None:
        """End in order, also while Redis is away."""
        if self.is_away:
            # kombu would put the bells in hand back through the connection that is gone, and fail
            # in a way that Celery does not expect. What they rang for is in the inbox.
            self.connection = None
        super().shutdown()


def _write_nothing(conn: Connection) -> None:
    """What has no effect, and is refused where a write would be: listening takes writes."""
    client: Any = conn.default_channel.client  # type: ignore[attr-defined]  # of kombu's Redis
    client.setrange(BELL, 0, "")
