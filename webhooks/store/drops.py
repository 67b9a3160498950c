"""Taking an event out of the failed list for good."""

from __future__ import annotations

from typing import Literal

from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import text

#: what became of it. waiting: not settled. unknown: not on record
Drop = Literal["dropped", "not-failed", "waiting", "unknown"]


def drop(client: Client, event_id: str, *, by: str, why: str) -> Drop:
    """Take one event out of the failed list; who did it and why stays in its record.

    It can still be judged once more, by its id.
    """
    word = text(scripts.run(client, "drop", "", event_id, by, why))
    match word:
        case "dropped" | "not-failed" | "waiting" | "unknown" as how:
            return how
    raise AssertionError(word)
