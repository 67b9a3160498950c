"""redis.conf and what secrets.sh makes, before a real Redis: it keeps what it takes, and asks who
comes."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.retry import Retry

from deploy.commands.checks import redis_checks
from deploy.local.redis_server import find_server
from tests.deploy.docker_files import DOCKER, megabytes, services
from webhooks.store.client import Client

#: who is refused asks once
NEVER = Retry(NoBackoff(), 0)


@dataclass(frozen=True)
class Kept:
    """A Redis with our configuration."""

    socket: Path
    #: as secrets.sh has made them
    secrets: Path

    @property
    def url(self) -> str:
        """As the processes are told, but for where it is."""
        told = (self.secrets / "hookwork" / "REDIS_URL").read_text(encoding="utf-8")
        login = told.removeprefix("redis://").partition("@")[0]
        return f"unix://{login}@{self.socket}"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("compose")
    (folder / "example.env").write_text("")
    making = ["sh", str(DOCKER / "secrets.sh"), str(folder)]
    subprocess.run(making, input="a key\n", text=True, check=True, stdout=subprocess.DEVNULL)
    configuration = (DOCKER / "redis.conf").read_text(encoding="utf-8")
    for there, here in (("/data", folder), ("/run/secrets", folder / "secrets" / "redis")):
        assert there in configuration
        configuration = configuration.replace(there, str(here))
    (folder / "redis.conf").write_text(configuration, encoding="utf-8")
    # A socket's path may not be long.
    with tempfile.TemporaryDirectory(prefix="hookwork-") as short:
        socket = Path(short) / "redis.sock"
        command = [str(find_server()), str(folder / "redis.conf")]
        process = subprocess.Popen(
            [*command, "--port", "0", "--unixsocket", str(socket)], stdout=subprocess.DEVNULL
        )
        try:
            _answers(socket)
            yield Kept(socket, folder / "secrets")
        finally:
            process.terminate()
            process.wait()


def _answers(socket: Path) -> None:
    patience = Retry(ConstantBackoff(0.02), 500)
    with redis.Redis(unix_socket_path=str(socket), username="health", password="none") as client:
        client.set_retry(patience)
        assert client.ping()


@pytest.fixture
def ours(kept: Kept) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(kept.url, decode_responses=True) as client:
        yield client


@pytest.mark.usefixtures("server")
def test_what_is_acknowledged_is_on_disk_and_nothing_makes_room(ours: redis.Redis) -> None:
    told = ours.config_get("*")

    assert told["appendonly"] == "yes"
    assert told["appendfsync"] == "always"
    assert told["save"] == ""
    assert told["maxmemory-policy"] == "noeviction"
    assert int(told["maxmemory"] or 0) > 0


@pytest.mark.usefixtures("server")
def test_the_doctor_finds_nothing_to_say_of_it(kept: Kept) -> None:
    with closing(Client.at(kept.url)) as client:
        found = list(redis_checks(client))

    assert [one.message for one in found if not one.good] == []
    assert found


@pytest.mark.usefixtures("server")
def test_who_has_no_password_gets_nowhere(kept: Kept) -> None:
    with (
        redis.Redis(unix_socket_path=str(kept.socket), retry=NEVER) as stranger,
        pytest.raises(AuthenticationError, match=r"(?i)authenticat"),
    ):
        stranger.get("hookwork:waiting")


@pytest.mark.usefixtures("server")
def test_who_asks_for_its_health_may_do_nothing_else(kept: Kept) -> None:
    asking = services()["redis"]["healthcheck"]["test"]
    login = {
        "username": asking[asking.index("--user") + 1],
        "password": asking[asking.index("--pass") + 1],
    }

    with redis.Redis(unix_socket_path=str(kept.socket), **login) as prober:
        assert prober.ping()
        for forbidden in ("GET hookwork:waiting", "FLUSHALL", "CONFIG GET *", "PUBLISH a b"):
            with pytest.raises(NoPermissionError):
                prober.execute_command(*forbidden.split())


def test_its_memory_is_twice_what_it_may_hold() -> None:
    told = (DOCKER / "redis.conf").read_text(encoding="utf-8")
    (most,) = re.findall(r"^maxmemory (\S+)$", told, re.MULTILINE)

    assert megabytes(services()["redis"]["mem_limit"]) > 2 * megabytes(most)
