"""What judging asks and does outside: our own doing, windows, runs that wait their turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from webhooks.errors import TargetBusy, TargetFailed, Unreadable
from webhooks.event import Event
from webhooks.sources.kinds import KINDS
from webhooks.store.inbox import Claim
from webhooks.store.turns import HandedOn, Turns
from workers import turn as waiting
from workers.own import OwnWrites
from workers.rules.model import Rule
from workers.stale import Age, Stale
from workers.targets.awork import Awork
from workers.targets.directory import Directory
from workers.turn import Turn

_KNOWN = frozenset(KINDS)


class Gates(Protocol):
    """What judging needs from outside beside the facts."""

    def is_ours(self) -> bool:
        """True when our own API user caused the event. Asked only when a rule may match."""
        ...

    def runs_here(self, rule: Rule) -> bool:
        """True when the rule's run does not wait its turn in a line of its own."""
        ...

    def hand_on(self, turn: Turn) -> HandedOn | None:
        """Let a run wait its turn; None when it could only have joined another, and none waits."""
        ...

    def stale(self, rule: Rule) -> Stale | None:
        """Why the event is too old for a rule; None when it is not."""
        ...

    def hop(self) -> int:
        """How many writes of ours led to the event, each answering the one before; 0 when it is
        not ours."""
        ...

    def waits(self, rule: str, busy: TargetBusy) -> None:
        """A rule could not be judged: awork has to be asked again."""
        ...

    def take_window(self, rule: str, values: str, *, time_s: int) -> str:
        """Take a window of `once_within`; returns the id of the event that has it."""
        ...


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
    age: Age
    own: OwnWrites
    #: rule -> why awork could not say now what it needs
    busy: dict[str, TargetBusy] = field(default_factory=dict)

    def is_ours(self) -> bool:
        """True when the user that our API token acts as caused the event; where it names nobody,
        when it shows what a write of ours has left."""
        return self._is_ours

    @cached_property
    def _is_ours(self) -> bool:
        if caused_by(self.payload) or self.event.kind not in _KNOWN:
            return is_ours(self.payload, self.awork, self.directory)
        return self.own.caused(self.event.kind, self.payload)

    def stale(self, rule: Rule) -> Stale | None:
        """Why the event is too old for a rule; None when it is not."""
        return self.age.stale(rule)

    def hop(self) -> int:
        """How many writes of ours led to the event; asked of Redis only when it is ours."""
        if not self.is_ours():
            return 0
        return self.own.hop(self.event.entity_id, occurred_ms=self.event.occurred_us // 1000)

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
    by = caused_by(payload)
    return bool(by) and by == directory.me(awork)


def seems_ours(event: Event, awork: Awork, directory: Directory, own: OwnWrites) -> bool:
    """The same, or by what our writes have left; False where awork cannot say now who we are."""
    try:
        payload = event.payload()
        if caused_by(payload) or event.kind not in _KNOWN:
            return is_ours(payload, awork, directory)
        return own.caused(event.kind, payload)
    except (TargetFailed, Unreadable):
        # It is settled all the same, as if a person had done it.
        return False


def caused_by(payload: Mapping[str, Any]) -> object:
    """The id of whoever an event says has caused it; nothing when it says nothing."""
    by = payload.get("triggeredBy")
    return by.get("id") if isinstance(by, dict) else None
