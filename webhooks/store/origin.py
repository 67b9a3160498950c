"""Is this still the Redis that took what we acknowledged? Performs no I/O.

A store has a name, made once, when it is born: an emptied Redis gets another. And a worker's sign
of life that Redis does not remember says that it was restarted with less than it had taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webhooks.store.reply import text

EMPTIED = "redis:emptied"
WENT_BACK = "redis:went-back"


@dataclass(frozen=True)
class Sign:
    """What Redis said to one sign of life."""

    #: when it was, in ms, by Redis's clock
    at_ms: int
    #: the sign before it that Redis knows of; None when it knows none
    before_ms: int | None
    #: when and by whom this store was born
    born: str
    #: arrival of the oldest unsettled event, in ms; None when all are settled
    oldest_ms: int | None


@dataclass(frozen=True)
class Lost:
    """Redis does not know any more what it had taken."""

    #: EMPTIED or WENT_BACK
    cause: str
    #: what was acknowledged from here on, in ms, may be lost
    since_ms: int
    message: str
    way_out: str


def read(reply: Sequence[Any]) -> Sign:
    """What enlist.lua returns."""
    at, before, born, oldest = map(text, reply)
    return Sign(int(at), _ms(before), born, _ms(oldest))


def lost(known: Sign | None, now: Sign) -> Lost | None:
    """What is lost between two signs of one worker; None when nothing is.

    known: the last one before; None for the first.
    """
    if known is None:
        return None
    if known.born != now.born:
        return emptied(known)
    if now.before_ms is None or now.before_ms >= known.at_ms:
        return None
    return Lost(
        WENT_BACK,
        now.before_ms,
        f"Redis came back as it was at {_time(now.before_ms)}: what it took after that is lost, "
        "and what was written after that may be written once more",
        f"hookwork backfill --since {_time(now.before_ms)}; appendonly yes keeps what it takes",
    )


def emptied(known: Sign) -> Lost:
    """Another store, with nothing of this one."""
    since_ms = min(known.at_ms, known.oldest_ms or known.at_ms)
    return Lost(
        EMPTIED,
        since_ms,
        "Redis was emptied, or is another: what was acknowledged and not settled before "
        f"{_time(known.at_ms)} is lost, and what was written is not on record",
        f"hookwork backfill --since {_time(since_ms)} "
        "(earlier by as long as your rules let events settle)",
    )


def _ms(number: str) -> int | None:
    return int(float(number)) if number else None


def _time(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return at.isoformat().replace("+00:00", "Z")
