"""Facts that remember what they were asked to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.unit.workers.rules.rules import facts
from workers.rules.facts import ABSENT, EventFacts, Path


@dataclass(frozen=True)
class AskedFacts:
    """An event whose roots `task`, `user`, … are read, once each, when a rule looks at them."""

    event: EventFacts
    #: root -> what reading it gives, or what it raises
    objects: Mapping[str, object]
    #: the roots that were read, in order
    read: list[str] = field(default_factory=list)

    def root(self, name: str) -> object:
        """Reads, where it was not read before."""
        if name not in self.objects:
            return self.event.root(name)
        found = self.objects[name]
        if name not in self.read:
            self.read.append(name)
        if isinstance(found, Exception):
            raise found
        return found

    def at_hand(self, path: Path) -> bool:
        """True for what the event carries, and for what was read."""
        return path[0] not in self.objects or path[0] in self.read

    def in_zone(self, timezone: str) -> AskedFacts:
        """The same, in another zone."""
        return replace(self, event=self.event.in_zone(timezone))


def asked_facts(
    entity: Mapping[str, object], objects: Mapping[str, object] | None = None, **envelope: object
) -> AskedFacts:
    """The facts of an event; the objects are those that are read, the others are absent."""
    known: Mapping[str, object] = objects or {}
    roots = ("task", "project", "user", "assignee", "timeEntry")
    absent = dict.fromkeys(roots, ABSENT)
    return AskedFacts(facts(entity, **envelope), {**absent, **known})
