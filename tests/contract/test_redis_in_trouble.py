"""A Redis that takes nothing, lies, or has forgotten: nothing is half done, lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from redis.exceptions import ResponseError
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples, stored
from tests.contract.conftest import Make
from tests.contract.edges import SECRET, URL
from tests.contract.redistrouble import REFUSALS, STEPS, Store, full, furnished
from tests.worker import outcomes, posted
from tests.writes import CASES
from webhooks.errors import StorageUnavailable
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.trouble import trouble
from workers.drain import give_back_unsettled, work_on

Spoil = Callable[[Client], AbstractContextManager[None]]


@pytest.fixture
def store(server: RedisServer, client: Client) -> Iterator[Store]:
    yield furnished(server, client)
    client.replicaof("NO", "ONE")
    client.config_set("maxmemory", "0")
    client.config_set("min-replicas-to-write", "0")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("cause", REFUSALS)
def test_a_step_that_redis_refuses_has_changed_nothing_and_is_done_later(
    cause: str, step: str, store: Store
) -> None:
    before = store.everything()

    with (
        REFUSALS[cause](store.client),
        pytest.raises((ResponseError, StorageUnavailable)) as refused,
    ):
        STEPS[step](store)

    if step != "accept":
        assert trouble(refused.value).cause == cause
    assert store.everything() == before
    STEPS[step](store)
    assert store.everything() != before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "key",
    [
        *sorted(keys.UNNAMED.kinds),
        *(keys.UNNAMED.lane(f"awork:{entity}") for entity in ("t1", "t2", "t3")),
        keys.UNNAMED.lane("r:t9"),
        keys.UNNAMED.event("id-due"),
        keys.UNNAMED.ledger("id-settled"),
        keys.UNNAMED.seen("awork:t2"),
        keys.UNNAMED.handled("awork:t2"),
    ],
)
def test_a_step_that_meets_a_key_of_a_wrong_type_is_done_whole_or_not_at_all(
    key: str, step: str, store: Store
) -> None:
    store.client.delete(key)
    spoilt = store.client.lpush if keys.UNNAMED.kinds.get(key) != "list" else store.client.set
    spoilt(key, "somebody else's")
    before = store.everything()

    try:
        STEPS[step](store)
    except (ResponseError, StorageUnavailable):
        assert store.everything() == before


@pytest.mark.parametrize(
    "key", [keys.UNNAMED.due, keys.UNNAMED.waiting, keys.UNNAMED.lane("awork:t1")]
)
def test_who_delivers_waits_and_the_log_names_the_key_once(
    key: str, server: RedisServer, client: Client
) -> None:
    client.set(key, "foo")

    with capture_logs() as logs:
        for name in "ab":
            with pytest.raises(StorageUnavailable, match=f"{key} is a string, must be a zset"):
                stored.accept(server.url, stored.event(name), patience_s=0.3)

    told = [(line["event"], line["cause"]) for line in logs]
    assert told == [("redis_takes_nothing", "redis:wrong-type")] * 2  # one for each edge
    client.delete(key)
    stored.accept(server.url, stored.event("a"), stored.event("b"))
    assert client.zrange(keys.UNNAMED.waiting, 0, -1) == [b"id-a", b"id-b"]


@pytest.mark.parametrize("cause", REFUSALS)
def test_the_edge_says_503_and_when_to_come_back_and_is_ready_again_by_itself(
    cause: str, http: TestClient, store: Store
) -> None:
    payload = samples.fresh("task_added")

    with REFUSALS[cause](store.client):
        not_ready = http.get("/health/ready")
    ready = http.get("/health/ready")
    taken = http.post(URL, json=payload, headers=SECRET)

    assert not_ready.status_code == 503
    assert [one.partition(": ")[0] for one in not_ready.json()["problems"]] == [cause]
    assert (ready.status_code, taken.status_code) == (200, 202)


def test_health_names_a_key_that_lies(http: TestClient, store: Store) -> None:
    store.client.delete(keys.UNNAMED.due)
    store.client.set(keys.UNNAMED.due, "foo")

    answer = http.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["problems"][0].startswith(
        "redis:wrong-type: hookwork:due is a string, must be a zset; "
    )


def test_a_worker_whose_redis_is_full_sends_nothing_and_goes_on_later(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    case = CASES[0]
    one = make(case.rules)
    event_id = one.deliver(case.event())
    claim = one.claim()

    with full(client):
        work_on(claim, one.deps)
        sent_meanwhile = posted(sandbox, case)
        with pytest.raises(ResponseError):
            give_back_unsettled(one.deps)
    give_back_unsettled(one.deps)
    run = one.work()

    assert sent_meanwhile == []
    assert (run.event_id, outcomes(run)) == (event_id, ["done"])
    assert len(posted(sandbox, case)) == 1


def test_what_redis_did_not_let_us_settle_is_given_back_and_another_has_it_meanwhile(
    make: Make, client: Client
) -> None:
    one = make(CASES[0].rules)
    one.deliver(CASES[0].event())
    claim = one.claim()
    with full(client):
        work_on(claim, one.deps)
    one.clock.forward(seconds=61)
    another = one.claim()

    give_back_unsettled(one.deps)

    assert one.deps.unsettled.empty()
    assert client.hget(keys.UNNAMED.event(another.id), "state") == b"claimed"


@pytest.mark.parametrize("key", ["event", "ledger"])
def test_a_damaged_event_does_not_stop_its_neighbours(
    key: str, make: Make, sandbox: Sandbox, client: Client
) -> None:
    case = CASES[0]
    one = make(case.rules)
    damaged = one.deliver(case.event())
    name = keys.UNNAMED.event(damaged) if key == "event" else keys.UNNAMED.ledger(damaged)
    client.delete(name)
    client.set(name, "somebody else's")
    sound = one.deliver(case.event() | {"entityId": "another"})

    while claims := one.deps.inbox.claim(9, now_ms=one.clock.ms):
        for claim in claims:
            work_on(claim, one.deps)

    assert one.run(sound).outcome == "done"
    assert client.zcard(keys.UNNAMED.waiting) == 0
    if key == "ledger":
        assert (one.run(damaged).outcome, one.run(damaged).reason) == ("failed", "damaged")
        assert len(posted(sandbox, case)) == 1


def test_the_next_of_a_lane_may_be_damaged(make: Make, client: Client) -> None:
    one = make(CASES[0].rules)
    first, damaged = (one.deliver(CASES[0].event()) for _ in range(2))
    client.delete(keys.UNNAMED.event(damaged))
    client.set(keys.UNNAMED.event(damaged), "somebody else's")

    one.work()

    assert one.run(first).outcome == "done"
    # The last things that settling does were done, too.
    assert client.hget(keys.UNNAMED.counts, "settled:done") == b"1"
    assert one.deps.inbox.claim(9, now_ms=one.clock.ms) == []
    assert client.zcard(keys.UNNAMED.waiting) == 0
