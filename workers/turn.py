"""Handing an event on to a rule's own line, and reading what a turn has gathered."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import RuleRun
from webhooks.store.turns import Turns
from workers.plan import PlannedRule, PlannedTurn


def hand_on(claim: Claim, event: Event, planned: PlannedRule, turns: Turns) -> RuleRun:
    """Let a rule's run wait its turn.

    Raises LeaseLost when another worker has the event.
    """
    turn, considered = planned.turn, planned.considered
    if turn is None:
        return considered
    handed = turns.hand_on(
        claim,
        of(event, considered.rule, turn),
        changes=turn.changes,
        settle_s=turn.settle_s,
        settle_at_most_s=turn.settle_at_most_s,
        join_only=turn.join_only,
    )
    if handed is None:
        return considered
    joined = "joins a run that still waits" if handed.how == "joined" else "waits its turn"
    return replace(
        considered,
        outcome="handed-on",
        turn=handed.turn,
        message=f"{joined}{f', until nothing came for {turn.settle_s} s' if turn.settle_s else ''}",
    )


def of(event: Event, rule: str, turn: PlannedTurn) -> Event:
    """The event as the turn of a rule."""
    ident = f"{event.id}.{rule}"
    return replace(
        event, id=ident, identity=ident, rule=rule, line=turn.line, body=_body(event, turn)
    )


def _body(event: Event, turn: PlannedTurn) -> bytes:
    """As delivered; but a list of changes that was found by comparing with what we saw before is
    told, even an empty one, because by the time of the turn that is forgotten."""
    body = event.payload() if turn.tells_changes else {}
    if not turn.tells_changes or isinstance(body.get("changes"), list):
        return event.body
    return msgspec.json.encode({**body, "changes": []})


def payload(claim: Claim, event: Event, turns: Turns) -> dict[str, Any]:
    """The event's body; a turn's with the changes of all events it has gathered.

    Raises Unreadable when the body is no JSON object after all.
    """
    body = event.payload()
    if event.line and (changes := turns.gathered(claim.id)):
        body["changes"] = [{"property": p, "old": old, "new": new} for p, old, new in changes]
    return body
