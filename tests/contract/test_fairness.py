"""No workspace starves another: whose turn it is, whatever waits in another, and whatever is wrong
there."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from redis.exceptions import ResponseError

from deploy.local.redis_server import RedisServer
from tests.contract.several import BELL, deliveries, enlist, rounds_of, store
from tests.contract.turnsofseats import Process, pile
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.origin import Sign
from webhooks.store.rounds import InForce
from workers.seats import Seats

THREE = ("acme", "globex", "initech")


def test_a_single_event_is_claimed_next_though_ten_thousand_wait_in_another(
    client: Client,
) -> None:
    pile(client, "acme", 10_000)
    process = Process(client, THREE)
    process.served(5)
    pile(client, "initech", 1)

    found = process.served(2)

    assert found == ["initech", "acme"]


def test_workspaces_get_equal_turns_whatever_waits_in_each(client: Client) -> None:
    for name, many in zip(THREE, (3_000, 300, 40), strict=True):
        pile(client, name, many)
    process = Process(client, THREE)

    found = process.served(12)

    assert Counter(found) == dict.fromkeys(THREE, 4)
    assert all(one != next_ for one, next_ in pairwise(found))


def test_the_more_workspaces_wait_the_fewer_events_are_taken_at_once(client: Client) -> None:
    for name in THREE:
        pile(client, name, 200)

    taken = {names: len(Process(client, names, slots=1).claim()[1]) for names in (THREE[:1], THREE)}

    assert taken == {THREE[:1]: 16, THREE: 6}  # a third, and no event less


def test_who_has_nothing_due_costs_no_turn(client: Client) -> None:
    pile(client, "globex", 3)

    assert Process(client, THREE).served(4) == ["globex"] * 3 + ["nothing"]


@pytest.mark.parametrize(
    ("places", "slots", "most"),
    [(1, 1, 1), (1, 8, 8), (2, 1, 1), (2, 2, 1), (2, 4, 3), (2, 8, 6), (100, 8, 6), (3, 256, 192)],
)
def test_no_workspace_of_several_has_more_than_three_quarters_of_the_slots(
    places: int, slots: int, most: int
) -> None:
    seats = Seats(places, slots)

    while 0 in seats.order():
        seats.take(0)

    assert seats._held[0] == most
    assert seats.order() == list(range(1, places))
    seats.leave(0)
    assert 0 in seats.order()


def test_who_holds_its_slots_is_passed_over_and_comes_back(client: Client) -> None:
    pile(client, "acme", 100)
    process = Process(client, THREE, slots=4)

    held = [process.claim()[0] for _ in range(4)]
    process.leave("acme")
    back = process.claim()[0]

    assert held == ["acme", "acme", "acme", "nothing"]
    assert back == "acme"


def test_a_claim_that_redis_refuses_holds_no_slot(client: Client) -> None:
    process = Process(client, THREE)
    client.set(keys.WORKERS, "somebody else's")

    for _ in range(20):
        with pytest.raises(ResponseError):
            process.claim()

    client.delete(keys.WORKERS)
    pile(client, "acme", 1)
    assert process.claim()[0] == "acme"


@pytest.mark.parametrize(
    "spoilt", ["due", "waiting", "settled", "failed", "paused", "budget:awork"]
)
def test_one_whose_keys_are_overwritten_keeps_no_other_from_its_turn(
    client: Client, spoilt: str
) -> None:
    for name in THREE:
        pile(client, name, 5)
    client.delete(f"hookwork:@acme:{spoilt}")
    client.set(f"hookwork:@acme:{spoilt}", "somebody else's")

    found = Process(client, THREE).served(10)

    assert Counter(found) == {"globex": 5, "initech": 5}


def test_when_only_the_overwritten_one_has_work_the_claim_says_what_is_wrong(
    client: Client,
) -> None:
    pile(client, "acme", 1)
    client.delete("hookwork:@acme:waiting")
    client.set("hookwork:@acme:waiting", "somebody else's")

    with pytest.raises(ResponseError, match="hookwork:@acme:waiting is a string"):
        Process(client, THREE).claim()


def test_signs_of_life_are_given_for_all_but_the_overwritten_one(client: Client) -> None:
    client.set("hookwork:@globex:rules", "somebody else's")
    rounds = rounds_of(client, *THREE)

    signs = rounds.enlist("w1", bell=BELL, rules=[InForce("h", ["plan"])] * 3)

    assert [isinstance(one, Sign) for one in signs] == [True, False, True]
    assert "hookwork:@globex:rules is a string" in str(signs[1])
    assert client.zrange(keys.WORKERS, 0, -1) == [b"w1"]


@pytest.mark.parametrize("name", ["", *THREE])
def test_work_in_any_workspace_rings(server: RedisServer, client: Client, name: str) -> None:
    client.set(keys.BELL, BELL)

    store(server.url, deliveries(name, 1))

    assert client.llen(keys.QUEUE) == 1


@pytest.mark.parametrize("name", ["", *THREE])
def test_work_in_any_workspace_is_swept_for(client: Client, name: str) -> None:
    client.set(keys.BELL, BELL)
    pile(client, name, 1)

    swept = rounds_of(client, "", *THREE).sweep("w1", worker_silent_s=10)

    assert (swept.rang, swept.due) == (True, 1)
    assert swept.overdue_ms > 1_000


def test_the_overwritten_one_is_swept_past(client: Client) -> None:
    client.set(keys.BELL, BELL)
    client.set("hookwork:@acme:due", "somebody else's")
    client.zadd(Keys("initech").settled, {"old": 1})
    pile(client, "globex", 1)

    swept = rounds_of(client, *THREE).sweep("w1", worker_silent_s=10)

    assert (swept.rang, swept.due) == (True, 1)
    assert client.zcard(Keys("initech").settled) == 0


def test_a_claim_rings_for_what_is_due_in_another_workspace(client: Client) -> None:
    client.set(keys.BELL, BELL)
    pile(client, "acme", 1)
    pile(client, "globex", 1)
    process = Process(client, THREE)

    process.claim()
    after_first = client.llen(keys.QUEUE)
    client.delete(keys.QUEUE)
    process.claim()

    assert (after_first, client.llen(keys.QUEUE)) == (1, 0)


def test_nobody_is_woken_for_a_workspace_that_no_worker_has_rules_for(client: Client) -> None:
    """Else all of them are, each second, for as long as its rules cannot be loaded."""
    rounds = rounds_of(client, "acme", "globex")
    lacking, loaded = InForce("", (), "rules.yaml:1: wrong"), InForce("h", ["plan"])
    enlist(rounds, "w1", lacking, loaded)
    pile(client, "acme", 1)

    alone = rounds.sweep("w1", worker_silent_s=10)
    enlist(rounds, "w2", loaded, loaded)
    enlist(rounds, "w1", lacking, loaded)
    client.delete(keys.HOUSEKEEPER)
    with_another = rounds.sweep("w1", worker_silent_s=10)

    assert (alone.rang, alone.due, alone.overdue_ms) == (False, 0, 0)
    assert (with_another.rang, with_another.due) == (True, 1)


def test_rules_of_dead_workers_are_forgotten_in_every_workspace(client: Client) -> None:
    """Also when the one who kept house as it died did not know of the workspace."""
    loaded = InForce("h", ["plan"])
    enlist(rounds_of(client, "acme", "globex"), "dead", loaded, loaded)
    client.zadd(keys.WORKERS, {"dead": 1})
    rounds_of(client, "acme").sweep("w1", worker_silent_s=10)
    client.delete(keys.HOUSEKEEPER)

    rounds_of(client, "acme", "globex").sweep("w2", worker_silent_s=10)

    assert client.zcard(keys.WORKERS) == 0
    assert not client.exists(Keys("acme").rule_workers, Keys("globex").rule_workers)


def test_two_processes_share_out_all_workspaces_and_claim_nothing_twice(client: Client) -> None:
    for name in THREE:
        pile(client, name, 40)
    client.zadd(keys.WORKERS, {"w1": 1, "w2": 1})
    both = [Process(client, THREE), Process(client, THREE)]

    claimed: dict[str, list[str]] = {name: [] for name in (*THREE, "nothing")}
    for turn in range(200):
        name, claims = both[turn % 2].claim()
        claimed[name] += [one.id for one in claims]
        if claims:
            both[turn % 2].finish(name, claims)

    assert {name: len(set(ids)) for name, ids in claimed.items()} == {
        **dict.fromkeys(THREE, 40),
        "nothing": 0,
    }
    assert all(len(ids) == len(set(ids)) for ids in claimed.values())
