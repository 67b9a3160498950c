"""Time entries as people make them, put into the sandbox's world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from deploy.sandbox.entry_changes import add_entry
from deploy.sandbox.server import Sandbox
from deploy.sandbox.span import read_span, span_fields
from tests.contract.trying import DEVELOPMENT, PROJECT_ID, TASK_ID, TIMO

#: puts an entry in and returns its id
Enter = Callable[..., str]

#: 67 minutes: 08:05 to 09:12 in Berlin, which is UTC+1 in November
MORNING: dict[str, Any] = {
    "startDateUtc": "2026-11-20T00:00:00Z",
    "startTimeUtc": "07:05:00",
    "endDateUtc": "2026-11-20T00:00:00Z",
    "endTimeUtc": "08:12:00",
}


def day_only(day: str, duration_s: int) -> dict[str, Any]:
    """The times of an entry of a mere length."""
    return {"startDateLocal": f"{day}T00:00:00", "duration": duration_s}


def between(start: str, end: str) -> dict[str, Any]:
    """The times of an entry, from moments in UTC without offset."""
    return {
        f"{side}{part}Utc": f"{at[:10]}T00:00:00Z" if part == "Date" else at[11:]
        for side, at in (("start", start), ("end", end))
        for part in ("Date", "Time")
    }


def enter(
    sandbox: Sandbox, times: dict[str, Any], *, timezone: str = "Europe/Berlin", **fields: Any
) -> str:
    """A time entry of Timo's, made by himself. Returns its id."""
    zone = ZoneInfo(timezone)
    with sandbox.world.lock:
        entry = add_entry(
            sandbox.world,
            {
                "userId": TIMO,
                "taskId": TASK_ID,
                "projectId": PROJECT_ID,
                "typeOfWorkId": DEVELOPMENT,
                "isBillable": False,
                "isBilled": False,
                "note": "Cart validation",
                "timezone": timezone,
                **span_fields(read_span(times, zone), zone),
            },
        )
        entry |= {"createdBy": TIMO, **fields}
    ident: str = entry["id"]
    return ident


def edit(sandbox: Sandbox, ident: str, **fields: Any) -> None:
    """What a person changes in awork."""
    with sandbox.world.lock:
        sandbox.world.touch(sandbox.world.entries[ident], fields)
