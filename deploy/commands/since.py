"""`--since`: how far back a command looks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from deploy.commands.ending import fail

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_AGE = re.compile(r"(\d{1,5})([mhd])")


def moment(text: str, now: datetime) -> datetime:
    """The moment that is meant; one without an offset is UTC.

    now: aware. Ends the command when it is none, or not in the past.
    """
    if match := _AGE.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        fail(f"--since is 90m, 2h, 3d, or a moment like 2026-11-20T14:00Z, not '{text}'", 2)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at >= now:
        fail(f"--since must be in the past, not {text}", 2)
    return at


def ms_since(text: str, now_ms: int) -> int | None:
    """The same in milliseconds since 1970 UTC; None for no text."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return int(moment(text, now).timestamp() * 1000) if text else None
