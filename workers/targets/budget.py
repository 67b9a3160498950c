"""How many requests a minute may be sent to awork, by all workers together. Sends none itself.

awork counts per workspace: 1000 or 3000 a minute and 500 a second, and whether its minutes are
fixed or slide is not known. So a request comes back to our budget one minute after it was taken:
no minute, wherever it begins, has more than the budget, and an idle workspace has all of it at
once. The count is in Redis (keys.py: budget:awork), by Redis's clock, one script a request.

    of AWORK_RATE_PER_MINUTE    99 %   what is sent at the most: requests taken a minute apart may
                                       arrive closer together, some fast and some slowly
                                98 %   what new work may take; the last hundredth is for work that
                                       has begun, or many could begin at once and none would end
                                78 %   what work may take that nobody waits for

Who gets nothing comes back in line, as fast as the budget returns: one by one, not all at once.
Source: https://developers.awork.com/rate-limits
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol

from webhooks.errors import BudgetSpent
from webhooks.event import Event
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import text
from workers.rules.subjects import CRON
from workers.targets.circuits import Leave, away

#: awork's limit is 500; what is sent within a second may arrive within a shorter one
PER_SECOND = 480
#: as many requests as one event needs, that began when little was left
_TO_END = 4


@dataclass(frozen=True)
class Taken:
    """One request that may be sent."""

    #: which one it is; later ones have higher numbers
    serial: int
    #: what we believe is left of the minute after it
    left: float
    #: of awork's circuit (circuits.py)
    leave: Leave = ""


class Budget(Protocol):
    """What may be sent to awork."""

    def take(self, *, urgent: bool, begun: bool) -> Taken:
        """Take one request.

        urgent: a person waits for it. begun: the work it is part of has sent others before.
        Raises BudgetSpent when it may not be sent now, TargetAway when awork answers nobody.
        """

    def told(self, taken: Taken, left: int, reset_s: float) -> None:
        """awork's answer to a request says how much is left, and for how long that counts."""

    def hold(self, seconds: float) -> None:
        """awork asks for a pause: nothing is sent for so long."""


class LocalBudget:
    """Counts nothing; keeps the pauses that awork asks for. For one process without Redis."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: seconds that only go forward."""
        self._clock = clock
        self._until = 0.0
        self._lock = threading.Lock()

    def take(self, *, urgent: bool, begun: bool) -> Taken:  # noqa: ARG002  nothing is short here
        """As in Budget."""
        remaining = self._until - self._clock()
        if remaining > 0:
            raise _spent(remaining)
        return Taken(0, -inf)

    def told(self, taken: Taken, left: int, reset_s: float) -> None:
        """What is left is not counted here."""

    def hold(self, seconds: float) -> None:
        """As in Budget. A shorter pause does not shorten a longer one."""
        with self._lock:
            self._until = max(self._until, self._clock() + seconds)


class SharedBudget:
    """One budget for all processes of one Redis."""

    def __init__(
        self, client: Client, per_minute: int, *, now_ms: Callable[[], int] | None = None
    ) -> None:
        """per_minute: awork's own limit, or the part of it that is ours (AWORK_RATE_PER_MINUTE).
        now_ms: only for tests; production uses Redis's own clock."""
        self._client = client
        self._now_ms = now_ms
        #: sent in any minute, at the most
        self._limit = max(1, per_minute * 99 // 100)
        self._to_end = min(self._limit - 1, max(_TO_END, self._limit - per_minute * 98 // 100))
        self._for_urgent = (self._limit - self._to_end - 1) * 20 // 100

    def take(self, *, urgent: bool, begun: bool) -> Taken:
        """As in Budget. One round trip to Redis, which asks awork's circuit as well."""
        keep = (0 if begun else self._to_end) + (0 if urgent else self._for_urgent)
        line = "urgent" if urgent else "rest"
        taken, left, rest, *said = self._run("spend", self._limit, PER_SECOND, keep, line, 1)
        if taken < 0:
            raise away(text(said[0]), rest)
        if not taken:
            raise _spent(rest / 1000)
        return Taken(rest, left, text(said[0]))

    def told(self, taken: Taken, left: int, reset_s: float) -> None:
        """As in Budget. Redis is told where it is less than we believed, which others cause.

        A hundredth stays with the others: what they send between two answers of ours.
        """
        if left < taken.left:
            theirs = left - self._limit // 100
            self._run("correct", 0, taken.serial, theirs, int(reset_s * 1000))

    def hold(self, seconds: float) -> None:
        """As in Budget, for all processes."""
        self._run("correct", int(seconds * 1000), 0, "", 0)

    def _run(self, name: str, *arguments: int | str) -> Any:
        now_ms = "" if self._now_ms is None else self._now_ms()
        return scripts.run(self._client, name, now_ms, *arguments)


def is_urgent(event: Event) -> bool:
    """True when a person waits for what becomes of an event: awork sent it just now. What a clock
    asks for, what never came and was found later, or what we send ourselves, can wait."""
    return event.source == "awork" and not event.kind.startswith(CRON) and not event.via


def _spent(seconds: float) -> BudgetSpent:
    return BudgetSpent(
        f"nothing is left of what may be sent to awork now; it goes on in {seconds:.0f} s",
        code="budget",
        retry_after_s=seconds,
    )
