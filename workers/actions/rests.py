"""The entry for what a time entry lacks to its minimum: that there is but one. Reads awork.

awork's lists show an entry some seconds after it was written, and an entry may be moved to another
day, where nobody looks for its rest. So what was made is remembered as well (holdings.py), for as
long as the ledger is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from workers.actions import logged
from workers.actions.base import Context
from workers.holdings import Held

Item = Mapping[str, Any]


def marker(entry: Item) -> str:
    """At the end of the rest's note: the same whichever event or rule asks for it."""
    digest = hashlib.sha256(f"rest of {entry['id']}".encode()).hexdigest()
    return f"⟨hw:{digest[:12]}⟩"


def is_there(entry: Item, user: str, day: date, context: Context) -> bool:
    """Whether an entry has its rest. user, day: of the rest. Raises what awork raises."""
    if context.holdings.of(_thing(entry), (), lambda: ""):
        return True
    return any(logged.marked(marker(entry), user, day, context))


def remember(entry: Item, rest: Item, context: Context) -> None:
    """Keep in mind that an entry has this rest. rest: as awork answered; empty in shadow mode."""
    if rest.get("id") and not context.effects.shadow:
        held = Held(
            rule=context.effects.rule,
            wrote={},
            at=context.now,
            decided_ms=int(context.decided_at.timestamp() * 1000),
        )
        now = context.now
        context.holdings.keep(_thing(entry), str(rest["id"]), held, until=now, now=now)


def forget(entry_id: str, rest_id: str, context: Context) -> None:
    """The rest of an entry was removed, if this was it: it may be made again."""
    context.holdings.drop(_thing({"id": entry_id}), [rest_id])


def _thing(entry: Item) -> str:
    return f"rest:{entry['id']}"
