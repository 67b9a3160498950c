"""Handing an event on to a rule's own line, and reading what a turn has gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.turns import Change, HandedOn, Turns
from workers import versions
from workers.rules.flow import Flow


@dataclass(frozen=True)
class Turn:
    """A run that is to wait its turn."""

    rule: str
    line: str
    flow: Flow
    #: None when the event told none, and what it was like before is not known
    changes: tuple[Change, ...] | None
    #: the rule is not met, but what it gathers already shall know of this event
    join_only: bool


def hand_on(claim: Claim, event: Event, turn: Turn, turns: Turns) -> HandedOn | None:
    """Let a rule's run wait its turn; None when it could only have joined, and nothing waits.

    Raises LeaseLost when another worker has the event.
    """
    return turns.hand_on(
        claim,
        of(event, turn),
        changes=turn.changes or (),
        settle_s=turn.flow.settle_s,
        settle_at_most_s=turn.flow.settle_at_most_s,
        join_only=turn.join_only,
        version=versions.of_event(event.payload()),
    )


def of(event: Event, turn: Turn) -> Event:
    """The event as the turn of a rule."""
    ident = f"{event.id}.{turn.rule}"
    return replace(
        event, id=ident, identity=ident, rule=turn.rule, line=turn.line, body=_body(event, turn)
    )


def payload(claim: Claim, event: Event, turns: Turns) -> dict[str, Any]:
    """The event's body; a turn's with the changes of all events it has gathered.

    Raises Unreadable when the body is no JSON object after all.
    """
    body = event.payload()
    if event.line and (changes := turns.gathered(claim.id)):
        body["changes"] = [{"property": p, "old": old, "new": new} for p, old, new in changes]
    return body


def _body(event: Event, turn: Turn) -> bytes:
    """As delivered; but a list of changes that was found by comparing with what we saw before is
    told, even an empty one, because by the time of the turn that is forgotten."""
    body = event.payload() if turn.changes is not None else {}
    if turn.changes is None or isinstance(body.get("changes"), list):
        return event.body
    return msgspec.json.encode({**body, "changes": []})
