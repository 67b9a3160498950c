"""What an entity was like when it was last seen: for `changed`, where an event tells no changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from webhooks.errors import Unreadable
from webhooks.event import Event
from webhooks.store.turns import Turns
from workers.rules.conditions.changed import changed_properties
from workers.rules.model import RuleSet


def before(
    event: Event, payload: Mapping[str, Any], rules: RuleSet, turns: Turns
) -> Mapping[str, Any] | None:
    """The properties that `changed` asks about, as they were; None when that is not known, or the
    event tells itself what changed."""
    properties = changed_properties(rules, event.kind)
    if not properties or isinstance(payload.get("changes"), list):
        return None
    return turns.seen(event.lane, sorted(properties))


def of(event: Event, rules: RuleSet) -> dict[str, bytes]:
    """The properties that `changed` asks about, as they are now, as JSON."""
    properties = changed_properties(rules, event.kind)
    if not properties:
        return {}
    try:
        entity = event.payload().get("entity")
    except Unreadable:
        # It is in the failed list already; there is nothing to see.
        return {}
    if not isinstance(entity, dict):
        return {}
    return {name: msgspec.json.encode(entity.get(name)) for name in properties}
