"""What a rule can look at. Performs no I/O: a source that reads from awork is given from outside.

event     the envelope, without the object and its changes
entity    the object in the event, as sent
changes   by awork's property: {"DueOn": {"old": …, "new": …}}; absent when the event lists none
now       the moment of the run, in the rule's zone
today     the day of that moment, in the rule's zone
seen      for `changed`: the entity's properties as we last saw them; absent when we never did

task, project, timeEntry, user and assignee are whole objects, read when asked for (reading.py of
the workers); item and done belong to actions: one item of `for_each`, results of earlier actions.
"""

from __future__ import annotations

from abc import abstractmethod
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

#: roots below which nothing ever costs a call of another system
FREE_ROOTS = frozenset({"event", "entity", "changes", "seen", "now", "today", "item", "done"})


class Facts(Protocol):
    """Where paths begin. `root` may read lazily; it is asked only for roots of the language."""

    def root(self, name: str) -> object:
        """The value a path begins with, or ABSENT."""
        ...

    def at_hand(self, path: Path) -> bool:
        """True when following the path costs nothing: no call of another system."""
        ...

    def in_zone(self, timezone: str) -> Facts:
        """The same facts with `now` and `today` in another IANA zone."""
        ...


class Lazy(Mapping[str, object]):
    """An object that is read from awork when it is looked into. A key that answers, such as a
    derived fact, need not be among those it lists."""

    @abstractmethod
    def whole(self) -> Mapping[str, object] | Absent:
        """The object itself, as awork has it; ABSENT when there is none. May read."""


@dataclass(frozen=True)
class EventFacts:
    """The facts an event carries by itself."""

    #: the body of the delivery, decoded
    payload: Mapping[str, object]
    #: the moment of the run; aware
    now: datetime
    #: IANA zone that `now` and `today` are told in
    timezone: str = "UTC"
    #: property -> value when this entity was last seen; None when it never was
    seen: Mapping[str, object] | None = None

    def at_hand(self, path: Path) -> bool:  # noqa: ARG002 -- whatever an event has, it has
        """Always: an event carries what it carries."""
        return True

    def in_zone(self, timezone: str) -> EventFacts:
        """The same facts with `now` and `today` in another IANA zone."""
        if timezone == self.timezone:
            return self
        if timezone not in self._zoned:
            self._zoned[timezone] = EventFacts(self.payload, self.now, timezone, self.seen)
        return self._zoned[timezone]

    def root(self, name: str) -> object:
        """The value of one of its roots; ABSENT for any other name."""
        match name:
            case "entity":
                return self.payload.get("entity", ABSENT)
            case "event":
                return self._envelope
            case "changes":
                return self._changes
            case "seen":
                return ABSENT if self.seen is None else self.seen
            case "now" | "today":
                return self._local if name == "now" else self._local.date()
            case _:
                return ABSENT

    @cached_property
    def _zoned(self) -> dict[str, EventFacts]:
        return {}

    @cached_property
    def _local(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.timezone))

    @cached_property
    def _envelope(self) -> dict[str, object]:
        return {k: v for k, v in self.payload.items() if k not in ("entity", "changes")}

    @cached_property
    def _changes(self) -> dict[str, object] | Absent:
        listed = self.payload.get("changes")
        if not isinstance(listed, list):
            return ABSENT
        return {
            change["property"]: change
            for change in listed
            if isinstance(change, Mapping) and isinstance(change.get("property"), str)
        }


@dataclass(frozen=True)
class Overlay:
    """Facts with roots of their own on top: `item`, `done`."""

    below: Facts
    roots: Mapping[str, object]

    def root(self, name: str) -> object:
        """One of its own roots, else what lies below."""
        return self.roots[name] if name in self.roots else self.below.root(name)

    def at_hand(self, path: Path) -> bool:
        """Its own roots always are."""
        return path[0] in self.roots or self.below.at_hand(path)

    def in_zone(self, timezone: str) -> Overlay:
        """The same facts with `now` and `today` in another IANA zone."""
        return replace(self, below=self.below.in_zone(timezone))


#: what JSON is made of, none of it lazy: asking for that alone takes long for a value
_PLAIN = frozenset({str, int, float, bool, list, dict})


def resolve(facts: Facts, path: Path) -> object | Absent:
    """Follow a path. A number indexes a list; null is as good as absent.

    Returns the value, or ABSENT when any step of the way is missing.
    """
    return follow(facts.root(str(path[0])), path[1:])


def follow(value: object, rest: Path) -> object | Absent:
    """Follow the rest of a path from the value of its root, as `resolve` does."""
    for segment in rest:
        # asking for a Mapping takes as long as all else here, and almost every object is a dict
        if type(value) is dict:
            value = value.get(segment if type(segment) is str else str(segment), ABSENT)
        else:
            value = _step(value, segment)
    if type(value) in _PLAIN:
        return value
    if value is None:
        return ABSENT
    # Where a path ends, the object is wanted whole; only that tells whether there is one.
    return value.whole() if isinstance(value, Lazy) else value


def _step(value: object, segment: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(str(segment), ABSENT)
    if isinstance(value, list) and isinstance(segment, int) and segment < len(value):
        return value[segment]
    return ABSENT
