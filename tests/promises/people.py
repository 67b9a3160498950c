"""What senders, people and time do to the store; the workers are in store_machine.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from deploy.local.redis_server import RedisServer
from tests.promises.hands import RETENTION_S, RULE, RULE_SETS, Hands, House
from tests.promises.moments import Moments
from tests.promises.stage import watched
from tests.promises.things import Mood, Things
from tests.stored import enlist
from tests.worker import Clock
from webhooks.event import Event, from_wire
from webhooks.store import keys, scripts, undos
from webhooks.store.delivery import Delivery, row
from webhooks.store.inbox import Claim, Inbox
from webhooks.store.reply import raw, text
from webhooks.store.turns import Turns

ENTITIES = ("t1", "t2", "t3")
PICK = st.integers(0, 20)
ENTITY = st.sampled_from(ENTITIES)
AT_US = st.integers(1, 9)
RULES = st.sampled_from(sorted(RULE_SETS))
MOODS: tuple[Mood, ...] = ("well", "well", "lost", "vanished", "busy", "refused")


@dataclass(frozen=True)
class Now:
    """What a worker meets."""

    #: passed since somebody last did something
    seconds: int = 0
    #: how many events are claimed, at the most
    limit: int = 0
    #: which of those that work goes on, and for how many steps
    pick: int = 0
    steps: int = 1
    mood: Mood = "well"
    lag_ms: int = 0


NOW = st.builds(
    Now,
    seconds=st.sampled_from([0, 0, 6, 61]),
    limit=st.integers(0, 3),
    pick=PICK,
    steps=st.sampled_from([1, 2, 3, 5, 9]),
    mood=st.sampled_from(MOODS),
    lag_ms=st.sampled_from([0, 4_000]),
)


class People(RuleBasedStateMachine):
    """A store, and what is done to it from outside."""

    server: ClassVar[RedisServer]

    @initialize(events=st.lists(st.tuples(ENTITY, AT_US), min_size=2, max_size=6), rules=RULES)
    def begin(self, events: list[tuple[str, int]], rules: str) -> None:
        client = watched(self.server, Moments())
        self.clock = client.clock = Clock()
        now_ms = lambda: self.clock.ms  # noqa: E731
        inbox = Inbox(client, retention_s=RETENTION_S)
        turns = Turns(client, clock_ms=now_ms)
        self.house = House(client, inbox, turns, Things(now_ms), now_ms)
        enlist(inbox, "worker", bell="@BELL@", rules_hash="h", rules=[RULE])
        self.client = client
        self.hands: list[Hands] = []
        #: every claim there ever was
        self.claims: list[Claim] = []
        #: every delivery that was taken
        self.taken: list[Event] = []
        #: lane -> unsettled events and their times; not those that were handed on to it
        self.lanes: dict[str, dict[str, int]] = {}
        #: lane -> the one that is begun and not settled
        self.begun: dict[str, str] = {}
        #: lane -> events in the order of their first claims
        self.order: dict[str, list[str]] = {}
        #: what was judged twice may write late, what was undone has nothing
        self.replayed: set[str] = set()
        self.undone: set[str] = set()
        self.house.rules = rules
        for entity, at_us in events:
            self.deliver(entity, at_us)

    @rule(entity=ENTITY, at_us=AT_US)
    def deliver(self, entity: str, at_us: int) -> None:
        ident = f"e{len(self.taken):03}"
        event = event_of(ident, entity, at_us, self.clock.ms)
        assert self._accept(event) == ident
        self.taken.append(event)
        self.lanes.setdefault(event.lane, {})[ident] = at_us

    @precondition(lambda self: self.taken)
    @rule(pick=PICK)
    def deliver_again_and_what_cannot_be_read(self, pick: int) -> None:
        event = self.taken[pick % len(self.taken)]

        assert self._accept(msgspec.structs.replace(event, id=f"again-{event.id}")) == event.id

        ident = f"unreadable-{pick}"
        unread = event_of(ident, ident, 1, self.clock.ms)
        assert self._accept(unread, unreadable="not-json") == ident

    def _accept(self, event: Event, unreadable: str = "") -> str:
        told = row(Delivery(event, unreadable=unreadable))
        (ident,) = scripts.run(self.client, "accept", "", keys.DEDUPE_S, RETENTION_S, *told)
        return str(ident.decode())

    @precondition(lambda self: self.client.zcard(keys.UNNAMED.settled))
    @rule(pick=PICK)
    def replay(self, pick: int) -> None:
        settled = self.client.zrange(keys.UNNAMED.settled, 0, -1)
        ident = text(settled[pick % len(settled)])
        for again in self.house.turns.replay(ident):
            assert again not in self.undone
            self._reopened(again)

    def _reopened(self, ident: str) -> None:
        head, text_of = self.client.hmget(keys.UNNAMED.event(ident), "head", "body")
        event = msgspec.structs.replace(from_wire(raw(head), raw(text_of)), id=ident)
        self.replayed.add(ident)
        if not event.rule:
            self.lanes.setdefault(event.lane, {})[ident] = event.occurred_us

    @precondition(lambda self: self.taken)
    @rule(pick=PICK)
    def undo(self, pick: int) -> None:
        run = self.taken[pick % len(self.taken)]
        asked = undos.ask(self.client, run, by="somebody", now_ms=self.clock.ms)
        if asked.how == "stored":
            ident = undos.id_of(run.id)
            self.lanes.setdefault(run.lane, {})[ident] = self.clock.ms * 1000
            self.undone |= {run.id, *self.house.turns.of(run.id).values()}

    @rule(rules=RULES, paused=st.booleans())
    def a_person_changes_rules(self, rules: str, paused: bool) -> None:
        self.house.rules = rules
        if paused:
            self.client.hset(keys.UNNAMED.paused, RULE, "by hand")
        else:
            self.client.hdel(keys.UNNAMED.paused, RULE)


def event_of(ident: str, entity: str, at_us: int, now_ms: int) -> Event:
    return Event(
        id=ident,
        source="awork",
        kind="task_updated",
        entity_id=entity,
        occurred_us=at_us,
        received_ms=now_ms,
        identity=f"identity-{ident}",
        body=b"{}",
    )
