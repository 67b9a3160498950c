"""One edge, one worker, one sandbox for all journeys; crash tests start workers of their own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import redis_server
from deploy.sandbox.server import Sandbox
from tests.journey.stack import SECRET, Stack
from tests.writes import ALL_RULES
from webhooks.store.client import Client


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


@pytest.fixture(scope="module")
def idle(
    server: redis_server.RedisServer, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """An edge over an empty Redis, and no worker yet."""
    with standing(server, sandbox, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@contextmanager
def standing(server: redis_server.RedisServer, sandbox: Sandbox, folder: Path) -> Iterator[Stack]:
    """An edge over an empty Redis, with the rules of the five writes in `folder`."""
    (folder / "rules.yaml").write_text(ALL_RULES, encoding="utf-8")
    client = Client.at(server.url)
    client.flushall()
    environ = {
        "REDIS_URL": server.url,
        "AWORK_API_URL": sandbox.url,
        "AWORK_API_TOKEN": sandbox.token,
        "AWORK_WEBHOOK_SECRET": SECRET,
        "HOOKWORK_RULES": str(folder / "rules.yaml"),
        "LOG_FORMAT": "json",
    }
    stack = Stack(environ, client, folder, free_port())
    try:
        stack.start_edge()
        yield stack
    finally:
        for part in stack.parts:
            part.end()
        client.close()


@pytest.fixture
def nothing_booked(idle: Stack, sandbox: Sandbox) -> None:
    """What was booked for an earlier test is forgotten: wanted again, it would not be written."""
    with sandbox.world.lock:
        sandbox.world.bookings.clear()
    if held := idle.client.keys("hookwork:holding:*"):
        idle.client.delete(*held)


@pytest.fixture(scope="module")
def stack(idle: Stack) -> Stack:
    """The same with a worker."""
    idle.start_worker()
    return idle


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
