"""The inbox on a real Redis: who works on what, in which order, and for how long."""

from __future__ import annotations

import pytest

from deploy.local.redis_server import RedisServer
from tests.stored import RETENTION_S, accept, enlist, event, sweep
from webhooks.errors import LeaseLost
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox

#: far ahead of Redis's clock, at which the events of these tests are accepted
NOW_MS = 4_000_000_000_000


@pytest.fixture
def inbox(client: Client) -> Inbox:
    return Inbox(client, retention_s=RETENTION_S)


def claim(inbox: Inbox, limit: int = 10, now_ms: int = NOW_MS) -> list[Claim]:
    return inbox.claim(limit, lease_s=60, now_ms=now_ms)


def ids(claims: list[Claim]) -> list[str]:
    return [one.id for one in claims]


def finish(inbox: Inbox, held: Claim, now_ms: int = NOW_MS) -> None:
    inbox.finish(held, outcome="done", run=b"{}", now_ms=now_ms)


def test_a_claimed_event_is_nobody_elses_until_the_lease_ends(
    server: RedisServer, inbox: Inbox
) -> None:
    accept(server.url, event("a", body=b"body"))

    (mine,) = claim(inbox)

    assert (mine.id, mine.lane, mine.fence, mine.body) == ("id-a", "awork:t1", 1, b"body")
    assert claim(inbox, now_ms=NOW_MS + 59_999) == []
    (theirs,) = claim(inbox, now_ms=NOW_MS + 60_000)
    assert (theirs.id, theirs.fence) == ("id-a", 2)


def test_events_of_one_entity_are_claimed_one_at_a_time_in_their_own_order(
    server: RedisServer, inbox: Inbox
) -> None:
    accept(server.url, event("late", at_us=3), event("early", at_us=1), event("mid", at_us=2))

    order = []
    while held := claim(inbox):
        order += ids(held)
        finish(inbox, held[0])

    assert order == ["id-early", "id-mid", "id-late"]


def test_events_of_different_entities_do_not_wait_for_each_other(
    server: RedisServer, inbox: Inbox
) -> None:
    accept(server.url, event("a", entity="t1"), event("b", entity="t2"))

    assert sorted(ids(claim(inbox))) == ["id-a", "id-b"]


def test_what_is_due_is_shared_out_over_all_slots(server: RedisServer, inbox: Inbox) -> None:
    accept(server.url, *(event(f"{n}", entity=f"t{n}") for n in range(8)))
    enlist(inbox, "w1", bell="", rules_hash="h", rules=["plan"], now_ms=NOW_MS)
    enlist(inbox, "w2", bell="", rules_hash="h", rules=["plan"], now_ms=NOW_MS)

    # 8 due, 2 workers with 2 slots each: 2 for each slot
    assert len(inbox.claim(16, slots=2, now_ms=NOW_MS)) == 2


def test_one_bell_wakes_as_many_workers_as_are_needed(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, *(event(f"{n}", entity=f"t{n}") for n in range(3)))
    client.set(keys.BELL, "@BELL@")

    claim(inbox, limit=2)
    rung_while_more_is_due = client.llen(keys.QUEUE)
    client.delete(keys.QUEUE)
    claim(inbox, limit=2)

    assert rung_while_more_is_due == 1
    assert client.llen(keys.QUEUE) == 0


def test_a_deferred_event_is_due_again_later_and_holds_up_its_lane(
    server: RedisServer, inbox: Inbox
) -> None:
    accept(server.url, event("a", at_us=1), event("b", at_us=2))
    (held,) = claim(inbox)

    inbox.defer(held, delay_s=30, run=b"tried", now_ms=NOW_MS)

    assert claim(inbox, now_ms=NOW_MS + 29_999) == []
    (again,) = claim(inbox, now_ms=NOW_MS + 30_000)
    assert (again.id, again.attempt, again.run, again.orphaned) == ("id-a", 1, b"tried", 0)


def test_claims_that_nobody_gave_back_are_counted(server: RedisServer, inbox: Inbox) -> None:
    accept(server.url, event("a"))

    orphaned = [claim(inbox, now_ms=NOW_MS + n * 60_000)[0].orphaned for n in range(3)]

    assert orphaned == [0, 1, 2]


def test_a_settled_event_is_kept_for_its_retention_and_frees_everything_else(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, event("a"))
    client.hset(keys.UNNAMED.ledger("id-a"), "effect", "d{}")
    (held,) = claim(inbox)

    finish(inbox, held)

    assert claim(inbox, now_ms=NOW_MS + 10**9) == []
    assert client.hget(keys.UNNAMED.event("id-a"), "outcome") == b"done"
    for key in (keys.UNNAMED.event("id-a"), keys.UNNAMED.ledger("id-a")):
        assert RETENTION_S - 60 < client.ttl(key) <= RETENTION_S
    assert not client.exists(keys.UNNAMED.due, keys.UNNAMED.waiting, keys.PREFIX + "lane:awork:t1")
    assert client.zrange(keys.UNNAMED.settled, 0, -1) == [b"id-a"]


def test_whoever_lost_the_lease_changes_nothing(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, event("a"))
    (slow,) = claim(inbox)
    (quick,) = claim(inbox, now_ms=NOW_MS + 60_000)

    with pytest.raises(LeaseLost):
        finish(inbox, slow)
    with pytest.raises(LeaseLost):
        inbox.defer(slow, delay_s=0, now_ms=NOW_MS)
    with pytest.raises(LeaseLost):
        inbox.renew(slow, plan=b"plan", now_ms=NOW_MS)

    assert client.hget(keys.UNNAMED.event("id-a"), "plan") is None
    finish(inbox, quick)
    with pytest.raises(LeaseLost):
        finish(inbox, quick)


def test_a_plan_is_kept_in_place_of_an_earlier_one(server: RedisServer, inbox: Inbox) -> None:
    accept(server.url, event("a"))
    (held,) = claim(inbox)

    inbox.renew(held, plan=b"first", now_ms=NOW_MS)
    inbox.renew(held, plan=b"second", now_ms=NOW_MS)
    inbox.defer(held, delay_s=0, now_ms=NOW_MS)

    assert claim(inbox)[0].plan == b"second"


def test_a_renewed_lease_lasts_from_then_on(server: RedisServer, inbox: Inbox) -> None:
    accept(server.url, event("a"))
    (held,) = claim(inbox)

    inbox.renew(held, lease_s=60, now_ms=NOW_MS + 50_000)

    assert claim(inbox, now_ms=NOW_MS + 109_999) == []
    assert ids(claim(inbox, now_ms=NOW_MS + 110_000)) == ["id-a"]


def test_the_sweep_rings_for_what_is_due_and_unclaimed(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, event("a"))
    client.set(keys.BELL, "@BELL@")

    first = sweep(inbox, "w", worker_silent_s=10, now_ms=NOW_MS)
    client.delete(keys.HOUSEKEEPER)
    second = sweep(inbox, "w", worker_silent_s=10, now_ms=NOW_MS)

    assert (first.rang, first.due) == (True, 1)
    # A bell is waiting already: a sweep without anyone to hear it does not pile them up.
    assert (second.rang, second.due) == (False, 1)
    assert client.llen(keys.QUEUE) == 1


def test_one_worker_keeps_house_at_a_time_and_the_others_only_look(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, event("a"))
    client.set(keys.BELL, "@BELL@")

    swept = [sweep(inbox, worker, worker_silent_s=10, now_ms=NOW_MS) for worker in ("w1", "w2")]

    assert [one.rang for one in swept] == [True, False]
    assert [one.due for one in swept] == [1, 1]
    assert client.get(keys.HOUSEKEEPER) == b"w1"


def test_the_sweep_is_silent_when_nothing_is_due(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    client.set(keys.BELL, "@BELL@")
    accept(server.url, event("a"))
    client.delete(keys.QUEUE)
    claim(inbox)

    assert not sweep(inbox, "w", worker_silent_s=10, now_ms=NOW_MS).rang


def test_the_sweep_forgets_silent_workers(client: Client, inbox: Inbox) -> None:
    enlist(inbox, "silent", bell="b", rules_hash="h", rules=["plan"], now_ms=NOW_MS - 10_001)
    enlist(inbox, "alive", bell="b", rules_hash="h", rules=["plan"], now_ms=NOW_MS - 9_000)

    sweep(inbox, "w", worker_silent_s=10, now_ms=NOW_MS)

    assert client.zrange(keys.WORKERS, 0, -1) == [b"alive"]


def test_the_sweep_trims_lists_to_the_retention(client: Client, inbox: Inbox) -> None:
    old = NOW_MS - RETENTION_S * 1000
    for key in (keys.UNNAMED.settled, keys.UNNAMED.failed, keys.UNNAMED.quarantine):
        client.zadd(key, {"old": old, "new": old + 1})

    sweep(inbox, "w", worker_silent_s=10, now_ms=NOW_MS)

    for key in (keys.UNNAMED.settled, keys.UNNAMED.failed, keys.UNNAMED.quarantine):
        assert client.zrange(key, 0, -1) == [b"new"]


def test_an_event_whose_record_vanished_does_not_stop_its_lane(
    server: RedisServer, client: Client, inbox: Inbox
) -> None:
    accept(server.url, event("a", at_us=1), event("b", at_us=2))
    client.delete(keys.UNNAMED.event("id-a"))

    assert claim(inbox) == []
    assert ids(claim(inbox)) == ["id-b"]
    assert client.hget(keys.UNNAMED.counts, "vanished") == b"1"


def test_an_event_that_arrives_for_a_leased_lane_waits_for_it(
    server: RedisServer, inbox: Inbox
) -> None:
    accept(server.url, event("a", at_us=1))
    (held,) = claim(inbox)

    accept(server.url, event("b", at_us=2))

    assert claim(inbox, now_ms=NOW_MS + 1) == []
    finish(inbox, held)
    assert ids(claim(inbox)) == ["id-b"]
