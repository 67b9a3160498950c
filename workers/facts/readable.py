"""What working out a fact is given: the facts so far, and where to read more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from workers.facts.reads import Item, Reads
from workers.planning.spans import Span
from workers.rules.facts import ABSENT, Absent, Facts
from workers.rules.values import instant


class ReadableFacts(Facts, Protocol):
    """Facts that know where to read more."""

    @property
    def reads(self) -> Reads:
        """The reads of the event."""
        ...


#: Works out a fact from the whole object and the other facts; ABSENT when it cannot be told.
Derive = Callable[[Item, ReadableFacts], object]


def schedules(facts: ReadableFacts, **wanted: Any) -> list[Item]:
    """The task schedules with these fields."""
    # awork has no filter for them: one list serves whatever the event's rules ask.
    found = some(facts.reads.listed("/taskschedules"))
    return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]


def span_of(schedule: Item) -> Span | None:
    """When a task schedule is."""
    start, end = (moment(schedule.get(name)) for name in ("startDate", "endDate"))
    return Span(start, end) if start and end else None


def moment(value: object) -> datetime | None:
    """A moment in UTC; None for what is none."""
    try:
        return instant(value, UTC)
    except ValueError:
        return None


def whole_number(value: object) -> int:
    """A number as awork sends it; 0 for what is none."""
    return value if isinstance(value, int) else 0


def some(found: list[Item] | Absent) -> list[Item]:
    """A list; of what is gone, an empty one."""
    return [] if found is ABSENT else found
