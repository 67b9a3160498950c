"""The housekeeping thread of each worker: signs of life, the clock, the sweep, the watchdog.

There is no clock process. Each worker says that it lives; a lock in Redis lets one of them sweep
at a time. What the sweep does is safe to do twice; the lock only saves work.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from webhooks.store.inbox import Inbox, Swept

log = structlog.get_logger()

INTERVAL_S = 1.0
#: a worker without a sign of life for this long is not counted any more
SILENT_S = 10
#: Something due waits, a slot is free, Redis answers, and yet nothing starts for so many turns in a
#: row: this worker does not hear its bells (a known fault of brokers after Redis restarts). It ends
#: itself and whoever supervises it starts a new one.
DEAF_AFTER_TURNS = 30


class Activity:
    """How busy this worker is. Written by its tasks, read by the watchdog."""

    def __init__(self, slots: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots = slots
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._last_start = clock()

    def began(self) -> None:
        """A task began."""
        with self._lock:
            self._running += 1
            self._last_start = self._clock()

    def ended(self) -> None:
        """A task ended."""
        with self._lock:
            if self._running >= self._slots:
                # Nothing could begin while all were taken: idleness counts from here.
                self._last_start = self._clock()
            self._running -= 1

    def idle_s(self) -> float:
        """Seconds since a task began while a slot is free; 0 when all slots are taken."""
        with self._lock:
            return 0.0 if self._running >= self._slots else self._clock() - self._last_start


def went_unheard(swept: Swept, idle_s: float) -> bool:
    """True when something has been due since the last turn, a slot is free, and nothing began."""
    return swept.overdue_ms >= INTERVAL_S * 1000 and idle_s >= INTERVAL_S


class Housekeeper:
    """The thread."""

    def __init__(
        self,
        inbox: Inbox,
        worker: str,
        *,
        enlist: Callable[[], None],
        clock: Callable[[], None],
        activity: Activity,
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._inbox = inbox
        self._worker = worker
        self._enlist = enlist
        self._clock = clock
        self._activity = activity
        self._end = end
        self._unheard = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and say goodbye."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        try:
            self._inbox.leave(self._worker)
        except (RedisError, OSError):
            # The sweep of another worker notices the silence.
            log.debug("left_without_goodbye")

    def _run(self) -> None:
        while True:
            try:
                self.turn()
            except (RedisError, OSError) as error:
                # Redis is away; nothing is lost by waiting for it.
                self._unheard = 0
                log.warning("housekeeping_waits", problem=str(error))
            except Exception:
                # The shell of this thread: without it nobody sweeps.
                log.exception("unforeseen_error")
            if self._stop.wait(INTERVAL_S):
                return

    def turn(self) -> None:
        """One round: a sign of life, a sweep, a look at ourselves, the cron rules.

        The clock comes last: whatever is wrong with it, the others are done.
        """
        self._enlist()
        swept = self._inbox.sweep(self._worker, worker_silent_s=SILENT_S)
        if swept.rang:
            log.info("sweep_rang", due=swept.due, overdue_ms=swept.overdue_ms)
        unheard = went_unheard(swept, self._activity.idle_s())
        self._unheard = self._unheard + 1 if unheard else 0
        if self._unheard >= DEAF_AFTER_TURNS:
            log.error("worker_deaf", due=swept.due, overdue_ms=swept.overdue_ms)
            self._end(1)
        self._clock()
