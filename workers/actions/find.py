"""Finding a write of ours again after its answer was lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workers.effects import Trail
from workers.rules.values import instant


def created_by_us(item: Mapping[str, Any], me: str, trail: Trail) -> bool:
    """True when our API user made it at or after the attempt, and no other write of ours is on
    record as having made it."""
    return (
        item.get("createdBy") == me
        and _created(item) >= trail.since
        and not trail.is_taken(str(item.get("id")))
    )


def same_instant(one: object, other: object) -> bool:
    """Equal as points in time, however they are written."""
    try:
        return instant(one) == instant(other)
    except (ValueError, TypeError):
        return False


def same_day(one: object, other: object) -> bool:
    """Equal as calendar days: awork adds a time of midnight to some of them."""
    return str(one)[:10] == str(other)[:10]


def _created(item: Mapping[str, Any]) -> datetime:
    return instant(item.get("createdOn"))
