"""What those who watch are told of each settled event, over Redis's publish and subscribe."""

from __future__ import annotations

import msgspec

from webhooks.store.journal import Run


class LiveWrite(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a settled event."""

    rule: str
    action: str
    outcome: str
    summary: str
    made: str = ""


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """One settled event."""

    event_id: str
    kind: str
    title: str
    outcome: str
    reason: str
    message: str
    writes: tuple[LiveWrite, ...]
    #: how it was found when no delivery brought it, as in Event.via
    via: str = ""


def announcement(run: Run) -> bytes:
    """A settled event, for those who watch."""
    writes = tuple(
        LiveWrite(
            rule=rule.rule,
            action=action.name,
            outcome=write.outcome,
            summary=write.summary,
            made=write.made,
        )
        for rule in run.rules
        for action in rule.actions
        for write in action.writes
    )
    return msgspec.json.encode(
        Live(
            event_id=run.event_id,
            kind=run.kind,
            title=run.title,
            outcome=run.outcome,
            reason=run.reason,
            message=run.message,
            writes=writes,
            via=run.via,
        )
    )


read = msgspec.json.Decoder(Live).decode
