"""An edge whose Redis is away in each of the ways there are: 503, when to come back, and 202 again
from the same process when it is back."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from deploy.local import redis_server
from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.edges import SECRET, URL
from webhooks import app as edge
from webhooks.settings import Settings
from webhooks.store.client import AsyncClient

#: seconds; in production 10 and 3
PATIENCE_S, TIMEOUT_S = 0.5, 0.2


class Away:
    """A Redis that can be made to go away, and come back."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._listener: socket.socket | None = None

    def killed(self) -> None:
        self._server.kill()

    def stopped(self) -> None:
        self._server.process.send_signal(signal.SIGSTOP)

    def half_open(self) -> None:
        """Whoever connects is taken, and never heard of again."""
        self._server.kill()
        self._server.socket.unlink()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._server.socket))
        self._listener.listen(100)

    def back(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._server.socket.unlink()
        self._server.process.send_signal(signal.SIGCONT)
        if self._server.process.poll() is not None:
            self._server.start_again()


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Away]:
    server = redis_server.start(tmp_path / "data")
    yield Away(server)
    if server.process.poll() is None:
        os.kill(server.process.pid, signal.SIGCONT)
    server.stop()


@pytest.fixture
def testing(away: Away, settings: Settings) -> Iterator[TestClient]:
    client = AsyncClient(
        unix_socket_path=str(away._server.socket),
        socket_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    with TestClient(edge.build({"": settings}, client, patience_s=PATIENCE_S)) as one:
        yield one


@pytest.mark.parametrize("how", ["killed", "stopped", "half_open"])
def test_it_waits_says_503_and_takes_the_same_delivery_when_redis_is_back(
    how: str, away: Away, testing: TestClient
) -> None:
    payload = samples.fresh("task_added")
    assert testing.post(URL, json=samples.fresh("task_added"), headers=SECRET).status_code == 202

    with capture_logs() as logs:
        getattr(away, how)()
        refused = [testing.post(URL, json=payload, headers=SECRET) for _ in range(2)]
        ready = testing.get("/health/ready")
        away.back()
        taken = testing.post(URL, json=payload, headers=SECRET)

    assert [(one.status_code, one.headers["Retry-After"]) for one in refused] == [(503, "5")] * 2
    assert ready.status_code == 503
    assert ready.json()["problems"][0].startswith("redis:away: ")
    assert taken.status_code == 202
    told = [(line["event"], line.get("cause") or line.get("after")) for line in logs]
    assert told == [("redis_takes_nothing", "redis:away"), ("redis_takes_again", "redis:away")]
