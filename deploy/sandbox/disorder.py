"""How deliveries go astray: lost, doubled, or after the ones that should follow them.

Performs no I/O. All three have been reported of awork.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from deploy.sandbox.refusals import Model


@dataclass
class Disorder:
    """What a sender does to events on their way; nothing unless told so."""

    #: events of these types are never sent
    lost: Collection[str] = ()
    #: events of these types are sent after the next event about the same entity
    late: Collection[str] = ()
    #: how often each event is sent
    copies: int = 1
    _waiting: dict[str, list[Model]] = field(default_factory=dict)

    def outgoing(self, envelope: Model) -> list[Model]:
        """What is to be sent now that an event is raised, one after the other."""
        event, entity_id = envelope["eventType"], envelope["entityId"]
        if event in self.lost:
            return []
        if event in self.late:
            self._waiting.setdefault(entity_id, []).append(envelope)
            return []
        then = [envelope, *self._waiting.pop(entity_id, [])]
        return [each for each in then for _ in range(self.copies)]
