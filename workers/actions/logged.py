"""Finding time entries of ours again by the marker at the end of their note. Reads awork."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from workers.actions.base import Context
from workers.actions.find import created_by_us
from workers.targets.filters import Guid, where
from workers.trail import Trail


def marked(marker: str, user: str, day: date, context: Context) -> Iterator[Mapping[str, Any]]:
    """The entries of a user with a marker. day: in the entries' own zone."""
    entries = context.awork.list(
        "/timeentries",
        filterby=str(
            where("userId").eq(Guid(user))
            & where("startDateLocal").ge(day)
            & where("startDateLocal").le(datetime.combine(day, time(23, 59)))
        ),
    )
    return (one for one in entries if str(one.get("note") or "").endswith(marker))


def found(marker: str, day: date, trail: Trail, context: Context) -> dict[str, Any] | None:
    """The entry that a write of ours has made; None when it is not there."""
    me = context.directory.me(context.awork)
    entries = marked(marker, trail.body["userId"], day, context)
    return next((dict(one) for one in entries if created_by_us(one, me, trail)), None)
