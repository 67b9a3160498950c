"""What was considered, decided and done for each event: written by workers, read by the console.

A run record is kept with its event and as long; it answers "why did it (not) act?".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from webhooks.store.client import AsyncClient
from webhooks.store.reply import raw, text


class Write(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One write to another system, or one that shadow mode did not make."""

    #: which of the action's writes, unique within it
    item: str
    method: str
    path: str
    #: which other system it went to
    target: str = "awork"
    #: done, adopted (found after a lost answer), repeated-nothing (done before), shadow, failed
    outcome: str
    #: one line for people
    summary: str = ""
    #: what shadow mode would have sent; other bodies are in the ledger
    body: Any = None
    #: the id the other system gave
    made: str = ""
    #: what their support asks for
    trace_id: str = ""


class ActionRun(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One action of a rule."""

    id: str
    name: str
    #: done, shadow, later (waits for a retry), failed, gone, not-started, skipped
    outcome: str
    #: the item of `for_each` it ran for
    item: str = ""
    reason: str = ""
    message: str = ""
    #: its own conditions
    trace: tuple[dict[str, Any], ...] = ()
    writes: tuple[Write, ...] = ()
    #: what it answered, as long as the rule is still tried: it is not done again
    result: dict[str, Any] = {}


class RuleRun(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule that was considered for an event."""

    rule: str
    #: matched, not-matched, off, own-event, stale (a newer event was handled before), failed (a
    #: fact could not be read), skipped (once_within), handed-on (it waits its turn in a line of
    #: its own)
    verdict: str
    #: live or shadow
    mode: str = "live"
    #: done, shadow, later, failed, gone, own-event, stale, skipped, handed-on; empty when the rule
    #: did not match
    outcome: str = ""
    reason: str = ""
    message: str = ""
    #: id of the turn it was handed on to
    turn: str = ""
    #: the rule it matched, as a file of its own
    text: str = ""
    #: each condition with its value and verdict
    trace: tuple[dict[str, Any], ...] = ()
    actions: tuple[ActionRun, ...] = ()


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One try that did not settle the event."""

    at_ms: int
    reason: str
    message: str = ""
    #: seconds until the next try
    retry_in_s: float = 0.0
    status: int = 0
    #: the other system's word for it
    code: str = ""
    trace_id: str = ""


class Run(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Everything about one event's way through the rules."""

    event_id: str
    kind: str
    entity_id: str
    #: done, no-rule, own-event, stale (newer events were handled before), shadow, gone, failed,
    #: handed-on (its rules wait their turn), skipped (once_within), or "later" while it waits for
    #: a retry
    outcome: str
    #: why, when the outcome alone does not say
    reason: str = ""
    message: str = ""
    #: the rule, and the action of it, that this is about
    rule: str = ""
    action: str = ""
    #: name of the object, for people
    title: str = ""
    #: how it was found when no delivery brought it, as in Event.via
    via: str = ""
    received_ms: int = 0
    settled_ms: int = 0
    #: which rule set judged it
    rules_hash: str = ""
    rules: tuple[RuleRun, ...] = ()
    attempts: tuple[Attempt, ...] = ()


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Run).decode


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody took an event out of the failed list for good."""

    #: milliseconds since 1970 UTC, by Redis's clock
    at_ms: int
    #: the name of the user who gave the command, on the machine it was given on
    by: str
    why: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is on record."""

    id: str
    #: due, claimed, settled, quarantined
    state: str
    head: bytes
    body: bytes
    run: Run | None
    #: why it is quarantined
    reason: str
    dropped: Dropped | None = None
    #: id of the event by which what it made is removed; empty when nobody asked for that
    undone: str = ""


#: of an event's hash, in the order in which `entry_of` takes them
FIELDS = ("state", "head", "body", "run", "reason", "dropped", "undone")


async def entry(client: AsyncClient, event_id: str) -> Entry | None:
    """One event with its run, or None when it is not (any more) on record."""
    return entry_of(event_id, await client.hmget(client.key.event(event_id), FIELDS))


def entry_of(event_id: str, found: Sequence[Any]) -> Entry | None:
    """An event from the values of FIELDS; None when it is not on record."""
    state, head, body, run, reason, dropped, undone = found
    if state is None:
        return None
    return Entry(
        id=event_id,
        state=text(state),
        head=raw(head),
        body=raw(body),
        run=_lenient(run),
        reason=text(reason),
        dropped=_decode_dropped(raw(dropped)) if dropped else None,
        undone=text(undone),
    )


def _lenient(run: Any) -> Run | None:
    """A record, unless another version wrote it in a form this one cannot read."""
    try:
        return decode(run) if run else None
    except msgspec.DecodeError:
        return None


_decode_dropped = msgspec.json.Decoder(Dropped, strict=False).decode


async def newest(client: AsyncClient, key: str, limit: int) -> list[Entry]:
    """The newest events of one list: keys.SETTLED, FAILED, WAITING or QUARANTINE."""
    ids = await client.zrevrange(key, 0, limit - 1)
    entries = [await entry(client, text(event_id)) for event_id in ids]
    return [found for found in entries if found is not None]
