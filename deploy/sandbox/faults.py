"""Failures on demand: which calls fail, how, and how often.

Performs no I/O. A fault is taken at one of two moments, before a call is applied or after it
was; faults of the second sort are not spent on calls that wrote nothing because of their own
mistakes. One with a `chance` meets some of the calls it matches, as the seed of its Random has it;
and every call may take a while, `latency_s`.

    refuse       before   the given status and code are answered; nothing is written
    rate_limit   before   429 with RateLimit-Reset and, if wanted, Retry-After; nothing is written
    drop_before  before   the connection is closed without an answer; nothing is written
    hold_before  before   nothing is written until released, then as usual: the late write
    fail_after   after    it is written, then 500 (or the given status) is answered
    drop_after   after    it is written, then the connection is closed without an answer
    hold_after   after    it is written, the answer waits until released or the caller leaves
    late         after    another name for hold_after
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, get_args

from deploy.sandbox.refusals import Model

Kind = Literal[
    "refuse",
    "rate_limit",
    "drop_before",
    "hold_before",
    "fail_after",
    "drop_after",
    "hold_after",
    "late",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
AFTER: frozenset[Kind] = frozenset({"fail_after", "drop_after", "hold_after", "late"})


class Gate:
    """Something to wait for in the event loop and to open from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        with self._lock:
            self._open = True
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)
            self._waiting.clear()

    async def wait(self) -> None:
        event = asyncio.Event()
        with self._lock:
            if self._open:
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        await event.wait()


@dataclass(eq=False)
class Fault:
    """One way to fail, for the calls it matches."""

    kind: Kind
    #: upper case; empty for every method
    method: str = ""
    #: matched against the whole path below `/api/v1`
    path: str = ".*"
    #: what the call's body must contain, compared part by part; None for any body
    body: Any = None
    #: how many calls it fails; None for all of them
    times: int | None = 1
    #: of the calls it matches, the part that it fails
    chance: float = 1.0
    #: of the answer, where the fault gives one
    status: int = 500
    #: awork's word for it in the answer
    code: str = "server-error"
    #: seconds in RateLimit-Reset
    reset_s: int = 1
    #: seconds in Retry-After; None to leave the header out, as awork's pages do
    retry_after_s: int | None = None
    #: calls failed so far
    taken: int = 0
    #: set once a call has met this fault: a test waits for it instead of sleeping
    reached: threading.Event = field(default_factory=threading.Event, repr=False)
    gate: Gate = field(default_factory=Gate, repr=False)

    def release(self) -> None:
        """Let every call this fault holds, now or later, go on."""
        self.gate.open()

    def matches(self, method: str, path: str, body: object) -> bool:
        return (
            (self.times is None or self.taken < self.times)
            and self.method.upper() in ("", method)
            and re.fullmatch(self.path, path) is not None
            and (self.body is None or contains(body, self.body))
        )


class Faults:
    """The faults in force, first come first served. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        #: which calls meet a fault with a chance, and how long each takes
        self.random = Random()  # noqa: S311 - not a secret
        #: seconds that a call takes at least and at most, half of them after it was applied
        self.latency_s = (0.0, 0.0)

    def add(self, kind: Kind, method: str = "", path: str = ".*", **rest: Any) -> Fault:
        """Put a fault in force.

        rest: the other fields of Fault, such as `times`, `status`, `code` or `body`.
        Returns it, to be released or asked how often it was taken.
        Raises ValueError for a kind that is none or a path that is no regular expression.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known are {', '.join(KINDS)}")
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"path is no regular expression: {path}: {error}") from None
        fault = Fault(kind, method, path, **rest)
        with self._lock:
            self._faults.append(fault)
        return fault

    def deny(self, method: str = "", path: str = ".*", *, times: int | None = None) -> Fault:
        """Answer as if the token lacked the permission: a 401 in awork's own error shape."""
        return self.add("refuse", method, path, status=401, code="unauthorized", times=times)

    def take(self, method: str, path: str, body: object, *, after: bool) -> Fault | None:
        """The first fault in force for this call at this moment, counted as taken."""
        with self._lock:
            for fault in self._faults:
                if (
                    (fault.kind in AFTER) is after
                    and fault.matches(method, path, body)
                    and (fault.chance >= 1 or self.random.random() < fault.chance)
                ):
                    fault.taken += 1
                    fault.reached.set()
                    return fault
        return None

    def half_latency_s(self) -> float:
        """Seconds to wait on either side of a call's being applied; 0 unless told otherwise."""
        with self._lock:
            return self.random.uniform(*self.latency_s) / 2 if self.latency_s[1] else 0.0

    def release(self) -> None:
        """Let every held call go on."""
        with self._lock:
            for fault in self._faults:
                fault.release()

    def clear(self) -> None:
        """Fail no more, and let every held call go on."""
        self.release()
        with self._lock:
            self._faults.clear()

    def from_model(self, model: Mapping[str, Any]) -> Fault:
        """Put a fault in force that was given as JSON. Raises ValueError when it is none."""
        unknown = set(model) - _FIELDS
        if unknown or "kind" not in model:
            raise ValueError(
                f"a fault has kind and any of {sorted(_FIELDS)}; not {sorted(unknown)}"
            )
        return self.add(**model)

    def models(self) -> list[Model]:
        with self._lock:
            return [{name: getattr(f, name) for name in (*_FIELDS, "taken")} for f in self._faults]


_INNER = ("taken", "reached", "gate")
_FIELDS = {name for name in Fault.__dataclass_fields__ if name not in _INNER}


def contains(whole: object, part: object) -> bool:
    """Whether every property of the part is in the whole with an equal value, at any depth."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and contains(whole[key], value) for key, value in part.items()
        )
    return whole == part
