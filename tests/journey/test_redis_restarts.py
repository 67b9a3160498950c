"""kill -9 of Redis: edge and worker go on when it is back, with everything acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deploy.local import redis_server
from deploy.sandbox.server import Sandbox
from tests.journey.conftest import free_port
from tests.journey.stack import SECRET, Stack
from tests.writes import ALL_RULES, CASES
from webhooks.store import keys


class Mortal:
    """A Redis that a test may kill; what it took is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server = redis_server.start(folder)

    def die_and_come_back(self) -> None:
        """As a crash of the process, and a restart by whoever supervises it."""
        self.server.kill()
        self.server = redis_server.start(self._folder, socket=self.server.socket)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    one = Mortal(tmp_path / "data")
    yield one
    one.server.stop()


@pytest.fixture
def own_stack(mortal: Mortal, sandbox: Sandbox, tmp_path: Path) -> Iterator[Stack]:
    (tmp_path / "rules.yaml").write_text(ALL_RULES, encoding="utf-8")
    url = mortal.server.url
    environ = {
        "REDIS_URL": url,
        "AWORK_API_URL": sandbox.url,
        "AWORK_API_TOKEN": sandbox.token,
        "AWORK_WEBHOOK_SECRET": SECRET,
        "HOOKWORK_RULES": str(tmp_path / "rules.yaml"),
    }
    client = redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.1), 100))
    stack = Stack(environ, client, tmp_path, free_port())
    stack.start_edge()
    yield stack
    for part in stack.parts:
        part.end()
    client.close()


def test_what_was_acknowledged_before_is_written_after_and_both_go_on(
    own_stack: Stack, mortal: Mortal, sandbox: Sandbox
) -> None:
    payload = CASES[0].event()
    before = own_stack.post(payload).json()["id"]

    mortal.die_and_come_back()
    own_stack.start_worker()
    mortal.die_and_come_back()
    with own_stack.watching() as settled:
        after = own_stack.post(CASES[1].event()).json()["id"]
        settled.wait_for(after)
        if own_stack.client.hget(keys.event(before), "state") == b"claimed":
            # The worker had it in hand when Redis died: its lease has to pass first.
            own_stack.lease_ends(before, f"awork:{payload['entityId']}")
            settled.wait_for(before)

    assert own_stack.run(before).outcome == own_stack.run(after).outcome == "done"
    assert [len(sandbox.writes(case.path)) for case in CASES[:2]] == [1, 1]
