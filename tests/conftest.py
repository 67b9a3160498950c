"""What every test may ask for: a real Redis, and settings that go with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import redis_server
from webhooks.settings import Settings
from webhooks.settings import read as read_settings
from webhooks.store.client import Client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis_server.RedisServer]:
    """A real Redis server for this run."""
    try:
        running = redis_server.start(tmp_path_factory.mktemp("redis"), fsync="no")
    except redis_server.NoServer as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield running
    running.stop()


@pytest.fixture
def client(server: redis_server.RedisServer) -> Iterator[Client]:
    """A client of an empty Redis."""
    connection = Client.at(server.url)
    connection.flushall()
    yield connection
    connection.close()


@pytest.fixture
def environ(server: redis_server.RedisServer) -> dict[str, str]:
    """The settings of a process under test, as its environment."""
    return {
        "REDIS_URL": server.url,
        "AWORK_API_URL": "http://127.0.0.1:1/api/v1",
        "AWORK_API_TOKEN": "token-of-the-tests",
        "AWORK_WEBHOOK_SECRET": "secret-of-the-tests",
        "HOOKWORK_RULES": str(Path(__file__).parent.parent / "deploy" / "sandbox" / "rules"),
        "LOG_FORMAT": "json",
        "HOOKWORK_WATCH": "off",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The same, read."""
    return read_settings(environ)
