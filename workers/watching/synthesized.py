"""The event that stands for one that never came, made of the object as awork has it now. Performs
no I/O.

It has no `changes`: what a rule's `changed` asks about is compared with what was seen before, as
for any event without them. `"source": "backfill"` in its body, and `via` in its head, say how it
came. One object in one version makes one event, whoever finds it and however often.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from webhooks.event import Event, new_id
from webhooks.sources.envelope import parse
from workers import versions
from workers.rules.values import instant
from workers.stale import BACKFILL
from workers.watching.families import Family

LOG = "delivery-log"


def of(
    family: Family, item: Mapping[str, Any], *, is_new: bool, now: datetime, entropy: bytes
) -> Event:
    """The event for an object that changed without our hearing of it.

    item: as awork lists it; it has an id and a version. is_new: it was made, and never seen here.
    entropy: 5 random bytes.
    """
    kind = family.added if is_new else family.updated
    now_ms = int(now.timestamp() * 1000)
    body = {
        "timestamp": item.get("updatedOn"),
        "eventType": kind,
        "entityId": item["id"],
        "entityType": family.entity_type,
        "triggeredBy": {"id": item.get("updatedBy")} if item.get("updatedBy") else None,
        "source": BACKFILL,
        "entity": item,
    }
    told = {name: value for name, value in body.items() if value is not None}
    event_id = new_id(now_ms, entropy)
    read = parse(msgspec.json.encode(told), event_id=event_id, now_ms=now_ms)
    return msgspec.structs.replace(read, identity=identity(item), via=BACKFILL)


def identity(item: Mapping[str, Any]) -> str:
    """The same for one object in one version."""
    return f"{BACKFILL}:{item['id']}:{version(item)}"


def logged(message: str, *, now: datetime, entropy: bytes) -> Event:
    """A delivery that awork's log has kept, with the identity it had then.

    Raises Unreadable when no event can be read from it.
    """
    now_ms = int(now.timestamp() * 1000)
    event_id = new_id(now_ms, entropy)
    read = parse(message.encode(), event_id=event_id, now_ms=now_ms)
    return msgspec.structs.replace(read, via=LOG)


def version(item: Mapping[str, Any]) -> str:
    """Which state of the object it is; versions.NONE when it tells none."""
    return next(iter(versions.of_object(item)), versions.NONE)


def moment(item: Mapping[str, Any], name: str) -> datetime | None:
    """A moment that the object tells; None when it does not."""
    try:
        return instant(item.get(name), "UTC")
    except ValueError:
        # No moment: as if it were not told.
        return None
