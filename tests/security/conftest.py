"""Edges as processes, which are there after every attack as they were before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import redis_server
from deploy.local.redis_server import RedisServer
from tests.contract.conftest import clock, make, sandbox  # noqa: F401  fixtures
from tests.journey.conftest import free_port
from tests.journey.stack import Part, _answers, until
from tests.security.walking import everything
from tests.security.wire import LET_IN, MARK, PREVIOUS, SECRET, delivery, good, say
from webhooks.store.client import Client

PASSWORD = "hw-attack-password-größer"
SIGNING_KEY = b"hw-attack-signing-key-55c0"
TOKEN = "hw-attack-token-9e3d"
_SECRETS = (SECRET, PREVIOUS, PASSWORD.encode(), SIGNING_KEY, TOKEN.encode())


@dataclass
class Target:
    """An edge under attack."""

    port: int
    part: Part
    client: Client

    @property
    def log(self) -> bytes:
        """All that it has printed."""
        return self.part.log.read_bytes()

    def is_unharmed(self) -> None:
        """Assert what must hold after every attack: the edge is there and takes deliveries,
        nothing of a refused body is kept, and no secret is told."""
        assert self.part.process.poll() is None, self.log.decode()
        assert say(self.port, delivery(good(), *LET_IN)).status == 202
        assert MARK not in everything(self.client)
        printed = self.log
        assert not [secret for secret in (*_SECRETS, MARK) if secret in printed], printed.decode()
        assert b"Traceback" not in printed, printed.decode()


@contextmanager
def standing(
    server: RedisServer, folder: Path, command: Sequence[str] = ("-m", "webhooks"), **added: str
) -> Iterator[Target]:
    """An edge, taking deliveries."""
    port, client = free_port(), Client.at(server.url)
    environ = {
        "REDIS_URL": server.url,
        "AWORK_API_URL": "http://127.0.0.1:1/api/v1",
        "AWORK_API_TOKEN": TOKEN,
        "AWORK_WEBHOOK_SECRET": SECRET.decode(),
        "AWORK_WEBHOOK_SECRET_PREVIOUS": PREVIOUS.decode(),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "debug",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    part = Part(list(command), environ | added, folder / "edge.log")
    page = f"http://127.0.0.1:{port}/health/live"
    try:
        until(lambda: _answers(page), f"the edge: see {part.log}")
        yield Target(port, part, client)
    finally:
        part.end()
        client.close()


@pytest.fixture(scope="session")
def server(
    server: RedisServer,  # noqa: ARG001  says whether there is a Redis on this machine at all
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RedisServer]:
    """A Redis of their own: these edges stand for the whole run, and look at it now and then."""
    running = redis_server.start(tmp_path_factory.mktemp("redis"), fsync="no")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def _edge(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with standing(server, tmp_path_factory.mktemp("edge")) as target:
        yield target


@pytest.fixture(scope="session")
def _locked(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    added = {
        "HOOKWORK_CONSOLE_PASSWORD": PASSWORD,
        "AWORK_WEBHOOK_SIGNING_KEY": SIGNING_KEY.decode(),
    }
    with standing(server, tmp_path_factory.mktemp("locked"), **added) as target:
        yield target


@pytest.fixture(scope="session")
def _hurried(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    command = ("-m", "tests.security.impatient")
    with standing(server, tmp_path_factory.mktemp("hurried"), command) as target:
        yield target


@pytest.fixture
def edge(_edge: Target, client: Client) -> Iterator[Target]:
    """An edge over an empty Redis, as operators start it; unharmed by the test."""
    assert client.ping()
    yield _edge
    _edge.is_unharmed()


@pytest.fixture
def locked(_locked: Target, client: Client) -> Target:
    """An edge with a console password, behind a proxy that signs."""
    assert client.ping()
    return _locked


@pytest.fixture
def hurried(_hurried: Target, client: Client) -> Iterator[Target]:
    """An edge that waits a second for what is slow, and has room for few; unharmed by the test."""
    assert client.ping()
    yield _hurried
    _hurried.is_unharmed()
