"""Workers over the store and the ledger, whatever is done in whatever order; and what must be true.

Workers die or freeze anywhere, answers and bells are lost, runs are replayed and undone, rules
change, time passes. Every worker is the real store, ledger and effects, one step at a time.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.promises.hands import RETENTION_S, RULE, SAME, Hands, body, turn_of
from tests.promises.people import NOW, PICK, Now, People
from tests.promises.shelves import Shelves, changed, everything, look
from tests.stored import sweep
from webhooks.errors import LeaseLost
from webhooks.event import from_wire
from webhooks.store import keys
from webhooks.store.inbox import Claim
from workers.entries import Entry
from workers.ledger import StoredLedger


class StoreMachine(People):
    """What may happen, and what must be true after each of it."""

    # What workers do.

    @rule(now=NOW)
    def one_worker_works(self, now: Now) -> None:
        self._work(now)

    @rule(now=NOW)
    def another_works(self, now: Now) -> None:
        self._work(now)

    @rule(now=NOW)
    def a_third_works(self, now: Now) -> None:
        self._work(now)

    def _work(self, now: Now) -> None:
        """Some time later one claims, and one, perhaps another, goes on."""
        self.time_passes(now.seconds)
        if now.limit:
            self.claim(now.limit)
        if self.hands:
            self.go_on(self.hands[now.pick % len(self.hands)], now)

    def claim(self, limit: int) -> None:
        before = look(self.client)
        for claim in self.house.inbox.claim(limit, slots=1, now_ms=self.clock.ms):
            assert before.due[claim.lane] <= self.clock.ms
            self._claimed(claim, before)

    def _claimed(self, claim: Claim, before: Shelves) -> None:
        """It is the one that was begun, else the oldest by the sender's time."""
        mine = self.lanes.get(claim.lane)
        if mine is not None and claim.id in mine:
            oldest = min(mine, key=lambda ident: (mine[ident], ident))
            assert claim.id == self.begun.get(claim.lane, oldest)
        else:
            assert claim.id == next(iter(before.lanes[claim.lane]))
        for other in self.hands:
            assert other.claim.lane != claim.lane or other.safe_ms <= self.clock.ms
        self.begun[claim.lane] = claim.id
        first = self.order.setdefault(claim.lane, [])
        if claim.id not in first:
            first.append(claim.id)
        self.claims.append(claim)
        self.hands.append(Hands(self.house, claim))

    def go_on(self, one: Hands, now: Now) -> None:
        for _ in range(now.steps):
            if not one.puppet.is_over:
                self.house.things.mood, self.house.things.lag_ms = now.mood, now.lag_ms
                one.puppet.step()
                self.house.things.mood = "well"
        if one.puppet.is_over:
            self._over(one)

    def _over(self, one: Hands) -> None:
        self.hands.remove(one)
        if one.outcome in ("lost", "later"):
            return
        assert one.plan is not None
        lane, ident = one.claim.lane, one.claim.id
        del self.begun[lane]
        self.lanes.get(lane, {}).pop(ident, None)
        if one.outcome == "done":
            self._assert_made(ident, one.plan.writes)

    def _assert_made(self, ident: str, writes: tuple[str, ...]) -> None:
        things = self.house.things
        gone = {thing.id for thing in things.made if thing.is_gone}
        for name in writes:
            count = things.count(body(ident, name))
            assert name in gone or (count if name == SAME else count == 1), (ident, name)

    @precondition(lambda self: self.hands)
    @rule(pick=PICK, in_order=st.booleans())
    def end(self, pick: int, in_order: bool) -> None:
        """It dies; or it is told to end, and gives its event back."""
        one = self.hands.pop(pick % len(self.hands))
        one.puppet.cut()
        if in_order and look(self.client).holds(one.claim.id, one.claim.fence):
            self.house.inbox.defer(one.claim, delay_s=0, counts_as_try=False, now_ms=self.clock.ms)

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def a_claim_that_is_over_changes_nothing(self, pick: int) -> None:
        claim = self.claims[pick % len(self.claims)]
        if look(self.client).holds(claim.id, claim.fence):
            return
        # It ends by itself, by Redis's own clock, and would be missed.
        self.client.delete(keys.HOUSEKEEPER)
        before = everything(self.client)
        for attempt in self._attempts(claim):
            with pytest.raises(LeaseLost):
                attempt()
        assert changed(before, everything(self.client)) == {}

    def _attempts(self, claim: Claim) -> list[Any]:
        inbox, now_ms = self.house.inbox, self.clock.ms
        ledger = StoredLedger(self.client, claim, retention_s=RETENTION_S)
        entry = Entry(method="POST", path="/things", begun_ms=now_ms)
        event = msgspec.structs.replace(from_wire(claim.head, claim.body), id=claim.id)
        # Nothing is returned by it, because whoever lost the event has nothing to do with it.
        ledger.withdraw("rule/act/a", entry, rule=RULE)
        return [
            lambda: inbox.renew(claim, plan=b"{}", now_ms=now_ms),
            lambda: inbox.defer(claim, delay_s=0, now_ms=now_ms),
            lambda: inbox.finish(claim, outcome="done", run=b"{}", now_ms=now_ms),
            lambda: self.house.turns.hand_on(claim, turn_of(event, "k")),
            lambda: ledger.begin("rule/act/new", entry, rule=RULE, writes_per_hour=9),
            lambda: ledger.adopt("rule/act/new", entry),
            lambda: ledger.refused("rule/act/new", entry),
            lambda: ledger.looked("rule/act/new", entry),
            ledger.hold,
            lambda: ledger.decide("plan", b"{}"),
        ]

    # What happens to everybody.

    @rule(seconds=st.sampled_from([1, 6, 25, 61, 400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)
        for one in list(self.hands):
            # The one case that is named: frozen longer than a lease between check and sending.
            if one.puppet.at == "send" and one.safe_ms <= self.clock.ms:
                one.puppet.cut()
                self.hands.remove(one)

    @rule(bells=st.booleans(), scripts_too=st.booleans())
    def redis_forgets(self, bells: bool, scripts_too: bool) -> None:
        if bells:
            self.client.delete(keys.QUEUE)
        if scripts_too:
            self.client.script_flush()
        self.sweep()

    def sweep(self) -> None:
        """Whatever is due is rung for."""
        self.client.delete(keys.HOUSEKEEPER)
        swept = sweep(self.house.inbox, "worker", worker_silent_s=10**7, now_ms=self.clock.ms)
        assert not swept.due or self.client.llen(keys.QUEUE)

    # What must be true.

    @invariant()
    def all_is_well(self) -> None:
        self.everything_is_in_its_place()
        self.nothing_is_made_twice()
        self.what_is_on_record_as_done_is_there()
        self.first_effects_come_in_the_order_of_the_events()

    def everything_is_in_its_place(self) -> None:
        shelves = look(self.client)
        shelves.check()
        assert {event.id for event in self.taken} <= shelves.events.keys()
        holders: dict[str, Hands] = {}
        for one in self.hands:
            if shelves.holds(one.claim.id, one.claim.fence):
                assert one.claim.lane not in holders
                holders[one.claim.lane] = one
        for lane, one in holders.items():
            assert shelves.due[lane] == one.safe_ms, f"{lane}: the lease ends another time"

    def nothing_is_made_twice(self) -> None:
        bodies = Counter(tuple(thing.body.values()) for thing in self.house.things.made)
        same = bodies.pop((SAME,), 0)
        assert set(bodies.values()) <= {1}
        ledgers = self.client.keys(keys.UNNAMED.ledger("*"))
        assert same <= sum(self.client.hexists(key, f"rule/act/{SAME}") for key in ledgers)

    def what_is_on_record_as_done_is_there(self) -> None:
        """And is nobody else's."""
        ledgers = [self.client.hvals(key) for key in self.client.keys(keys.UNNAMED.ledger("*"))]
        done = [stored[1:] for ledger in ledgers for stored in ledger if stored[:1] == b"d"]
        made = Counter(msgspec.json.decode(entry).get("made", "") for entry in done)
        del made[""]
        assert made.keys() <= {thing.id for thing in self.house.things.made}
        assert set(made.values()) <= {1}

    def first_effects_come_in_the_order_of_the_events(self) -> None:
        made = list(dict.fromkeys(thing.body.get("event") for thing in self.house.things.made))
        for events in self.order.values():
            of_lane = [ident for ident in made if ident in events and ident not in self.replayed]
            assert of_lane == [ident for ident in events if ident in of_lane]

    def teardown(self) -> None:
        """One honest worker, and everything is done."""
        if not hasattr(self, "house"):
            return
        for one in self.hands:
            one.puppet.cut()
        self.hands.clear()
        self.client.hdel(keys.UNNAMED.paused, RULE)
        for _ in range(1000):
            self.sweep()
            if self.client.lpop(keys.QUEUE):
                self.claim(16)
                for one in list(self.hands):
                    self.go_on(one, Now(steps=100))
            elif due := look(self.client).due:
                wait_ms = max(0, min(due.values()) - self.clock.ms)
                self.clock.forward(seconds=wait_ms / 1000 + 0.001)
            else:
                break
            self.all_is_well()
        assert not look(self.client).waiting
        self.client.close()
