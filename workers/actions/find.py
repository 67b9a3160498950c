"""Finding a write of ours again after its answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from workers.actions.base import Context
from workers.rules.values import instant
from workers.targets.models import Task
from workers.targets.reading import read
from workers.trail import Trail


def created_by_us(item: Mapping[str, Any], me: str, trail: Trail) -> bool:
    """True when our API user made it at or after the attempt, and no other write of ours is on
    record as having made it."""
    return (
        item.get("createdBy") == me
        and _created(item) >= trail.since
        and not trail.is_taken(str(item.get("id")))
    )


def oldest(items: Iterable[Mapping[str, Any]], me: str, trail: Trail) -> dict[str, Any] | None:
    """Of objects that are as one was sent, the oldest of those. Of two writes of the same the one
    that was begun first must not take the other's, and leave its own, too old for the other."""
    ours = [item for item in items if created_by_us(item, me, trail)]
    ours.sort(key=_created)
    return dict(ours[0]) if ours else None


def same_instant(one: object, other: object) -> bool:
    """Equal as points in time, however they are written."""
    try:
        return instant(one) == instant(other)
    except (ValueError, TypeError):
        return False


def same_day(one: object, other: object) -> bool:
    """Equal as calendar days: awork adds a time of midnight to some of them."""
    return str(one)[:10] == str(other)[:10]


def tagged(path: str, trail: Trail, context: Context) -> dict[str, Any] | None:
    """A task that has all the tags it was sent: adding one a second time is refused. path: the
    task's. It was not made by us, so nothing of it is kept."""
    task = read(Task, context.awork.one(path))
    there = {tag.name.casefold() for tag in task.tags if tag.name}
    return {} if all(tag["name"].casefold() in there for tag in trail.body) else None


def _created(item: Mapping[str, Any]) -> datetime:
    return instant(item.get("createdOn"))
