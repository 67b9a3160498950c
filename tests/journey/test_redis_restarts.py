"""kill -9 of Redis: edge and worker go on when it is back, with everything acknowledged.

How soon they do is measured elsewhere; here it is in which order things happen.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deploy.local import redis_server
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import free_port
from tests.journey.stack import SECRET, Part, Stack, until
from tests.writes import ALL_RULES, CASES
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import LEASE_S


class Mortal:
    """A Redis that a test may kill; what it took is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server = redis_server.start(folder)

    def die(self) -> None:
        """As a crash of the process."""
        self.server.kill()

    def come_back(self) -> None:
        """As a restart by whoever supervises it."""
        self.server = redis_server.start(self._folder, socket=self.server.socket)

    def die_and_come_back(self) -> None:
        """One right after the other."""
        self.die()
        self.come_back()


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
    client = Client.at(url, retry=Retry(ConstantBackoff(0.1), 100))
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
        if own_stack.client.hget(keys.UNNAMED.event(before), "state") == b"claimed":
            # The worker had it in hand when Redis died: its lease has to pass first.
            own_stack.lease_ends(before, f"awork:{payload['entityId']}")
            settled.wait_for(before)

    assert own_stack.run(before).outcome == own_stack.run(after).outcome == "done"
    assert [len(sandbox.writes(case.path)) for case in CASES[:2]] == [1, 1]


class Load:
    """Deliveries, one after the other, each until it is acknowledged, as awork does it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        #: id of each that was acknowledged, in that order
        self.acknowledged: list[str] = []
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            body = fresh_task()
            while (answer := self._stack.post(body)).status_code != 202:
                assert answer.headers["Retry-After"]
            self.acknowledged.append(answer.json()["id"])

    def stop(self) -> None:
        """No more after the one that is on its way."""
        self._stop.set()
        self._thread.join()


def fresh_task() -> dict[str, Any]:
    """A task that was added, on a lane of its own."""
    payload = samples.fresh("task_added")
    return payload | {"entityId": payload["traceId"]}


def told(part: Part, event: str) -> bool:
    """Whether a process has logged this."""
    return f'"event": "{event}"' in part.log.read_text(encoding="utf-8")


def test_under_load_all_goes_on_when_redis_is_back_without_a_restart(
    own_stack: Stack, mortal: Mortal, sandbox: Sandbox
) -> None:
    edge, worker = own_stack.parts[0], own_stack.start_worker()
    load = Load(own_stack)
    until(lambda: len(load.acknowledged) >= 10, "the load")

    mortal.die()
    for part, event in ((edge, "redis_takes_nothing"), (worker, "bells_unheard")):
        until(lambda part=part, event=event: told(part, event), f"{event} in {part.log}")
    before = len(load.acknowledged)
    mortal.come_back()
    until(lambda: len(load.acknowledged) > before, "the first delivery after")
    first = load.acknowledged[before]
    until(lambda: own_stack.client.hget(keys.UNNAMED.event(first), "state") == b"settled", first)
    load.stop()
    # What was claimed in an answer that Redis could not send any more waits until its lease ends.
    until(
        lambda: not own_stack.client.zcard(keys.UNNAMED.waiting), "the rest", patience_s=2 * LEASE_S
    )

    assert [part.process.poll() for part in (edge, worker)] == [None, None]
    assert told(edge, "redis_takes_again")
    until(lambda: told(worker, "bells_heard_again"), f"bells_heard_again in {worker.log}")
    outcomes = {own_stack.run(event_id).outcome for event_id in load.acknowledged}
    assert outcomes == {"done"}
    comments = sandbox.writes(CASES[4].path)
    assert len(comments) == len(set(load.acknowledged)) == len(load.acknowledged)
    assert (worker.stop(), edge.stop()) == (0, 0)


def test_a_worker_that_is_told_to_end_while_redis_is_away_ends_in_order(
    own_stack: Stack, mortal: Mortal, sandbox: Sandbox
) -> None:
    worker = own_stack.start_worker()
    held = sandbox.faults.add("hold_after", "POST", CASES[4].path)
    own_stack.post(fresh_task())
    assert held.reached.wait(timeout=30)

    mortal.die()
    until(lambda: told(worker, "bells_unheard"), f"bells_unheard in {worker.log}")
    worker.process.terminate()
    until(lambda: told(worker, "worker_stopping"), f"worker_stopping in {worker.log}")
    held.release()

    assert worker.stop() == 0
