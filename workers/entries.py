"""What the ledger says about one write, and what a ledger can do. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from workers.circles import Sets


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One write as it is on record."""

    method: str
    path: str
    #: the body exactly as sent first; a repeated write sends this one
    body: Any = None
    #: which other system it goes to
    target: str = "awork"
    #: milliseconds since 1970 UTC, by the worker that began it
    begun_ms: int = 0
    #: when we last looked for it and found nothing; 0 when we never did
    looked_ms: int = 0
    #: when its answer came, or it was found
    done_ms: int = 0
    #: the target's answer, once it is known
    result: Any = None
    #: the id the target gave
    made: str = ""
    trace_id: str = ""
    #: why the target refused
    refusal: str = ""
    code: str = ""
    #: how many writes of ours led to the event it is made for
    hop: int = 0
    #: what it sets; None when another rule can set nothing of the kind
    sets: Sets | None = None


@dataclass(frozen=True)
class Fresh:
    """Never begun before; begun now."""


@dataclass(frozen=True)
class Done:
    """Written before, with this answer."""

    entry: Entry


@dataclass(frozen=True)
class Refused:
    """Refused for good before."""

    entry: Entry


@dataclass(frozen=True)
class Unknown:
    """Begun before, and no answer is known."""

    entry: Entry


@dataclass(frozen=True)
class Paused:
    """The rule may not write now."""

    why: str


@dataclass(frozen=True)
class LimitReached:
    """The rule has made all the writes it may make in this hour."""


#: not begun now: it was before, or may not be
Known = Done | Refused | Unknown | Paused | LimitReached
Begun = Fresh | Known


class Ledger(Protocol):
    """The ledger of one event: what has been written for it. ledger.py keeps it in Redis."""

    def begin(self, effect: str, intent: Entry, *, rule: str, writes_per_hour: int) -> Begun:
        """Enter a write before it is sent. Raises LeaseLost: send nothing."""
        ...

    def left(self, rule: str, writes_per_run: int) -> int:
        """How many more writes a rule may make in this run, over all tries of it."""
        ...

    def done(self, effect: str, entry: Entry) -> str:
        """Record that a write happened. Returns the rule with which its rule goes on setting one
        thing back and forth; empty when there is none. Raises TargetUnknown when another write
        has adopted what it made."""
        ...

    def adopt(self, effect: str, entry: Entry) -> bool:
        """Record that an object found in the target is this write's; False when it is another's."""
        ...

    def refused(self, effect: str, entry: Entry) -> None:
        """Record that the target refused a write for good."""
        ...

    def looked(self, effect: str, entry: Entry) -> None:
        """Record that we looked for a write of ours in vain."""
        ...

    def hold(self) -> None:
        """Make sure, right before a write is sent again, that the event is still ours."""
        ...

    def withdraw(self, effect: str, intent: Entry, *, rule: str) -> None:
        """Forget a write that was begun and certainly not sent."""
        ...

    def is_ours_already(self, made: str) -> bool:
        """True when an object of the target is on record as made by some write of ours."""
        ...

    def touched_ms(self, awork_id: str) -> int:
        """When a write of ours to an object was recorded last, within a day; 0 when none was."""
        ...

    def pause(self, rule: str, why: str) -> None:
        """Stop a rule from writing until someone resumes it."""
        ...

    def alarm(self, cause: str, message: str, way_out: str) -> None:
        """Tell people what is wrong."""
        ...

    def decided(self, name: str) -> bytes | None:
        """What was decided under a name; None when nothing was yet."""
        ...

    def decide(self, name: str, value: bytes) -> None:
        """Keep what was decided under a name, in place of what was before."""
        ...
