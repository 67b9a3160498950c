"""Every step that a script can do with one event, whatever state it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.promises.hands import RETENTION_S
from tests.promises.people import event_of
from tests.promises.shelves import look
from tests.stored import sweep
from tests.worker import Clock
from webhooks.errors import LeaseLost
from webhooks.event import to_head
from webhooks.store import drops, keys, scripts, undos
from webhooks.store.client import Client
from webhooks.store.delivery import Delivery, row
from webhooks.store.inbox import LEASE_S, Claim, Inbox
from webhooks.store.turns import Turns
from workers.entries import Entry
from workers.ledger import StoredLedger

ID, ENTITY, RULE = "e1", "t1", "rule"
_ENTRY = Entry(method="POST", path="/things", begun_ms=1, made="thing")


@dataclass
class Bench:
    """One event, perhaps, and all that can be done with it."""

    client: Client
    clock: Clock
    #: the claim that is shown where one is asked for
    claim: Claim = field(init=False)

    def __post_init__(self) -> None:
        self.claim = Claim(ID, f"awork:{ENTITY}", 1, 0, b"", b"")
        self.inbox = Inbox(self.client, retention_s=RETENTION_S)
        self.turns = Turns(self.client)
        self.event = event_of(ID, ENTITY, 1, self.clock.ms)

    @property
    def ledger(self) -> StoredLedger:
        return StoredLedger(self.client, self.claim, retention_s=RETENTION_S)

    @property
    def state(self) -> str:
        """Where the event is now, by the record and by the lists."""
        shelves = look(self.client)
        shelves.check()
        if ID not in shelves.events:
            return "-"
        state = shelves.events[ID]["state"]
        if state == "settled" and ID in shelves.failed:
            return "failed"
        if state == "due" and shelves.due[self.event.lane] > self.clock.ms:
            return "waiting"
        return state

    def run(self, name: str, *arguments: Any) -> Any:
        return scripts.run(self.client, name, "", *arguments)

    def accept(self, unreadable: str = "") -> None:
        told = row(Delivery(self.event, unreadable=unreadable))
        self.run("accept", keys.DEDUPE_S, RETENTION_S, *told)

    def take(self) -> None:
        """Claim, and show this claim from now on."""
        for claim in self.inbox.claim(9):
            self.claim = claim

    def enter(self) -> None:
        event = self.event
        told = (ID, "", event.lane, event.occurred_us, to_head(event), event.body, RULE)
        self.run("enter", keys.ITEM_S, *told)

    def restore(self) -> None:
        event = self.event
        self.run("restore", ID, event.lane, event.occurred_us, LEASE_S * 1000)


Step = Callable[[Bench], object]


def _finish(outcome: str, bench: Bench) -> None:
    bench.inbox.finish(bench.claim, outcome=outcome, run=b"{}")


def _forgiving(step: Step, bench: Bench) -> None:
    """A step that says so when the claim is not in force."""
    try:
        step(bench)
    except LeaseLost:
        return


#: those that ask whether the claim is in force
FENCED: dict[str, Step] = {
    "renew": lambda b: b.inbox.renew(b.claim, plan=b"{}"),
    "begin": lambda b: b.ledger.begin("rule/a/1", _ENTRY, rule=RULE, writes_per_hour=9),
    "decide": lambda b: b.ledger.decide("plan", b"{}"),
    "withdraw": lambda b: b.ledger.withdraw("rule/a/1", _ENTRY, rule=RULE),
    "record adopt": lambda b: b.ledger.adopt("rule/a/2", _ENTRY),
    "record note": lambda b: b.ledger.refused("rule/a/3", _ENTRY),
    "hand_on from it": lambda b: b.turns.hand_on(b.claim, event_of("turn", "t2", 1, 1)),
    "defer": lambda b: b.inbox.defer(b.claim, delay_s=30),
    "finish": partial(_finish, "done"),
    "finish failed": partial(_finish, "failed"),
}
STEPS: dict[str, Step] = {
    **{name: partial(_forgiving, step) for name, step in FENCED.items()},
    "accept": Bench.accept,
    "accept unreadable": lambda b: b.accept("not-json"),
    "enter": Bench.enter,
    "claim": Bench.take,
    "record done": lambda b: b.ledger.done("rule/a/4", _ENTRY),
    "replay": lambda b: b.turns.replay(ID),
    "drop": lambda b: drops.drop(b.client, ID, by="somebody", why="because"),
    "undo": lambda b: undos.ask(b.client, b.event, by="somebody", now_ms=b.clock.ms),
    "restore": Bench.restore,
    "sweep": lambda b: sweep(b.inbox, "worker", worker_silent_s=60),
}
#: scripts that know nothing of events
OF_OTHERS = frozenset(
    [
        *("answered", "correct", "enlist", "failed", "hold", "keep", "knock", "look", "outdate"),
        *("remember", "sign", "signed", "spend", "trouble", "unsigned", "watch"),
    ]
)
