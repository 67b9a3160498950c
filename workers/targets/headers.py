"""What awork's headers say of the time, and of how much may be sent. Performs no I/O.

Source: https://developers.awork.com/rate-limits; Retry-After is HTTP's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: A pause longer than this is a mistake of whoever asked for it (a date, say, sent as seconds).
_LONGEST_PAUSE_S = 3600.0
#: awork counts by the second and by the minute: what is left counts for no longer, whatever is said
_LONGEST_WINDOW_S = 60.0
#: when it is not said, or said to be over already
_SHORTEST_PAUSE_S = 1.0
_EPOCH = datetime.fromtimestamp(0, UTC)
_COUNT = re.compile(r"[0-9]{1,9}")


def pause_s(headers: Mapping[str, str], *, is_too_many: bool) -> float:
    """Seconds for which nothing may be sent: after a 429, or with nothing left; else 0."""
    if is_too_many:
        return wait_s(headers) or _SHORTEST_PAUSE_S
    if headers.get("RateLimit-Remaining") == "0":
        reset_s = _seconds(headers.get("RateLimit-Reset")) or _SHORTEST_PAUSE_S
        return min(reset_s, _LONGEST_WINDOW_S)
    return 0.0


def wait_s(headers: Mapping[str, str]) -> float | None:
    """The later of what awork documents (RateLimit-Reset) and what HTTP has (Retry-After)."""
    asked = [_seconds(headers.get("RateLimit-Reset")), _seconds(headers.get("Retry-After"))]
    waits = [seconds for seconds in asked if seconds is not None]
    return max(waits) if waits else None


def left(headers: Mapping[str, str]) -> tuple[int, float] | None:
    """How much is left of the minute, and for how many seconds that counts.

    None when the headers do not tell. Those without a unit are of the window that is tighter,
    and its reset is the only one told: when that is the second, it says nothing of the minute.
    """
    remaining, reset_s = headers.get("RateLimit-Remaining", ""), headers.get("RateLimit-Reset")
    is_of_minute = remaining == headers.get("X-RateLimit-Remaining-Minute", remaining)
    seconds = _seconds(reset_s)
    if not (is_of_minute and _COUNT.fullmatch(remaining) and seconds):
        return None
    return int(remaining), min(seconds, _LONGEST_WINDOW_S)


def answered_us(headers: Mapping[str, str]) -> int | None:
    """When awork answered, in microseconds since 1970 UTC by its clock; to the second, cut off.
    None when it does not say."""
    at = _date(headers.get("Date", ""))
    return int(at.timestamp()) * 1_000_000 if at and at >= _EPOCH else None


def _seconds(text: str | None) -> float | None:
    """Seconds from now, from a number of them or an HTTP date; at most an hour."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        at = _date(text)
        seconds = (at - datetime.now(UTC)).total_seconds() if at else math.nan
    return min(max(0.0, seconds), _LONGEST_PAUSE_S) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        # No date that there is: as if it were not said.
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
