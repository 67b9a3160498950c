"""Asking for a run to be undone: an event of our own, which a worker carries out.

It waits in the run's own lane, so nothing else is done about that entity meanwhile; it is claimed,
retried and recorded like any other. Its id is made from the run's: saying it twice is one undo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from webhooks.event import Event, to_head
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.replays import turns_of
from webhooks.store.reply import text

#: who sends it
SOURCE = "hookwork"
KIND = "undo"
#: what became of one object: the first word of its message in the record
REMOVED, GONE, LEFT = "removed", "gone already", "left"
#: verdict over what the run has not made
NOT_UNDONE = "not-undone"


@dataclass(frozen=True)
class Asked:
    """What became of the wish to undo a run."""

    #: stored: it is due. known: there is one already. waiting: the run, or a turn of it, is not
    #: settled. unknown: the run is not on record
    how: Literal["stored", "known", "waiting", "unknown"]
    #: known: the state of the undo. waiting: what is not settled
    detail: str = ""


def id_of(run_id: str) -> str:
    """The id of the event that undoes a run."""
    return f"{KIND}-{run_id}"


def is_undo(event: Event) -> bool:
    """True for an event that undoes a run."""
    return (event.source, event.kind) == (SOURCE, KIND)


def ask(client: Client, run: Event, *, by: str, now_ms: int) -> Asked:
    """Store the undoing of a settled run, and keep the run from being judged once more.

    run: the event, or the turn, whose writes are to be removed. by: who asks.
    """
    ident = id_of(run.id)
    undo = Event(
        id=ident,
        source=SOURCE,
        kind=KIND,
        entity_id=run.entity_id,
        occurred_us=now_ms * 1000,
        received_ms=now_ms,
        identity=ident,
        line=run.lane,
        body=msgspec.json.encode({"eventType": KIND, "run": run.id, "by": by}),
    )
    told = (run.id, ident, undo.lane, undo.occurred_us, to_head(undo), undo.body)
    word, *rest = map(text, scripts.run(client, "undo", "", *told))
    match word:
        case "stored" | "known" | "waiting" | "unknown" as how:
            return Asked(how, *rest)
    raise AssertionError(word)


def has_written(client: Client, run_id: str) -> bool:
    """True when a run, or a turn of it, has sent a write that was not refused."""
    parts = (run_id, *turns_of(client, run_id))
    return any(
        stored[:1] != b"r" for part in parts for stored in client.hvals(client.key.ledger(part))
    )
