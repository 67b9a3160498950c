"""Turns on a real Redis: events that one rule takes into a line of its own, at the test's clock."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from deploy.local.redis_server import RedisServer
from tests.stored import RETENTION_S, accept, event
from webhooks.errors import LeaseLost
from webhooks.event import Event
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox
from webhooks.store.turns import Change, HandedOn, Turns

#: far ahead of Redis's clock, at which the events of these tests are accepted
NOW_MS = 4_000_000_000_000
LINE = "turn:r:k"


@dataclass
class Store:
    """Inbox and turns at one clock that the test sets."""

    server: RedisServer
    client: Client
    now_ms: int = NOW_MS

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.client, retention_s=RETENTION_S)

    @property
    def turns(self) -> Turns:
        return Turns(self.client, clock_ms=lambda: self.now_ms)

    def arrived(self, name: str, *, entity: str = "t1", at_us: int = 1) -> Claim:
        """An event that has just been accepted and claimed."""
        accept(self.server.url, event(name, entity=entity, at_us=at_us))
        # Accepted at Redis's clock, it is due long before any turn.
        (claim,) = self.inbox.claim(1, now_ms=self.now_ms)
        return claim

    def claims(self) -> list[Claim]:
        return self.inbox.claim(10, now_ms=self.now_ms)

    def finish(self, claim: Claim) -> None:
        self.inbox.finish(claim, outcome="done", run=b"{}", now_ms=self.now_ms)

    def hand_on(
        self,
        name: str,
        *,
        entity: str = "t1",
        at_us: int = 1,
        line: str = LINE,
        settle_s: int = 0,
        at_most_s: int = 0,
        changes: tuple[Change, ...] = (),
        join_only: bool = False,
    ) -> HandedOn | None:
        """An event that arrives, is handed on and settled."""
        claim = self.arrived(name, entity=entity, at_us=at_us)
        handed = self.turns.hand_on(
            claim,
            turn(name, entity=entity, at_us=at_us, line=line),
            changes=changes,
            settle_s=settle_s,
            settle_at_most_s=at_most_s,
            join_only=join_only,
        )
        self.finish(claim)
        return handed


def turn(name: str, *, entity: str = "t1", at_us: int = 1, line: str = LINE) -> Event:
    """The event of that name as a turn of rule r."""
    of = event(name, entity=entity, at_us=at_us, body=b'{"of": "%s"}' % name.encode())
    return replace(of, id=f"id-{name}.r", rule="r", line=line)


@pytest.fixture
def store(server: RedisServer, client: Client) -> Store:
    return Store(server, client)


def test_a_turn_is_an_event_of_its_own_in_the_line_of_its_rule_and_key(store: Store) -> None:
    handed = store.hand_on("a")

    assert handed == HandedOn("id-a.r", "new")
    (claim,) = store.claims()
    assert (claim.id, claim.lane, claim.body) == ("id-a.r", LINE, b'{"of": "a"}')


def test_turns_with_one_key_never_overlap_and_keep_the_order_of_their_events(
    store: Store,
) -> None:
    for name, at_us in (("c", 3), ("a", 1), ("b", 2)):
        store.hand_on(name, entity=name, at_us=at_us)

    order = []
    while claims := store.claims():
        assert len(claims) == 1
        order.append(claims[0].id)
        store.finish(claims[0])

    assert order == ["id-a.r", "id-b.r", "id-c.r"]


def test_turns_with_other_keys_do_not_wait_for_each_other(store: Store) -> None:
    store.hand_on("a", entity="x", line="turn:r:one")
    store.hand_on("b", entity="y", line="turn:r:two")

    assert len(store.claims()) == 2


def test_a_turn_waits_behind_one_that_is_tried_again(store: Store) -> None:
    store.hand_on("a", entity="x", at_us=1)
    (first,) = store.claims()
    store.inbox.defer(first, delay_s=60, now_ms=store.now_ms)
    store.hand_on("b", entity="y", at_us=2)

    assert store.claims() == []
    store.now_ms += 60_000
    (again,) = store.claims()
    assert again.id == "id-a.r"


def test_a_settling_turn_waits_until_nothing_came_for_that_long(store: Store) -> None:
    store.hand_on("a", settle_s=20, at_most_s=120)
    store.now_ms += 19_999
    early = store.claims()
    store.now_ms += 1
    (claim,) = store.claims()

    assert early == []
    assert claim.id == "id-a.r"


def test_what_comes_meanwhile_joins_and_the_newest_wins(store: Store) -> None:
    store.hand_on("a", at_us=1, settle_s=20, at_most_s=120)
    store.now_ms += 10_000
    joined = store.hand_on("b", at_us=2, settle_s=20, at_most_s=120)
    store.now_ms += 19_999
    early = store.claims()
    store.now_ms += 1
    (claim,) = store.claims()

    assert joined == HandedOn("id-a.r", "joined")
    assert early == []
    assert (claim.id, claim.body) == ("id-a.r", b'{"of": "b"}')


def test_an_older_event_that_joins_late_does_not_win(store: Store) -> None:
    store.hand_on("new", at_us=2, settle_s=20, at_most_s=120)
    store.hand_on("old", at_us=1, settle_s=20, at_most_s=120)
    store.now_ms += 20_000

    (claim,) = store.claims()

    assert claim.body == b'{"of": "new"}'


def test_nothing_waits_past_settle_at_most(store: Store) -> None:
    store.hand_on("e0", at_us=0, settle_s=20, at_most_s=60)
    begun = store.now_ms
    for number in range(1, 6):
        store.now_ms += 10_000
        store.hand_on(f"e{number}", at_us=number, settle_s=20, at_most_s=60)
        assert store.claims() == []
    store.now_ms = begun + 59_999
    early = store.claims()
    store.now_ms += 1

    (claim,) = store.claims()

    assert early == []
    assert claim.body == b'{"of": "e5"}'


def test_a_claimed_turn_gathers_no_more(store: Store) -> None:
    store.hand_on("a", at_us=1, settle_s=20, at_most_s=60)
    store.now_ms += 20_000
    (first,) = store.claims()
    handed = store.hand_on("b", at_us=2, settle_s=20, at_most_s=60)
    store.now_ms += 20_000
    while_at_work = store.claims()
    store.finish(first)

    (second,) = store.claims()

    assert handed == HandedOn("id-b.r", "new")
    assert while_at_work == []
    assert second.id == "id-b.r"


def test_the_next_turn_of_a_line_is_not_due_before_its_own_time(store: Store) -> None:
    store.hand_on("a", at_us=1, settle_s=20, at_most_s=60)
    store.now_ms += 20_000
    (first,) = store.claims()
    store.hand_on("b", at_us=2, settle_s=20, at_most_s=60)
    store.finish(first)
    store.now_ms += 19_999
    early = store.claims()
    store.now_ms += 1

    assert early == []
    assert [claim.id for claim in store.claims()] == ["id-b.r"]


def test_changes_add_up_from_the_first_old_value_to_the_last_new_one(store: Store) -> None:
    for at_us, change in enumerate(
        [("DueOn", "mon", "tue"), ("Name", None, "N"), ("DueOn", "tue", "wed")]
    ):
        store.hand_on(f"e{at_us}", at_us=at_us, changes=(change,), settle_s=20, at_most_s=60)

    assert sorted(store.turns.gathered("id-e0.r")) == [("DueOn", "mon", "wed"), ("Name", None, "N")]


def test_changes_of_an_event_that_comes_late_stand_before_the_others(store: Store) -> None:
    store.hand_on("b", at_us=2, changes=(("DueOn", "tue", "wed"),), settle_s=20, at_most_s=60)
    store.hand_on("a", at_us=1, changes=(("DueOn", "mon", "tue"),), settle_s=20, at_most_s=60)

    assert store.turns.gathered("id-b.r") == [("DueOn", "mon", "wed")]


def test_changes_add_up_in_whatever_order_the_events_come(store: Store) -> None:
    told = {
        1: [("DueOn", "mon", "tue"), ("Name", "A", "B")],
        3: [("DueOn", "wed", "thu")],
        2: [("DueOn", "tue", "wed"), ("Name", "B", "C")],
    }
    for at_us, changes in told.items():
        store.hand_on(f"e{at_us}", at_us=at_us, changes=tuple(changes), settle_s=20, at_most_s=60)

    assert sorted(store.turns.gathered("id-e1.r")) == [("DueOn", "mon", "thu"), ("Name", "A", "C")]


def test_a_turn_that_settles_is_not_late_before_its_own_time(store: Store) -> None:
    store.hand_on("a", settle_s=20, at_most_s=60)

    assert store.client.zscore(keys.UNNAMED.waiting, "id-a.r") == store.now_ms + 20_000


def test_a_turn_that_is_on_record_is_not_entered_again(store: Store) -> None:
    entered = store.turns.enter([turn("a")])
    (claim,) = store.claims()
    store.finish(claim)

    assert entered == ["stored"]
    assert store.turns.enter([turn("a")]) == ["known"]
    assert store.claims() == []


@pytest.mark.parametrize("key", [keys.UNNAMED.lane("r:a"), f"{keys.PREFIX}item:r:awork:a"])
def test_an_item_whose_line_was_overwritten_takes_no_others_turn(store: Store, key: str) -> None:
    store.client.hset(key, "somebody", "else's")

    entered = store.turns.enter([turn(name, entity=name, line=f"r:{name}") for name in "abc"])

    assert entered == ["spoilt", "stored", "stored"]
    assert [claim.id for claim in store.claims()] == ["id-b.r", "id-c.r"]
    assert not store.client.exists(keys.UNNAMED.event("id-a.r"))


def test_another_entity_with_the_same_key_wins_with_its_own_changes_only(store: Store) -> None:
    first = (("DueOn", "mon", "tue"),)
    store.hand_on("a", entity="x", at_us=1, changes=first, settle_s=20, at_most_s=60)
    second = (("Name", "A", "B"),)
    store.hand_on("b", entity="y", at_us=2, changes=second, settle_s=20, at_most_s=60)

    assert store.turns.gathered("id-a.r") == [("Name", "A", "B")]


def test_an_event_that_is_ruled_out_joins_only_what_waits_for_its_own_entity(
    store: Store,
) -> None:
    def joins(name: str, entity: str, at_us: int, *, only: bool) -> HandedOn | None:
        return store.hand_on(
            name, entity=entity, at_us=at_us, settle_s=20, at_most_s=60, join_only=only
        )

    nothing_waits = joins("a", "x", 1, only=True)
    joins("b", "x", 2, only=False)
    waits_for_another = joins("c", "y", 3, only=True)
    waits_for_it = joins("d", "x", 4, only=True)

    assert (nothing_waits, waits_for_another) == (None, None)
    assert waits_for_it == HandedOn("id-b.r", "joined")


def test_handing_on_twice_changes_nothing(store: Store) -> None:
    claim = store.arrived("a")
    store.turns.hand_on(claim, turn("a"), settle_s=20, settle_at_most_s=60)
    store.now_ms += 20_000
    (worked,) = store.claims()
    store.finish(worked)

    again = store.turns.hand_on(claim, turn("a"), settle_s=20, settle_at_most_s=60)

    assert again == HandedOn("id-a.r", "known")
    store.finish(claim)
    assert store.claims() == []


def test_who_lost_the_event_hands_nothing_on(store: Store) -> None:
    claim = store.arrived("a")
    store.now_ms += 60_000
    store.claims()

    with pytest.raises(LeaseLost):
        store.turns.hand_on(claim, turn("a"))

    assert store.client.exists(keys.UNNAMED.event("id-a.r")) == 0


def test_a_replayed_event_and_its_turns_are_due_again(store: Store) -> None:
    store.hand_on("a")
    (claim,) = store.claims()
    store.finish(claim)

    again = store.turns.replay("id-a")

    assert again == ["id-a", "id-a.r"]
    assert sorted(claim.id for claim in store.claims()) == ["id-a", "id-a.r"]
    assert store.turns.of("id-a") == {"r": "id-a.r"}


def test_what_is_not_settled_is_not_replayed(store: Store) -> None:
    store.arrived("a")

    assert store.turns.replay("id-a") == []
    assert store.turns.replay("unknown") == []


def test_a_replayed_turn_gathers_no_more(store: Store) -> None:
    store.hand_on("a", at_us=1, settle_s=20, at_most_s=60)
    store.now_ms += 20_000
    (claim,) = store.claims()
    store.finish(claim)
    store.turns.replay("id-a.r")

    handed = store.hand_on("b", at_us=2, settle_s=20, at_most_s=60)

    assert handed == HandedOn("id-b.r", "new")


def test_the_first_has_the_window_until_it_ends(store: Store) -> None:
    holders = [
        store.turns.take_window("r", "values", time_s=600, by=name) for name in ("a", "b", "a")
    ]
    other_values = store.turns.take_window("r", "others", time_s=600, by="b")
    store.client.delete(keys.UNNAMED.once("r", "values"))

    assert holders == ["a", "a", "a"]
    assert other_values == "b"
    assert store.turns.take_window("r", "values", time_s=600, by="b") == "b"


def test_what_was_seen_of_an_entity_is_told_to_the_next_event(store: Store) -> None:
    before = store.turns.seen("awork:t1", ["dueOn"])
    claim = store.arrived("a")
    seen = {"dueOn": b'"mon"', "name": b"null"}
    store.inbox.finish(claim, outcome="done", run=b"{}", seen=seen, seen_of=claim.lane)

    assert before is None
    assert store.turns.seen("awork:t1", ["dueOn", "name"]) == {"dueOn": "mon", "name": None}
    assert 0 < store.client.ttl(keys.UNNAMED.seen("awork:t1")) <= RETENTION_S
