"""What a plan_task asks for, with the task's own values where it says nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from webhooks.errors import RunFailed
from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.planning.bookings import in_proportion
from workers.planning.lengths import Block
from workers.planning.placing import Place
from workers.planning.plan import Overload
from workers.rules.values import moment

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Wished:
    """A wish about the blocks of one task."""

    task: str
    #: person -> seconds
    efforts: Mapping[str, int]
    start: datetime
    until: datetime | None
    place: Place
    block: Block
    on_overload: Overload
    #: the same for the same wish, whatever time it is
    digest: str

    @property
    def whole(self) -> str:
        """The same for the same wish of the same people's time."""
        return f"{self.digest} {sorted(self.efforts.items())}"


def wished(ident: str, task: Item, parameters: Parameters, context: Context) -> Wished:
    """Read the parameters. task: as awork has it. Raises RunFailed for what makes no sense."""
    asked_start = _from(task, parameters, context)
    until = _until(task, parameters, context)
    block = _block(parameters)
    place = cast(Place, parameters.get("place", "earliest"))
    if "from" in parameters and asked_start and until and until <= asked_start:
        due = parameters.get("until", task.get("dueOn"))
        raise invalid("until", due, f"a time after from, {parameters['from']}")
    if place != "earliest" and until is None:
        context.effects.notes.append(
            f"it is due on no day: planned as early as possible, not {place}"
        )
        place = "earliest"
    on_overload = cast(Overload, parameters.get("on_overload", "report"))
    told = [str(asked_start), str(until), place, str(block), on_overload]
    return Wished(
        task=ident,
        efforts=_efforts(task, parameters, block.round_s, context),
        start=max(context.now, asked_start) if asked_start else context.now,
        until=until,
        place=place,
        block=block,
        on_overload=on_overload,
        digest=hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16],
    )


def _efforts(task: Item, parameters: Parameters, round_s: int, context: Context) -> dict[str, int]:
    effort_s = values.seconds(parameters, "effort")
    given = parameters.get("users")
    assignees = [one for one in task.get("assignees") or [] if one.get("id")]
    references = assignees if given is None else values.several(given)
    people = list(dict.fromkeys(context.directory.user(context.awork, one) for one in references))
    if effort_s is None:
        effort_s = _remaining_s(task) if people else 0
    planned = {str(one["id"]): one.get("plannedEffort") or 0 for one in assignees}
    weights = [planned.get(person, 0) for person in people]
    return dict(zip(people, _shared(effort_s, weights, round_s), strict=True))


def _remaining_s(task: Item) -> int:
    planned = task.get("plannedDuration")
    if not planned:
        raise RunFailed(
            "no-effort", "the task has no planned duration; give `effort`, or plan it in awork"
        )
    return max(0, int(planned) - int(task.get("trackedDuration") or 0))


def _shared(effort_s: int, weights: Sequence[int], round_s: int) -> list[int]:
    """An effort shared out, in whole steps of the grid; what is no whole step goes to the first."""
    if not weights:
        return []
    # Where one of them has no planned effort, nobody's says anything about the others.
    fair = weights if all(weights) else [1] * len(weights)
    steps, odd_s = divmod(effort_s, round_s)
    parts = [step * round_s for step in in_proportion(steps, fair)]
    return [parts[0] + odd_s, *parts[1:]]


def _from(task: Item, parameters: Parameters, context: Context) -> datetime | None:
    value = parameters.get("from", task.get("startOn"))
    found = _read("from", value, context)
    return _midnight(found, context) if isinstance(found, date) else found


def _until(task: Item, parameters: Parameters, context: Context) -> datetime | None:
    """A day belongs to what is until it."""
    found = _read("until", parameters.get("until", task.get("dueOn")), context)
    if isinstance(found, date) and not isinstance(found, datetime):
        return _midnight(found + timedelta(days=1), context)
    return found


def _read(name: str, value: object, context: Context) -> date | datetime | None:
    """A day, a moment in UTC, or nothing. Where awork means a day it sends midnight UTC."""
    if value is None:
        return None
    if values.is_day(value):
        value = str(value)[:10]
    try:
        return moment(value, context.timezone)
    except (ValueError, TypeError):
        expected = "a day like 2026-03-27, or a time like 2026-03-27T09:00 (in the rule's zone)"
        raise invalid(name, value, expected) from None


def _midnight(day: date, context: Context) -> datetime:
    if isinstance(day, datetime):
        return day
    return datetime.combine(day, time(), ZoneInfo(context.timezone)).astimezone(UTC)


def _block(parameters: Parameters) -> Block:
    given = parameters.get("block") or {}
    usual = Block()
    round_s = values.seconds(given, "round") or usual.round_s
    max_s = values.seconds(given, "max")
    min_s = values.seconds(given, "min") or min(usual.min_s, max_s or usual.min_s)
    if max_s is not None and max_s < min_s:
        raise invalid("block.max", given.get("max"), f"no less than min, {given.get('min')}")
    if max_s is not None and -(-min_s // round_s) > max_s // round_s:
        raise invalid("block", dict(given), "a multiple of round between min and max")
    return Block(min_s=min_s, max_s=max_s, round_s=round_s)
