"""Clients whose Redis sentinels name, while the sentinels change their mind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.journey.sentinels import (
    NAME,
    Server,
    free_ports,
    running,
    sentinel,
    server,
    url_of,
)
from webhooks.store.asked import NoPrimary
from webhooks.store.client import AsyncClient, Client
from webhooks.store.primary import ALONE_S, BELIEVED_S
from webhooks.store.trouble import trouble

PASSWORD, OTHER_PASSWORD = "p@ss", "other:w/rd"
#: as they stand in a URL
LOGIN = ":p%40ss@watch:other%3Aw%2Frd@"


@dataclass
class Seconds:
    """A clock of a test's own."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Two:
    """Two that each are a primary, and a sentinel that names one of them."""

    one: Server
    other: Server
    sentinel: Server

    @property
    def url(self) -> str:
        return url_of(self.sentinel)

    def named(self, server: Server, *, down_after_ms: int = 30_000) -> None:
        """It is the primary from now on, as far as the sentinel knows."""
        with self.sentinel.client() as asked:
            if NAME in asked.sentinel_masters():
                asked.sentinel_remove(NAME)
            asked.sentinel_monitor(NAME, "127.0.0.1", server.port, 1)
            asked.sentinel_set(NAME, "down-after-milliseconds", down_after_ms)

    def follows(self, server: Server, primary: Server | None) -> None:
        """One is a replica from now on, or none any more."""
        with server.client() as one:
            if primary is None:
                one.execute_command("REPLICAOF", "NO", "ONE")
            else:
                one.execute_command("REPLICAOF", "127.0.0.1", primary.port)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    ports = free_ports(3)
    with (
        running(server(folder, ports[0])) as one,
        running(server(folder, ports[1])) as other,
        running(sentinel(folder, ports[2])) as asked,
    ):
        yield Two(one, other, asked)


@pytest.fixture
def two(started: Two) -> Two:
    """The first is the primary."""
    for each in (started.one, started.other):
        each.thaw()
        started.follows(each, None)
    started.named(started.one)
    return started


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def client_of(two: Two, clock: Seconds, **options: Any) -> Client:
    return Client.at(two.url, clock=clock, retry=Retry(NoBackoff(), 1), **options)


def port(client: Client) -> int:
    """Where a client got to."""
    return int(client.info("server")["tcp_port"])


async def aport(client: AsyncClient) -> int:
    return int((await client.info("server"))["tcp_port"])


def test_a_client_that_was_idle_asks_the_sentinels_before_it_speaks(
    two: Two, clock: Seconds
) -> None:
    """What is a primary no more takes writes until it is told, and forgets them then."""
    client = client_of(two, clock)
    client.ping()
    ports = [port(client)]

    two.named(two.other)
    ports.append(port(client))
    clock.now += BELIEVED_S
    ports.append(port(client))
    ports.append(port(client.of("acme")))

    assert ports == [two.one.port, two.one.port, two.other.port, two.other.port]


def test_so_does_the_edges(two: Two, clock: Seconds) -> None:
    async def run() -> list[int]:
        client = AsyncClient.at(two.url, clock=clock)
        await client.ping()
        ports = [await aport(client)]
        two.named(two.other)
        ports.append(await aport(client))
        clock.now += BELIEVED_S
        ports.append(await aport(client.of("acme")))
        await client.aclose()
        return ports

    assert asyncio.run(run()) == [two.one.port, two.one.port, two.other.port]


def test_a_connection_that_was_in_use_meanwhile_is_not_used_again(two: Two, clock: Seconds) -> None:
    async def run() -> tuple[bool, list[int]]:
        client = AsyncClient.at(two.url, clock=clock)
        pool: Any = client.connection_pool
        in_use = await pool.get_connection()
        two.named(two.other)
        clock.now += BELIEVED_S
        ports = [await aport(client)]
        await pool.release(in_use)
        was_dropped = not in_use.is_connected
        ports.append(await aport(client))
        await client.aclose()
        return was_dropped, ports

    assert asyncio.run(run()) == (True, [two.other.port] * 2)


def test_a_script_that_a_replica_refuses_is_run_by_the_primary(two: Two, clock: Seconds) -> None:
    """Before Redis 7 the refusal stands in the middle of the script's error."""
    client = client_of(two, clock)
    write = "return redis.call('SET', 'key', redis.call('INFO', 'server'):match('tcp_port:(%d+)'))"
    client.eval(write, 0)
    client.eval(write, 0)

    two.follows(two.one, two.other)
    two.named(two.other)
    client.eval(write, 0)

    assert client.get("key") == str(two.other.port).encode()


def test_a_script_that_is_refused_to_the_edge_is_not_sent_there_again(
    two: Two, clock: Seconds
) -> None:
    async def run() -> list[str]:
        client = AsyncClient.at(two.url, clock=clock)
        write, told = "return redis.call('SET', 'key', 'value')", []
        await client.ping()
        await client.ping()
        two.follows(two.one, two.other)
        two.named(two.other)
        for _ in range(2):
            try:
                told.append(str(await client.eval(write, 0)))
            except Exception as error:  # noqa: BLE001  what it is, is what is asked
                told.append(trouble(error).cause)
        await client.aclose()
        return told

    assert asyncio.run(run()) == ["redis:read-only", "b'OK'"]


def test_who_is_named_must_say_itself_that_it_is_a_primary(two: Two, clock: Seconds) -> None:
    two.follows(two.one, two.other)

    with pytest.raises(NoPrimary, match=f"127.0.0.1:{two.one.port}, named by .* it is a slave"):
        client_of(two, clock).ping()


def test_what_is_down_for_all_sentinels_is_not_used_though_it_answers(
    two: Two, clock: Seconds
) -> None:
    """It was frozen, and goes on: the sentinels are about to name another."""
    client = client_of(two, clock)
    client.ping()
    two.one.freeze()
    two.named(two.one, down_after_ms=1)
    with two.sentinel.client() as asked:
        while not asked.sentinel_master(NAME)["is_sdown"]:
            pass

    clock.now += BELIEVED_S
    with pytest.raises(NoPrimary, match=f"says that 127.0.0.1:{two.one.port} is down") as down:
        client.ping()

    assert trouble(down.value).cause == "redis:no-primary"
    assert trouble(down.value).is_passing


def test_without_any_sentinel_redis_is_used_as_before(
    two: Two, clock: Seconds, tmp_path: Path
) -> None:
    with running(sentinel(tmp_path, free_ports(1)[0])) as alone:
        moment = Two(two.one, two.other, alone)
        moment.named(two.one)
        client = client_of(moment, clock)
        before = port(client)

    clock.now += BELIEVED_S

    assert port(client) == before == two.one.port


def test_those_that_know_nothing_are_named_each_with_its_words(two: Two, clock: Seconds) -> None:
    (nobody,) = free_ports(1)
    url = f"redis+sentinel://:secret@127.0.0.1:{nobody},127.0.0.1:{two.sentinel.port}/0?master=x"

    with pytest.raises(NoPrimary) as none:
        Client.at(url, clock=clock, retry=Retry(NoBackoff(), 0)).ping()

    told = str(none.value)
    assert told.startswith(f"no sentinel names a primary of x: 127.0.0.1:{nobody}: Error 111")
    assert told.endswith(f"; 127.0.0.1:{two.sentinel.port}: knows no x, but {NAME}")
    assert "secret" not in told


def test_one_that_is_away_is_asked_last_from_then_on(two: Two, clock: Seconds) -> None:
    (nobody,) = free_ports(1)
    url = two.url.replace("//", f"//127.0.0.1:{nobody},")
    client = Client.at(url, clock=clock)

    client.ping()

    pool: Any = client.connection_pool
    asked = [
        one.connection_pool.connection_kwargs["port"] for one in pool.sentinel_manager.sentinels
    ]
    assert asked == [two.sentinel.port, nobody]


def test_redis_and_its_sentinels_have_passwords_of_their_own(tmp_path: Path) -> None:
    ports = free_ports(2)
    locked = server(tmp_path, ports[0], "--requirepass", PASSWORD)
    asked = sentinel(
        tmp_path,
        ports[1],
        f"user watch on >{OTHER_PASSWORD} +@all",
        "user default off",
        f"sentinel monitor {NAME} 127.0.0.1 {ports[0]} 1",
        f"sentinel auth-pass {NAME} {PASSWORD}",
    )
    with running(locked), running(asked):
        answered = Client.at(url_of(asked, login=LOGIN)).ping()
        with pytest.raises(NoPrimary) as refused:
            Client.at(
                url_of(asked, login=":p%40ss@watch:wrong@"), retry=Retry(NoBackoff(), 0)
            ).ping()

    assert answered
    assert "WRONGPASS" in str(refused.value) or "invalid username-password" in str(refused.value)
    assert "wrong@" not in str(refused.value)


def test_what_only_a_primary_has_that_was_left_alone_may_be_undone_for_a_minute(
    two: Two, clock: Seconds
) -> None:
    client = client_of(two, clock)
    client.ping()
    there = client.leads_to

    told = [client.may_be_undone(there, replicas=0)]
    clock.now += ALONE_S
    told.append(client.may_be_undone(there, replicas=0))
    told.append(client.may_be_undone(there, replicas=1))
    told.append(client.may_be_undone(there, replicas=0))
    clock.now += ALONE_S
    told.append(client.may_be_undone(there, replicas=0))
    two.named(two.other)
    told.append(client.may_be_undone(there, replicas=0))

    assert told == [True, False, True, True, False, True]
