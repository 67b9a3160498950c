"""Watching the store: what it would lose, what it has lost, and what somebody took away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.exceptions import ResponseError
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from deploy.local import redis_server
from deploy.local.redis_server import RedisServer
from tests import stored
from tests.contract.redistrouble import BELL, furnished
from tests.stored import enlist
from webhooks.errors import SettingsRejected, StorageUnavailable
from webhooks.safekeeping import Safekeeping as EdgesSafekeeping
from webhooks.store import fitness, keys
from webhooks.store.client import AsyncClient, Client
from webhooks.store.inbox import Inbox
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from webhooks.store.trouble import trouble
from workers.runtime import _refuse_unfit
from workers.safekeeping import APART_S, Safekeeping, restore


@dataclass
class Watcher:
    """A worker's watch, with the test's own clock."""

    client: Client
    now_s: float = 0.0
    watch: Safekeeping = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Safekeeping(self.client, clock=lambda: self.now_s)

    def lives(self, name: str = "w1") -> None:
        """A sign of life, and what it tells."""
        inbox = Inbox(self.client, retention_s=stored.RETENTION_S)
        self.watch.heed(enlist(inbox, name, bell=BELL, rules_hash="h", rules=["plan"]))

    def looks(self) -> list[str]:
        """One look, when it is time for one. Returns what is wrong then."""
        self.now_s += APART_S
        self.watch.look()
        return [one.cause for one in Problems(self.client).all()]


@pytest.fixture
def watcher(client: Client) -> Iterator[Watcher]:
    client.config_set("appendfsync", "everysec")
    yield Watcher(client)
    client.config_set("appendfsync", "no")
    client.config_set("maxmemory-policy", "noeviction")


def test_a_setting_that_becomes_wrong_is_told_once_and_told_again_when_it_is_right(
    watcher: Watcher, client: Client
) -> None:
    seen = [watcher.looks()]

    with capture_logs() as logs:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendfsync", "no")
        seen += [watcher.looks(), watcher.looks()]
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendfsync", "everysec")
        seen += [watcher.looks()]

    wrong = ["redis:forgets", "redis:may-evict"]
    assert [sorted(one) for one in seen] == [[], wrong, wrong, []]
    assert [(line["event"], line["cause"], line["log_level"]) for line in logs] == [
        ("redis_unfit", "redis:may-evict", "error"),
        ("redis_unfit", "redis:forgets", "warning"),
        ("redis_fit_again", "redis:forgets", "info"),
        ("redis_fit_again", "redis:may-evict", "info"),
    ]


def test_it_looks_now_and_then_not_at_each_turn(watcher: Watcher, client: Client) -> None:
    watcher.looks()
    client.config_set("maxmemory-policy", "allkeys-lru")

    watcher.now_s += APART_S - 1
    watcher.watch.look()

    assert Problems(client).all() == []


def test_an_emptied_redis_is_a_problem_told_once_and_things_go_on(
    watcher: Watcher, client: Client, server: RedisServer
) -> None:
    another = Watcher(client)
    watcher.lives()
    another.lives("w2")
    stored.accept(server.url, stored.event("lost"))
    (oldest,) = client.zrange(keys.UNNAMED.waiting, 0, -1, withscores=True)
    watcher.lives()
    another.lives("w2")

    with capture_logs() as logs:
        client.flushall()
        for one, name in ((watcher, "w1"), (another, "w2")) * 2:
            one.lives(name)

    (problem,) = Problems(client).all()
    assert problem.cause == "redis:emptied"
    since = _utc(int(oldest[1]))
    assert problem.way_out.startswith(f"hookwork backfill --since {since} ")
    assert [line["event"] for line in logs] == ["redis_lost"]
    assert client.zrange(keys.WORKERS, 0, -1) == [b"w1", b"w2"]
    stored.accept(server.url, stored.event("new"))
    assert client.llen(keys.QUEUE) == 1


def test_an_emptied_redis_is_found_by_an_edge_that_stands_alone(
    watcher: Watcher, client: Client, server: RedisServer
) -> None:
    watcher.lives()

    async def run() -> None:
        edge = EdgesSafekeeping(AsyncClient.at(server.url))
        try:
            await edge.look()
            await edge.client.flushall()
            await edge.look()
            await edge.look()
        finally:
            await edge.client.aclose()

    with capture_logs() as logs:
        asyncio.run(run())

    assert [(line["event"], line["cause"]) for line in logs] == [("redis_lost", "redis:emptied")]
    assert [one.times for one in Problems(client).all()] == [1]


def test_what_was_lost_is_named_where_readiness_is_asked(
    watcher: Watcher, http: TestClient, client: Client
) -> None:
    watcher.lives()
    client.flushall()
    watcher.lives()

    answer = http.get("/health/ready")

    assert answer.status_code == 200
    (warning,) = answer.json()["warnings"]
    assert warning.startswith("redis:emptied: Redis was emptied, or is another: ")


def test_no_worker_starts_over_a_redis_that_may_evict_and_risks_are_told(
    watcher: Watcher, client: Client
) -> None:
    with capture_logs() as logs:
        _refuse_unfit(client)
        client.config_set("appendfsync", "no")
        _refuse_unfit(client)
    client.config_set("maxmemory-policy", "allkeys-lru")

    with pytest.raises(SettingsRejected, match="REDIS_URL: redis:may-evict: maxmemory-policy is"):
        _refuse_unfit(watcher.client)

    assert [(line["event"], line["cause"]) for line in logs] == [("redis_at_risk", "redis:forgets")]


def test_a_redis_that_cannot_save_says_so_before_anybody_delivers(tmp_path: Path) -> None:
    server = redis_server.start(tmp_path / "data")
    client = Client.at(server.url)
    folder = tmp_path / "gone"
    folder.mkdir()
    client.config_set("dir", str(folder))
    client.config_set("save", "3600 1")
    folder.rmdir()
    client.bgsave()
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        pass

    found = Watcher(client)
    with pytest.raises(ResponseError, match="MISCONF") as refused:
        found.looks()
    with pytest.raises(StorageUnavailable, match="MISCONF"):
        stored.accept(server.url, stored.event("a"), patience_s=0)

    assert trouble(refused.value).cause == "redis:cannot-save"
    pipe = client.pipeline(transaction=False)
    fitness.questions(pipe, keys.UNNAMED.kinds)
    findings = fitness.found(pipe.execute(), keys.UNNAMED.kinds)
    assert [one.cause for one in findings] == ["redis:cannot-save"]
    client.config_set("dir", str(tmp_path))
    client.close()
    server.stop()


def test_the_edge_looks_by_itself(http: TestClient, client: Client) -> None:
    """Its first look is at its start; here a request later, so that the look has been."""
    assert http.get("/health/live").status_code == 200

    assert client.info("commandstats")["cmdstat_time"]["calls"] >= 1


def test_a_redis_that_comes_back_with_less_than_it_took_is_told(tmp_path: Path) -> None:
    server = redis_server.start(tmp_path / "data")
    client = Client.at(server.url)
    watcher = Watcher(client)
    watcher.lives()
    watcher.lives()
    kept = {file: file.read_bytes() for file in (tmp_path / "data").glob("*.aof")}
    watcher.lives()
    watcher.lives()

    server.kill()
    for file, content in kept.items():
        file.write_bytes(content)
    server.start_again()
    watcher.lives()
    watcher.lives()

    (problem,) = Problems(client).all()
    assert (problem.cause, problem.times) == ("redis:went-back", 1)
    client.close()
    server.stop()


def test_a_redis_that_is_killed_and_has_all_on_disk_has_lost_nothing(tmp_path: Path) -> None:
    server = redis_server.start(tmp_path / "data", fsync="always")
    client = Client.at(server.url)
    watcher = Watcher(client)
    for _ in range(3):
        watcher.lives()

    server.kill()
    server.start_again()
    watcher.lives()

    assert Problems(client).all() == []
    client.close()
    server.stop()


@pytest.mark.parametrize(
    "gone", [keys.UNNAMED.due, keys.UNNAMED.lane("awork:t3"), keys.UNNAMED.lane("awork:t2")]
)
def test_what_somebody_took_out_of_its_place_is_put_back_and_claimed_once(
    gone: str, client: Client, server: RedisServer
) -> None:
    store = furnished(server, client)
    client.delete(gone)
    far_ms = 4_000_000_000_000

    found = restore(client)
    again = restore(client)

    assert (found > 0, again) == (True, 0)
    claims = store.inbox.claim(9, now_ms=far_ms)
    assert sorted(one.id for one in claims) == ["id-claimed", "id-due"]
    for one in claims:
        store.inbox.finish(one, outcome="done", run=b"{}")
    assert restore(client) == 0
    assert client.zcard(keys.UNNAMED.due) == 0


def test_who_works_on_an_event_keeps_it_when_what_is_due_is_put_back(
    client: Client, server: RedisServer
) -> None:
    store = furnished(server, client)
    client.delete(keys.UNNAMED.due)

    restore(client)

    assert [one.id for one in store.inbox.claim(9)] == ["id-due"]
    store.inbox.finish(store.claimed, outcome="done", run=b"{}")


def test_an_order_in_a_lane_survives_that_it_was_overwritten(
    client: Client, server: RedisServer
) -> None:
    later, earlier = (stored.event(str(at), entity="t1", at_us=at) for at in (9, 5))
    stored.accept(server.url, later, earlier)
    client.delete(keys.UNNAMED.lane("awork:t1"))
    client.set(keys.UNNAMED.lane("awork:t1"), "somebody else's")
    inbox = Inbox(client, retention_s=stored.RETENTION_S)

    meanwhile = inbox.claim(9)
    client.rename(keys.UNNAMED.lane("awork:t1"), "found")
    restore(client)

    assert meanwhile == []
    far_ms = 4_000_000_000_000
    claims = inbox.claim(9, now_ms=far_ms)
    assert [one.id for one in claims] == ["id-5"]


def test_an_event_that_was_begun_stays_the_first_of_a_lane_that_is_put_back(
    client: Client, server: RedisServer
) -> None:
    later, earlier = (stored.event(str(at), entity="t1", at_us=at) for at in (9, 5))
    inbox = Inbox(client, retention_s=stored.RETENTION_S)
    stored.accept(server.url, later)
    (begun,) = inbox.claim(1)
    inbox.defer(begun, delay_s=0)
    client.delete(keys.UNNAMED.lane("awork:t1"))

    restore(client)
    stored.accept(server.url, earlier)

    assert [one.id for one in inbox.claim(9)] == ["id-9"]


def test_events_behind_many_that_wait_are_looked_at_too(
    watcher: Watcher, client: Client, server: RedisServer
) -> None:
    stored.accept(server.url, *[stored.event(f"{n}", entity=f"t{n}") for n in range(501)])
    last = text(client.zrange(keys.UNNAMED.waiting, -1, -1)[0])
    lane = f"awork:t{last.removeprefix('id-')}"
    client.delete(keys.UNNAMED.lane(lane))
    client.zrem(keys.UNNAMED.due, lane)

    watcher.looks()
    first = client.zscore(keys.UNNAMED.due, lane)
    watcher.looks()

    assert first is None
    assert client.zrange(keys.UNNAMED.lane(lane), 0, -1) == [last.encode()]
    assert client.zscore(keys.UNNAMED.due, lane) is not None


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
