"""What an entity was like when it was last seen: for `changed`, where an event tells no changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from webhooks.errors import Unreadable
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.turns import Turns
from workers.facts.lazy import UNDOCUMENTED
from workers.rules.model import RuleSet


@dataclass(frozen=True)
class Sight:
    """The properties that some `changed` asks about, before an event and after it."""

    #: None when that is not known, or the event tells itself what changed
    before: Mapping[str, Any] | None = None
    #: as JSON; empty when there is nothing to remember
    now: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def kept(self) -> bytes:
        """What the entity was like before, for when the event is judged once more."""
        return b"" if self.before is None else msgspec.json.encode(self.before)


def of(claim: Claim, event: Event, rules: RuleSet, turns: Turns) -> Sight:
    """What is known of the entity of a claimed event.

    A turn was told when the event was handed on, what is judged once more is not news, and what
    awork sends for some kinds is not documented to be the whole object.
    """
    if not rules.changed or event.rule or event.kind in UNDOCUMENTED:
        return Sight()
    if claim.replays:
        return Sight(before=turns.before(event.id))
    try:
        payload = event.payload()
    except Unreadable:
        # It ends in the failed list; there is nothing to see.
        return Sight()
    wanted = not isinstance(payload.get("changes"), list) and rules.ask_what_changed(event.kind)
    before = turns.seen(event.lane, sorted(rules.changed)) if wanted else None
    return Sight(before, _now(payload, rules))


def _now(payload: Mapping[str, Any], rules: RuleSet) -> dict[str, bytes]:
    entity = payload.get("entity")
    if not isinstance(entity, dict):
        return {}
    return {name: msgspec.json.encode(entity.get(name)) for name in rules.changed}
