"""`hookwork doctor` where sentinels watch Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.commands.checks import Check
from deploy.commands.checks_sentinels import sentinel_checks
from tests.journey.sentinels import (
    NAME,
    Server,
    free_ports,
    paired,
    running,
    sentinel,
    url_of,
    watched,
)
from webhooks.store import sentinels


def naming(folder: Path, primary: Server, port: int) -> Server:
    return sentinel(folder, port, f"sentinel monitor {NAME} 127.0.0.1 {primary.port} 1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sentinels")


@pytest.fixture(scope="module")
def redis_servers(folder: Path) -> Iterator[list[Server]]:
    """The second is a replica of the first."""
    with paired(folder) as pair:
        yield pair.servers


@pytest.fixture(scope="module")
def one(folder: Path, redis_servers: list[Server]) -> Iterator[Server]:
    """A sentinel on its own, which has seen no replica yet."""
    with running(naming(folder, redis_servers[0], *free_ports(1))) as asked:
        yield asked


def found(url: str) -> list[Check]:
    return list(sentinel_checks(sentinels.read(url)))


def test_where_none_is_asked_nothing_is_said() -> None:
    assert list(sentinel_checks(None)) == []


def test_one_that_does_not_answer_is_named(one: Server) -> None:
    (nobody,) = free_ports(1)

    first, *_ = found(url_of(one, login=":secret@").replace("127", f"127.0.0.1:{nobody},127", 1))

    assert not first.good
    assert first.message.startswith(f"127.0.0.1:{nobody}: Error 111 connecting to")
    assert first.way_out.startswith("start it and make way to it, or take it out of REDIS_URL")


def test_one_that_does_not_know_the_name_says_which_it_knows(one: Server) -> None:
    (only,) = found(url_of(one).replace(f"master={NAME}", "master=shop"))

    assert only.message == f"127.0.0.1:{one.port}: knows no shop, but {NAME}"
    assert "master=NAME" in only.way_out


def test_those_that_name_different_primaries_are_told_apart(
    folder: Path, one: Server, redis_servers: list[Server]
) -> None:
    with running(naming(folder, redis_servers[1], *free_ports(1))) as other:
        first, *_ = found(url_of(one, other))

    ports = [each.port for each in redis_servers]
    assert first.message == (
        f"they name different primaries: 127.0.0.1:{one.port}: 127.0.0.1:{ports[0]}; "
        f"127.0.0.1:{other.port}: 127.0.0.1:{ports[1]}"
    )


def test_a_sentinel_alone_can_fail_over_to_nothing(one: Server) -> None:
    messages = [check.message for check in found(url_of(one))]

    assert "1 watch the primary: without a majority of them there is no failover" in messages


def test_where_all_is_well_it_says_which_is_the_primary(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with watched(tmp_path) as pair:
        given = {**environ, "REDIS_URL": pair.url}
        told = CliRunner().invoke(app, ["doctor"], env=given).stdout.splitlines()

    assert "ok  redis: answers, evicts nothing, keeps what it takes on disk" in told
    assert (
        f"ok  sentinels: 3 sentinels name 127.0.0.1:{pair.servers[0].port} as the primary of "
        f"{NAME}, with 1 to take its place"
    ) in told
