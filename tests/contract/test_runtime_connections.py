"""A worker process has a connection for each of its threads that sends requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from webhooks.settings import Settings
from webhooks.store.client import Client
from workers import connections, runtime
from workers.targets.circuits import Circuits

_SLOTS = 2


class _Answers(BaseHTTPRequestHandler):
    """Answers when as many requests are there as there are threads to send them."""

    together = threading.Barrier(_SLOTS + 1, timeout=5)

    def do_GET(self) -> None:
        try:
            self.together.wait()
            self.send_response(200)
        except threading.BrokenBarrierError:
            # One of them waits for a connection: the test says so.
            self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  named so there
        """Say nothing."""


@pytest.fixture
def told(settings: Settings) -> Iterator[Settings]:
    """The settings of a worker with two slots, whose awork, and whose host to notify, wait."""
    _Answers.together.reset()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    update = {
        "awork_api_url": f"http://{host}",
        "hookwork_notify_allow": frozenset([host]),
        "worker_concurrency": _SLOTS,
    }
    yield settings.model_copy(update=update)
    server.shutdown()
    server.server_close()


def _all_at_once(client: httpx.Client, url: str) -> list[int]:
    with ThreadPoolExecutor(_SLOTS + 1) as pool:
        asked = [pool.submit(client.get, url) for _ in range(_SLOTS + 1)]
        return [one.result().status_code for one in asked]


def test_slots_and_the_thread_that_helps_them_all_ask_awork_at_once(
    told: Settings, client: Client
) -> None:
    assert client.ping()
    with closing(runtime.Runtime({"": told})._spaces[0].deps.connection) as connection:
        assert _all_at_once(connection.http, "tasks") == [200] * (_SLOTS + 1)


def test_slots_and_the_thread_that_helps_them_all_notify_at_once(
    told: Settings, client: Client
) -> None:
    now = datetime.now(UTC)
    transport = connections.notifier(told, Circuits(client), now=lambda: now)._transport

    with httpx.Client(transport=transport) as notifying:
        assert _all_at_once(notifying, told.awork_api_url) == [200] * (_SLOTS + 1)
