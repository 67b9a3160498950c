"""A worker's insides over a real Redis and the sandbox; the test holds the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.testclient import TestClient

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests.contract.edges import client_of
from tests.worker import Clock, Worker, worker
from webhooks import app as edge
from webhooks.settings import Settings
from webhooks.store.client import AsyncClient, Client

#: makes a worker with these rules
Make = Callable[..., Worker]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox.start(clock=clock) as running:
        yield running


@pytest.fixture
def make(client: Client, server: RedisServer, sandbox: Sandbox, clock: Clock) -> Iterator[Make]:
    made: list[Worker] = []

    def new(rules: str, *, open_from: date | None = None) -> Worker:
        made.append(worker(client, server, rules, sandbox, clock, open_from=open_from))
        return made[-1]

    yield new
    for one in made:
        one.deps.connection.close()


@pytest.fixture
def http(settings: Settings, client: Client) -> Iterator[TestClient]:
    """An edge over an empty Redis."""
    assert client.ping()
    with client_of(settings) as testing:
        yield testing


@pytest.fixture
def away(settings: Settings) -> Iterator[TestClient]:
    """An edge whose Redis is not there."""
    nowhere = AsyncClient(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    with TestClient(edge.build({"": settings}, nowhere, patience_s=0)) as testing:
        yield testing
