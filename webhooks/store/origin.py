"""Is this still the Redis that took what we acknowledged? Performs no I/O.

A store has a name, made once, when it is born: an emptied Redis gets another. A worker's sign of
life that Redis does not remember says that it was restarted with less than it had taken. And after
a failover nobody knows what the one before had taken in its last moments and not passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webhooks.store.reply import text

EMPTIED = "redis:emptied"
WENT_BACK = "redis:went-back"
FAILED_OVER = "redis:failed-over"
#: what is over, and told until somebody has made up for it
PAST = (EMPTIED, WENT_BACK, FAILED_OVER)
#: awork's deliveries come some time after the change, and its clock is not ours
_LATE_MS = 5 * 60 * 1000


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
    #: the last sign of any worker before Redis last failed over, in ms; None when it never did
    failed_over_ms: int | None = None
    #: whether no sign before this one could know of that
    is_news: bool = False


@dataclass(frozen=True)
class Lost:
    """Redis does not know any more what it had taken."""

    #: one of PAST
    cause: str
    #: what was acknowledged from here on, in ms, may be lost
    since_ms: int
    message: str
    way_out: str


def read(reply: Sequence[Any]) -> Sign:
    """What enlist.lua returns."""
    at, before, born, oldest, failed_over, is_news = map(text, reply)
    return Sign(int(at), _ms(before), born, _ms(oldest), _ms(failed_over), is_news=is_news == "1")


def lost(known: Sign | None, now: Sign) -> Lost | None:
    """What is lost between two signs of one worker; None when nothing is.

    known: the last one before; None for the first.
    """
    if known and known.born != now.born:
        return emptied(known)
    last_ms = now.failed_over_ms
    if last_ms is not None and (now.is_news or (known and known.failed_over_ms != last_ms)):
        return _failed_over(last_ms)
    if known is None or now.before_ms is None or now.before_ms >= known.at_ms:
        return None
    return Lost(
        WENT_BACK,
        now.before_ms,
        f"Redis came back as it was at {_time(now.before_ms)}: what it took after that is lost, "
        "and what was written after that may be written once more",
        f"hookwork backfill --since {_time(now.before_ms)}; appendonly yes keeps what it takes",
    )


def _failed_over(last_ms: int) -> Lost:
    since_ms = last_ms - _LATE_MS
    return Lost(
        FAILED_OVER,
        since_ms,
        f"Redis failed over to a replica: what it took after {_time(last_ms)} and had not passed on"
        " is lost, though it was acknowledged",
        f"in two minutes: hookwork backfill --since {_time(since_ms)}; HOOKWORK_WATCH does it by"
        " itself",
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
