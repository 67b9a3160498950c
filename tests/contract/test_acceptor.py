"""Accepting, on a real Redis: one round trip, all or nothing, the first id wins."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from msgspec.structs import replace
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from deploy.local.redis_server import RedisServer
from tests.stored import RETENTION_S, accept, deliver, event
from webhooks.errors import StorageUnavailable
from webhooks.store import keys
from webhooks.store.acceptor import Accepted, Acceptor, Delivery
from webhooks.store.client import AsyncClient, Client

BELL = '{"properties": {"delivery_tag": "@BELL@"}, "id": "@BELL@"}'


def test_an_accepted_event_is_stored_due_and_rung_for(server: RedisServer, client: Client) -> None:
    client.set(keys.BELL, BELL)

    accepted = accept(server.url, event("a", body=b"the body"))

    assert accepted == [Accepted("id-a", "accepted")]
    assert client.hget(keys.UNNAMED.event("id-a"), "body") == b"the body"
    assert client.zrange(keys.UNNAMED.due, 0, -1) == [b"awork:t1"]
    assert client.zrange(keys.PREFIX + "lane:awork:t1", 0, -1) == [b"id-a"]
    assert client.zrange(keys.UNNAMED.waiting, 0, -1) == [b"id-a"]
    assert client.lrange(keys.QUEUE, 0, -1) == [BELL.replace("@BELL@", "bell-1").encode()]


def test_a_repeated_delivery_is_answered_with_the_first_id_and_queues_nothing(
    server: RedisServer, client: Client
) -> None:
    again = Delivery(event("a", body=b"again"))
    second = Delivery(replace(again.event, id="id-b"))

    assert deliver(server.url, [again]) == [Accepted("id-a", "accepted")]
    client.delete(keys.QUEUE)
    assert deliver(server.url, [second, second]) == [Accepted("id-a", "duplicate")] * 2

    assert not client.exists(keys.UNNAMED.event("id-b"), keys.QUEUE)
    assert client.zcard(keys.UNNAMED.waiting) == 1


def test_the_same_delivery_many_times_at_once_is_one_event(
    server: RedisServer, client: Client
) -> None:
    same = [replace(event(f"{n}"), identity="one") for n in range(50)]

    accepted = accept(server.url, *same)

    assert sorted(a.status for a in accepted) == ["accepted"] + ["duplicate"] * 49
    assert len({a.id for a in accepted}) == 1
    assert client.zcard(keys.UNNAMED.waiting) == 1


def test_our_own_retry_after_a_lost_answer_is_no_duplicate(
    server: RedisServer, client: Client
) -> None:
    delivery = Delivery(event("a"))

    assert deliver(server.url, [delivery]) == deliver(server.url, [delivery])

    assert client.zcard(keys.UNNAMED.waiting) == 1


def test_a_delivery_is_known_for_seven_days(server: RedisServer, client: Client) -> None:
    accept(server.url, event("a"))

    left_s = client.ttl(keys.PREFIX + "delivery:identity-a")

    assert keys.DEDUPE_S - 60 < left_s <= keys.DEDUPE_S == 604_800


def test_an_unreadable_delivery_is_kept_and_wakes_nobody(
    server: RedisServer, client: Client
) -> None:
    client.set(keys.BELL, BELL)

    accepted = deliver(server.url, [Delivery(event("a", body=b"?"), unreadable="not-json")])

    assert accepted == [Accepted("id-a", "quarantined")]
    assert client.hmget(keys.UNNAMED.event("id-a"), "body", "reason") == [b"?", b"not-json"]
    assert client.zrange(keys.UNNAMED.quarantine, 0, -1) == [b"id-a"]
    assert RETENTION_S - 60 < client.ttl(keys.UNNAMED.event("id-a")) <= RETENTION_S
    assert not client.exists(keys.UNNAMED.due, keys.UNNAMED.waiting, keys.QUEUE)


def test_no_more_bells_wait_than_there_are_workers(server: RedisServer, client: Client) -> None:
    client.set(keys.BELL, BELL)
    client.zadd(keys.WORKERS, {"w1": 1, "w2": 1})

    for n in range(5):
        accept(server.url, event(f"{n}", entity=f"t{n}"))

    assert client.llen(keys.QUEUE) == 2


def test_before_the_first_worker_ever_started_nothing_is_rung_and_nothing_lost(
    server: RedisServer, client: Client
) -> None:
    accept(server.url, event("a"))

    assert not client.exists(keys.QUEUE)
    assert client.zcard(keys.UNNAMED.due) == 1


def test_an_event_costs_one_round_trip(server: RedisServer, client: Client) -> None:
    accept(server.url, event("warm-up"))
    before = _evalshas(client)

    accept(server.url, event("a", entity="other"))

    assert _evalshas(client) == before + 1


def test_what_arrives_together_leaves_together(server: RedisServer, client: Client) -> None:
    accept(server.url, event("warm-up"))
    before = _evalshas(client)

    accept(server.url, *(event(f"{n}", entity=f"t{n}") for n in range(100)))

    # The first leaves at once or with the rest; all others share one round trip.
    assert _evalshas(client) - before <= 2


def test_a_redis_that_was_restarted_has_the_script_again(
    server: RedisServer, client: Client
) -> None:
    accept(server.url, event("a"))
    client.script_flush()

    assert accept(server.url, event("b")) == [Accepted("id-b", "accepted")]


def test_a_redis_that_cannot_take_it_is_unavailable_after_the_patience_is_over() -> None:
    ticks = count(step=1)

    async def run() -> None:
        away = _away()
        acceptor = Acceptor(away, retention_s=1, patience_s=1, clock=lambda: float(next(ticks)))
        await acceptor.accept(Delivery(event("a")))

    with pytest.raises(StorageUnavailable, match="Redis did not take it"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("setting", "value", "back"), [("maxmemory", "1", "0"), ("min-replicas-to-write", "1", "0")]
)
def test_a_redis_that_refuses_writes_is_unavailable_and_nothing_is_half_stored(
    server: RedisServer, client: Client, setting: str, value: str, back: str
) -> None:
    ticks = count(step=1)

    async def run() -> None:
        refusing = AsyncClient.at(server.url)
        acceptor = Acceptor(refusing, retention_s=1, patience_s=1, clock=lambda: float(next(ticks)))
        try:
            await acceptor.accept(Delivery(event("a")))
        finally:
            await refusing.aclose()

    client.config_set(setting, value)
    try:
        with pytest.raises(StorageUnavailable):
            asyncio.run(run())
    finally:
        client.config_set(setting, back)

    assert client.keys("hookwork*") == []


def test_when_too_many_wait_the_next_is_refused_at_once() -> None:
    async def run() -> list[BaseException | Accepted]:
        away = _away()
        acceptor = Acceptor(away, retention_s=1, patience_s=0, waiting_room=2, clock=lambda: 0.0)
        waiting = [acceptor.accept(Delivery(event(f"{n}"))) for n in range(3)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = asyncio.run(run())

    assert [str(answer) for answer in answers][2] == "2 deliveries are waiting for Redis already"


def _away() -> AsyncClient:
    """A Redis that is not there; like the edge's client, this one does not retry by itself."""
    return AsyncClient(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))


def _evalshas(client: Client) -> int:
    stats = client.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {"calls": 0})["calls"])


def test_a_key_of_one_delivery_that_lies_keeps_none_of_the_others_waiting(
    server: RedisServer, client: Client
) -> None:
    client.set(keys.UNNAMED.lane("awork:spoilt"), "somebody else's")
    entities = ("t1", "spoilt", "t2")

    async def run() -> list[Accepted | BaseException]:
        edge = AsyncClient.at(server.url)
        # Whoever waited for their patience to end would wait for ever.
        acceptor = Acceptor(edge, retention_s=RETENTION_S, patience_s=1e9)
        try:
            told = [acceptor.accept(Delivery(event(one, entity=one))) for one in entities]
            return await asyncio.gather(*told, return_exceptions=True)
        finally:
            await edge.aclose()

    first, refused, last = asyncio.run(asyncio.wait_for(run(), 10))

    assert (first, last) == (Accepted("id-t1", "accepted"), Accepted("id-t2", "accepted"))
    assert isinstance(refused, StorageUnavailable)
    assert client.zrange(keys.UNNAMED.waiting, 0, -1) == [b"id-t1", b"id-t2"]
