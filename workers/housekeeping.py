"""The housekeeping thread of each worker: signs of life, the sweep, the watchdog, the clock.

There is no clock process. Each worker says that it lives; a lock in Redis lets one of them sweep
at a time. What the sweep does is safe to do twice; the lock only saves work.

A bell that is not heard costs a second or two: what is overdue while a slot is free is worked off
by a thread of this one, whatever has become of the connection that hears bells.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError, ResponseError

from webhooks.store.rounds import Rounds, Swept
from webhooks.store.trouble import trouble

log = structlog.get_logger()

INTERVAL_S = 1.0
#: a worker without a sign of life for this long is not counted any more
SILENT_S = 10
#: A bell waits, a slot is free, Redis answers, and yet no bell starts anything for so many turns in
#: a row: this worker does not hear them (a known fault of brokers after Redis restarts). What is
#: due is worked off, but one thread is not a worker: it ends itself, and whoever supervises it
#: starts a new one.
DEAF_AFTER_TURNS = 30


#: seconds that stopping waits for what is worked on; an event takes less
LONGEST_EVENT_S = 20.0


class Activity:
    """How busy this worker is with what bells began. Written by its tasks, read by the watchdog."""

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


def is_deaf(swept: Swept, idle_s: float) -> bool:
    """True when a bell waits, a slot is free, and nothing began since the last turn."""
    return swept.bells > 0 and idle_s >= INTERVAL_S


class Housekeeper:
    """The thread.

    enlist: says that this worker lives. work: works off what is due; called in a thread of its
    own, one at a time. tidy: looks after the store. clock: enters the times of cron rules.
    """

    def __init__(
        self,
        rounds: Rounds,
        worker: str,
        *,
        enlist: Callable[[], None],
        work: Callable[[], None],
        tidy: Callable[[], None],
        clock: Callable[[], None],
        activity: Activity,
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._rounds = rounds
        self._worker = worker
        self._work = work
        self._steps = (enlist, self._sweep, tidy, clock)
        self._activity = activity
        self._end = end
        self._deaf = 0
        #: the cause for which the last turn was not done whole; empty when it was
        self._waits_for = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._helper: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and say goodbye."""
        self._stop.set()
        for thread, longest_s in ((self._thread, 5.0), (self._helper, LONGEST_EVENT_S)):
            if thread is not None and thread.is_alive():
                thread.join(timeout=longest_s)
        try:
            self._rounds.leave(self._worker)
        except (RedisError, OSError):
            # The sweep of another worker notices the silence.
            log.debug("left_without_goodbye")

    def _run(self) -> None:
        while True:
            try:
                self.turn()
                self._goes_on()
            except (RedisError, OSError) as error:
                # Redis is away, or takes nothing; nothing is lost by waiting for it.
                self._deaf = 0
                self._waits(error)
            except Exception:
                # The shell of this thread: without it nobody sweeps.
                log.exception("unforeseen_error")
            if self._stop.wait(INTERVAL_S):
                return

    def turn(self) -> None:
        """One round: a sign of life, a sweep and a look at ourselves, a look at the store, the
        cron rules.

        The clock comes last: whatever is wrong with it, the others are done. What Redis refuses
        to one of them it may grant to the next; raises the first refusal when all were tried.
        """
        refusals = []
        for step in self._steps:
            try:
                step()
            except ResponseError as refusal:
                refusals.append(refusal)
        if refusals:
            raise refusals[0]

    def _sweep(self) -> None:
        swept = self._rounds.sweep(self._worker, worker_silent_s=SILENT_S)
        if swept.rang:
            log.info("sweep_rang", due=swept.due, overdue_ms=swept.overdue_ms)
        idle_s = self._activity.idle_s()
        if went_unheard(swept, idle_s):
            self._help(swept)
        self._deaf = self._deaf + 1 if is_deaf(swept, idle_s) else 0
        if self._deaf >= DEAF_AFTER_TURNS:
            log.error("worker_deaf", due=swept.due, bells=swept.bells)
            self._end(1)

    def _help(self, swept: Swept) -> None:
        """Work off what no bell has brought anybody to."""
        if self._stop.is_set() or (self._helper is not None and self._helper.is_alive()):
            return
        log.info("unheard_worked_off", due=swept.due, overdue_ms=swept.overdue_ms)
        self._helper = threading.Thread(target=self._work, name="unheard", daemon=True)
        self._helper.start()

    def _waits(self, error: Exception) -> None:
        why = trouble(error)
        if why.cause != self._waits_for:
            log.warning(
                "housekeeping_waits", cause=why.cause, problem=why.message, way_out=why.way_out
            )
        self._waits_for = why.cause

    def _goes_on(self) -> None:
        if self._waits_for:
            log.info("housekeeping_goes_on", after=self._waits_for)
        self._waits_for = ""
