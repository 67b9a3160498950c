"""Filled-in parameters to the units awork wants. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from workers.actions.base import Context, Parameters, invalid
from workers.rules.values import day, duration_s, instant, moment
from workers.targets.directory import is_id

_MIDNIGHT = re.compile(r"^\d{4}-\d{2}-\d{2}T00:00(:00(\.0+)?)?(Z|\+00:00)$")


def seconds(parameters: Parameters, name: str) -> int | None:
    """A duration: text with a unit, or awork's own whole seconds. None when it is not given."""
    value = parameters.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    try:
        return duration_s(value)
    except (ValueError, TypeError):
        raise invalid(name, value, "a duration like 1h30m, or whole seconds") from None


def at(parameters: Parameters, name: str, timezone: str) -> datetime | None:
    """An instant, in UTC. Text without an offset is a time of the rule's zone."""
    value = parameters.get(name)
    if value is None:
        return None
    try:
        return instant(value, timezone)
    except (ValueError, TypeError):
        expected = "a time like 2026-03-27T09:00 (in the rule's zone) or 2026-03-27T08:00:00Z"
        raise invalid(name, value, expected) from None


def by(parameters: Parameters, name: str, timezone: str) -> datetime | None:
    """A day or an instant, in UTC. A day is midnight UTC whatever the zone: so awork has days."""
    value = parameters.get(name)
    try:
        found = None if value is None else moment(value, timezone)
    except (ValueError, TypeError):
        expected = "a day like 2026-03-27, or a time like 2026-03-27T09:00 (in the rule's zone)"
        raise invalid(name, value, expected) from None
    if found is None or isinstance(found, datetime):
        return found
    return datetime.combine(found, time(), UTC)


def on(parameters: Parameters, name: str, context: Context) -> date:
    """A day, by default today. An instant is the day it falls on in the rule's zone; but where
    awork means a day it sends midnight UTC, and that is the day itself in every zone."""
    value = parameters.get(name, "today")
    if is_day(value):
        value = str(value)[:10]
    try:
        return day(context.decided_at if value == "today" else value, context.timezone)
    except (ValueError, TypeError):
        raise invalid(name, value, "a day like 2026-03-27, or today") from None


def reference(parameters: Parameters, name: str) -> str | None:
    """The id of an object that has no name to go by: given as id, or as the object itself."""
    value = parameters.get(name)
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None:
        return None
    if not isinstance(value, str) or not is_id(value):
        raise invalid(name, value, "an id, like ${entity.id}")
    return value


def needed(parameters: Parameters, name: str) -> str:
    """The id of an object that must be given."""
    found = reference(parameters, name)
    if found is None:
        raise invalid(name, None, "an id, like ${entity.id}")
    return found


def is_day(value: object) -> bool:
    """True for midnight UTC, as awork sends a moment where it means a day."""
    return isinstance(value, str) and _MIDNIGHT.search(value) is not None


def several(value: object) -> list[Any]:
    """A list as it is, one thing as a list of it."""
    return list(value) if isinstance(value, list | tuple) else [value]


def utc(at: datetime) -> str:
    """As awork writes instants: 2026-03-27T08:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hours(duration_s: int) -> str:
    """A duration for people: 1.5 h; below a hundredth of an hour 40 s."""
    rounded = round(duration_s / 3600, 2)
    return f"{rounded:g} h" if rounded or not duration_s else f"{duration_s} s"


def without_nothing(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not given: awork treats missing and null alike."""
    return {name: value for name, value in body.items() if value is not None}
