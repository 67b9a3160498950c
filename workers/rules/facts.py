"""What a rule can look at. Performs no I/O: a source that reads from awork is given from outside.

event     the envelope, without the object and its changes
entity    the object in the event, as sent
changes   by awork's property: {"DueOn": {"old": …, "new": …}}
now       the moment of the run, in the rule's zone
today     the day of that moment, in the rule's zone
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

Path = tuple[str | int, ...]


class Absence(Enum):
    """The one value that says: there is nothing here."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
Absent = Literal[Absence.ABSENT]


class Facts(Protocol):
    """Where paths begin. `root` may read lazily; it is asked only for roots of the language."""

    def root(self, name: str) -> object:
        """The value a path begins with, or ABSENT."""
        ...

    def in_zone(self, timezone: str) -> Facts:
        """The same facts with `now` and `today` in another IANA zone."""
        ...


@dataclass(frozen=True)
class EventFacts:
    """The facts an event carries by itself."""

    #: the body of the delivery, decoded
    payload: Mapping[str, object]
    #: the moment of the run; aware
    now: datetime
    #: IANA zone that `now` and `today` are told in
    timezone: str = "UTC"

    def in_zone(self, timezone: str) -> EventFacts:
        """The same facts with `now` and `today` in another IANA zone."""
        return self if timezone == self.timezone else replace(self, timezone=timezone)

    def root(self, name: str) -> object:
        """The value of one of the five roots; ABSENT for any other name."""
        match name:
            case "entity":
                return self.payload.get("entity", ABSENT)
            case "event":
                return self._envelope
            case "changes":
                return self._changes
            case "now":
                return self.now.astimezone(ZoneInfo(self.timezone))
            case "today":
                return self.now.astimezone(ZoneInfo(self.timezone)).date()
            case _:
                return ABSENT

    @cached_property
    def _envelope(self) -> dict[str, object]:
        return {k: v for k, v in self.payload.items() if k not in ("entity", "changes")}

    @cached_property
    def _changes(self) -> dict[str, object]:
        listed = self.payload.get("changes")
        changes = listed if isinstance(listed, list) else []
        return {
            change["property"]: change
            for change in changes
            if isinstance(change, Mapping) and isinstance(change.get("property"), str)
        }


def resolve(facts: Facts, path: Path) -> object | Absent:
    """Follow a path. A number indexes a list; null is as good as absent.

    Returns the value, or ABSENT when any step of the way is missing.
    """
    value = facts.root(str(path[0]))
    for segment in path[1:]:
        value = _step(value, segment)
    return ABSENT if value is None else value


def _step(value: object, segment: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(str(segment), ABSENT)
    if isinstance(value, list) and isinstance(segment, int) and segment < len(value):
        return value[segment]
    return ABSENT
