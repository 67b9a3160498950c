"""What judging asks and does outside: our own doing, windows, runs that wait their turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webhooks.errors import TargetBusy
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.turns import HandedOn, Turns
from workers import turn as waiting
from workers.rules.model import Rule
from workers.targets.awork import Awork
from workers.targets.directory import Directory
from workers.turn import Turn


@dataclass(frozen=True)
class StoredGates:
    """Answers from awork and from Redis, for one claimed event."""

    claim: Claim
    event: Event
    payload: Mapping[str, Any]
    awork: Awork
    directory: Directory
    turns: Turns
    #: rules that have written for this event in its own lane, before it was replayed
    ran: frozenset[str]
    #: rule -> why awork could not say now what it needs
    busy: dict[str, TargetBusy] = field(default_factory=dict)

    def is_ours(self) -> bool:
        """True when the user that our API token acts as caused the event."""
        return is_ours(self.payload, self.awork, self.directory)

    def runs_here(self, rule: Rule) -> bool:
        """A turn is there already; and what wrote here before goes on here, where that is on
        record, whatever its flow is today."""
        return bool(self.event.rule) or rule.id in self.ran

    def hand_on(self, turn: Turn) -> HandedOn | None:
        """Let a run wait its turn; None when it could only have joined another, and none waits."""
        return waiting.hand_on(self.claim, self.event, turn, self.turns)

    def waits(self, rule: str, busy: TargetBusy) -> None:
        """A rule could not be judged: awork has to be asked again."""
        self.busy[rule] = busy

    def take_window(self, rule: str, values: str, *, time_s: int) -> str:
        """Take a window of `once_within`; returns the id of the event that has it."""
        return self.turns.take_window(rule, values, time_s=time_s, by=self.event.id)


def is_ours(payload: Mapping[str, Any], awork: Awork, directory: Directory) -> bool:
    """True when the user that our API token acts as caused the event; asks awork who that is only
    when the event names someone."""
    by = payload.get("triggeredBy")
    return isinstance(by, dict) and bool(by.get("id")) and by.get("id") == directory.me(awork)
