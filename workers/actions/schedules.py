"""Task schedules as awork has them: where they are listed, what makes two the same, how people
are told of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from workers import circles
from workers.actions import values
from workers.actions.base import Context
from workers.actions.steps import Item, Kind, Step
from workers.circles import Sets
from workers.planning.spans import Span
from workers.rules.values import instant

_THING = "schedules:"


def thing(task: str) -> str:
    """What a block is made for: whichever rule plans a task, there is one plan of it."""
    return f"{_THING}{task}"


def body(task: str, user: str, span: Span) -> dict[str, Any]:
    """What awork is sent."""
    return {
        "taskId": task,
        "userId": user,
        "startDate": values.utc(span.start),
        "endDate": values.utc(span.end),
    }


def there(context: Context) -> list[dict[str, Any]]:
    """Every schedule of the workspace: awork has no filter for them."""
    return [one for one in context.awork.list("/taskschedules") if span(one) is not None]


def span(schedule: Item) -> Span | None:
    """When a schedule is; None when awork does not say."""
    try:
        start, end = (instant(schedule.get(name)) for name in ("startDate", "endDate"))
    except ValueError:
        return None
    return Span(start, end) if start < end else None


def shape(schedule: Item) -> object:
    """What makes two schedules the same, however awork writes moments."""
    when = span(schedule)
    return (schedule.get("taskId"), schedule.get("userId"), when and (when.start, when.end))


def told(start: datetime, end: datetime, timezone: str) -> str:
    """When one is, for people: Mon 30 Mar 09:00-12:00 (3 h)."""
    zone = ZoneInfo(timezone)
    hours = values.hours(int((end - start).total_seconds()))
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        return f"{first:%a %d %b %H:%M}-{last:%H:%M} ({hours})"
    return f"{first:%a %d %b %H:%M} to {last:%a %d %b %H:%M} ({hours})"


def _of(bodies: Sequence[Item], context: Context) -> Iterable[Item]:  # noqa: ARG001
    return there(context)


def _sets(step: Step) -> Sets:
    """A task's plan, by what is wished of it: of blocks, each try may set others."""
    return circles.sets("task", step.thing.removeprefix(_THING), "plan", step.whole)


#: how schedules are kept up
KIND = Kind("/taskschedules", shape, _of, fixed=("taskId", "userId"), sets=_sets)
