"""What was read of awork, kept for a while, so that no read is made twice without need.

Two levels: this process, for some seconds, and Redis, for all of them (keys.py: kept,
reading). The same read wanted by several at once is made once: the others wait for its answer,
threads for that of their process, processes for what it leaves in Redis.

    outdate    something happened at a moment of awork's clock: what was answered before is
               forgotten; what was answered after it knows of it already
    drop       something was written just now: all that is kept is forgotten, and what is being
               read at this moment is not kept, because it may have been answered before

Whoever reads puts a mark into Redis first and may keep the answer only while the mark is there; to
drop is to take away the mark as well, to outdate is to write into it since when an answer has to
be. Reads nothing itself: the caller says how.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import msgspec

from webhooks.errors import BudgetSpent
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import text

#: seconds that a process keeps what all processes keep for longer
HERE_S = 5.0
#: by so much the clocks of awork's machines may differ; its answers tell their time in seconds
SURE_US = 1_000_000
#: longer than a request takes
_MARK_MS = 20_000
#: how often, and how far apart in seconds, one looks for what another process is reading
_LOOKS, _LOOK_APART_S = 20, 0.05

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Known:
    """What was read."""

    value: Any
    #: when awork answered: microseconds since 1970 UTC by its clock; None when it did not say
    at_us: int | None


Ask = Callable[[], Known]


class Cache:
    """What one process, and all of them, have read. Safe for threads."""

    def __init__(
        self,
        client: Client | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """client: None keeps things in this process alone. clock, sleep: seconds."""
        self._client, self._clock, self._sleep = client, clock, sleep
        self._here: dict[str, tuple[float, Known]] = {}
        self._flights: dict[str, Future[Known]] = {}
        self._lock = threading.Lock()

    def read(self, key: str, ask: Ask, *, keep_s: float) -> Any:
        """What is kept, or what awork says now; kept for keep_s seconds, and here for some
        more. Raises what asking raises; to all who wait for it, and it is not kept."""
        with self._lock:
            until, answer = self._here.get(key, (0.0, None))
        if answer is not None and self._clock() < until:
            return answer.value
        return self._once(key, ask, keep_s, after_us=0, here=True).value

    def since(self, key: str, after_us: int, ask: Ask, *, keep_s: float, event: str = "") -> Any:
        """The same, as it was at a moment of awork's clock or later, or when an event was stored.
        It is not kept here, so that what one process drops is gone for all; nor when awork does
        not say when it answered."""
        return self._once(key, ask, keep_s, after_us=after_us, here=False, event=event).value

    def outdate(self, names: Iterable[str], happened_us: int) -> None:
        """Forget what awork answered before something happened there."""
        names = list(names)
        try:
            if self._client and names:
                scripts.run(self._client, "outdate", "", happened_us, *names)
        finally:
            # Last: else another thread could fetch from Redis what is forgotten there only then.
            self._forget(names, happened_us)

    def drop(self, names: Iterable[str]) -> None:
        """Forget what is kept, and keep nothing that is being read now."""
        names = list(names)
        try:
            if self._client and names:
                self._client.delete(
                    *map(self._client.key.kept, names), *map(self._client.key.reading, names)
                )
        finally:
            self._forget(names, None)

    def _forget(self, names: Iterable[str], happened_us: int | None) -> None:
        with self._lock:
            for key in names:
                self._flights.pop(key, None)
                _, answer = self._here.get(key, (0.0, None))
                if answer and (happened_us is None or (answer.at_us or 0) < happened_us):
                    del self._here[key]

    def _once(
        self, key: str, ask: Ask, keep_s: float, *, after_us: int, here: bool, event: str = ""
    ) -> Known:
        """Read it, or wait for the thread that reads it already."""
        with self._lock:
            flight = self._flights.get(key)
            own: Future[Known] = Future()
            if flight is None:
                self._flights[key] = own
        if flight is not None:
            joined = _joined(flight, after_us)
            if joined is not None:
                return joined
            if self._client is None:
                return ask()
            # What was read may serve all the same, being begun after the event was stored; else
            # one of those who waited reads for all of them.
            return self._once(key, ask, keep_s, after_us=after_us, here=here, event=event)
        try:
            own.set_result(self._shared(key, ask, keep_s, after_us, event))
        except BaseException as error:  # noqa: BLE001  whatever it is, those who wait get it too
            own.set_exception(error)
        self._landed(key, own, keep_s if here else 0.0)
        return own.result()

    def _landed(self, key: str, own: Future[Known], keep_s: float) -> None:
        with self._lock:
            if self._flights.get(key) is not own:
                # It was outdated on its way: good enough for who asked before, and not kept.
                return
            del self._flights[key]
            if keep_s and own.exception() is None:
                now = self._clock()
                # What is over goes: there may be as many as there are people and projects.
                self._here = {name: one for name, one in self._here.items() if one[0] > now}
                self._here[key] = (now + min(HERE_S, keep_s), own.result())

    def _shared(self, key: str, ask: Ask, keep_s: float, after_us: int, event: str) -> Known:
        """What Redis has; else the answer, which is left there for the other processes."""
        if self._client is None:
            return ask()
        mark, word, began, asked = secrets.token_hex(8), "", 0, (key, after_us)
        for _ in range(_LOOKS):
            word, *told = scripts.run(self._client, "look", "", *asked, mark, _MARK_MS, event)
            if text(word) == "kept":
                return _decoded(told[0])
            if text(word) == "read":
                began = told[0]
                break
            self._sleep(_LOOK_APART_S)
        answer = None
        try:
            answer = ask()
            return answer
        finally:
            stored = b"" if answer is None else _encoded(answer, after_us, began)
            scripts.run(self._client, "keep", "", key, mark, stored, int(keep_s * 1000))


def _joined(flight: Future[Known], after_us: int) -> Known | None:
    """The answer to another thread's read; None when it does not serve."""
    try:
        answer = flight.result()
    except BudgetSpent:
        # The other one has its place in line; this one may be more urgent, and gets its own.
        return None
    return answer if (answer.at_us or 0) >= after_us else None


def _encoded(answer: Known, after_us: int, began_ms: int) -> bytes:
    """`MOMENT BEGAN JSON`; nothing where a moment is wanted and awork did not say it."""
    if answer.at_us is None and after_us:
        return b""
    return b"%d %d %b" % (answer.at_us or 0, began_ms, _encode(answer.value))


def _decoded(kept: bytes) -> Known:
    at_us, _, value = kept.split(b" ", 2)
    return Known(msgspec.json.decode(value), int(at_us))
