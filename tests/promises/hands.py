"""What a worker does with a claim, step by step: the real store, ledger and effects, no rules.

The plan is what the rules say at the first try: names of writes, and lines to be handed on to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.promises.puppets import Puppet, Stepwise
from tests.promises.things import Things
from webhooks.errors import LeaseLost, RunHeld, TargetBusy, TargetGone, TargetRefused, TargetUnknown
from webhooks.event import Event, from_wire
from webhooks.store import undos
from webhooks.store.client import Client
from webhooks.store.inbox import LEASE_S, Claim, Inbox
from webhooks.store.turns import Turns
from workers.effects import Allowance, Effects
from workers.entries import Done
from workers.ledger import StoredLedger, on_record
from workers.retry import RetryIn, decide, is_failure
from workers.targets.http import Request

RULE = "rule"
RETENTION_S = 10**7


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be done about an event."""

    #: names of writes
    writes: tuple[str, ...] = ()
    #: line it is handed on to first, and seconds it settles there
    line: str = ""
    settle_s: int = 0


#: a write that is the same for every event
SAME = "same"
#: what the rules may say of an event of awork's, and what of a turn
RULE_SETS = {
    "one": Plan(("a",)),
    "two": Plan(("a", "b")),
    "none": Plan(),
    "same": Plan((SAME,)),
    "key": Plan(("a",), line="k"),
    "settle": Plan(("b",), line="s", settle_s=20),
}
OF_TURNS = Plan(("turn",))


@dataclass
class House:
    """What all workers share."""

    client: Client
    inbox: Inbox
    turns: Turns
    things: Things
    now_ms: Callable[[], int]
    #: what the rules say now
    rules: str = "one"


@dataclass
class Hands:
    """One worker with one claim."""

    house: House
    claim: Claim
    #: until when another cannot have claimed the event, by what it did last
    safe_ms: int = 0
    plan: Plan | None = None
    outcome: str = ""
    puppet: Puppet = field(init=False)

    def __post_init__(self) -> None:
        self.safe_ms = self.house.now_ms() + LEASE_S * 1000
        self.puppet = Puppet(self._work)

    def _work(self, puppet: Puppet) -> None:
        try:
            self._carried_out(puppet)
        except LeaseLost:
            self.outcome = "lost"

    def _carried_out(self, puppet: Puppet) -> None:
        house, claim = self.house, self.claim
        inbox: Any = Stepwise(house.inbox, puppet)
        event = msgspec.structs.replace(from_wire(claim.head, claim.body), id=claim.id)
        self.plan = self._planned(event, Stepwise(house.turns, puppet), inbox)
        outcome = "done"
        effects = self._effects(puppet)
        for name in self.plan.writes:
            try:
                self._write(effects, name)
            except (TargetBusy, TargetUnknown, RunHeld) as error:
                retry = decide(error, attempt=claim.attempt, tried_for_s=0, jitter=lambda s: s)
                assert isinstance(retry, RetryIn)
                inbox.defer(
                    claim,
                    delay_s=retry.seconds,
                    counts_as_try=is_failure(error),
                )
                self.outcome = "later"
                return
            except TargetRefused:
                outcome = "failed"
        inbox.finish(claim, outcome=outcome, run=b"{}")
        self.outcome = outcome

    def _planned(self, event: Event, turns: Any, inbox: Any) -> Plan:
        """That of the first try; else a new one, with what is handed on, stored before a write."""
        if self.claim.plan:
            return msgspec.json.decode(self.claim.plan, type=Plan)
        plan = OF_TURNS if event.rule else RULE_SETS[self.house.rules]
        if undos.is_undo(event):
            plan = Plan(tuple(self._to_remove(str(event.payload()["run"]))))
        if plan.line:
            turns.hand_on(
                self.claim,
                turn_of(event, plan.line),
                settle_s=plan.settle_s,
                settle_at_most_s=3 * plan.settle_s,
            )
        inbox.renew(self.claim, plan=msgspec.json.encode(plan))
        self.safe_ms = self.house.now_ms() + LEASE_S * 1000
        return plan

    def _to_remove(self, run: str) -> list[str]:
        parts = [run, *self.house.turns.of(run).values()]
        written = [one for part in parts for one in on_record(self.house.client, part).values()]
        return sorted(one.entry.made for one in written if isinstance(one, Done))

    def _effects(self, puppet: Puppet) -> Effects:
        ledger = StoredLedger(self.house.client, self.claim, retention_s=RETENTION_S)
        return Effects(
            ledger=_Renewing(ledger, puppet, self),
            targets={"awork": Stepwise(self.house.things, puppet)},
            event_id=self.claim.id,
            rule=RULE,
            action_id="act",
            writes_per_hour=10**6,
            allowance=Allowance(10**6),
            shadow=False,
            now_ms=self.house.now_ms,
            stopping=lambda: False,
        )

    def _write(self, effects: Effects, name: str) -> None:
        if name.startswith("thing-"):
            try:
                effects.once(name, Request("DELETE", f"/things/{name}"), find=None, summary="")
            except TargetGone:
                # By an earlier try whose answer was lost.
                return
            return
        request = Request("POST", "/things", body(self.claim.id, name))
        effects.once(name, request, find=self.house.things.find, summary="")


class _Renewing(Stepwise):
    """The ledger; what lengthens the lease is noted."""

    def __init__(self, ledger: StoredLedger, puppet: Puppet, hands: Hands) -> None:
        super().__init__(ledger, puppet)
        self._hands = hands

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = super().__getattr__(name)

        def noted(*args: Any, **options: Any) -> Any:
            answer = call(*args, **options)
            if name in ("begin", "hold"):
                self._hands.safe_ms = self._hands.house.now_ms() + LEASE_S * 1000
            return answer

        return noted


def body(event_id: str, name: str) -> dict[str, str]:
    """What a write of an event makes."""
    return {"write": name} if name == SAME else {"event": event_id, "write": name}


def turn_of(event: Event, line: str) -> Event:
    """The event as a turn in a line."""
    ident = f"{event.id}.{line}"
    return msgspec.structs.replace(
        event, id=ident, identity=ident, rule=line, line=f"turn:{line}:{line}"
    )
