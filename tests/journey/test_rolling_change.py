"""Edges and workers of two neighbouring versions side by side: on to the next one, and back.

The short form of this, in one process, is tests/contract/test_apart.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey import conftest
from tests.journey.nextversion import NEW_ACTION
from tests.journey.stack import HEADERS, PATIENCE_S, Part, Stack, _answers, _names, until
from webhooks.store.problems import Problems
from workers import apart

pytestmark = pytest.mark.nightly

TODAY = """
version: 1
rules:
  - id: note
    when: task_added
    do:
      - create_task: {name: "Note ${entity.name}", project: "${entity.projectId}"}
  - id: kick-off
    when: project_added
    do: [{create_task: {name: "Kick-off ${entity.name}", project: "${entity.id}"}}]
"""
#: the first write is one that today's version knows, too
TOMORROW = TODAY.replace(
    """
  - id: kick-off""",
    f"""
      - {NEW_ACTION}: {{name: "Shout ${{entity.name}}", project: "${{entity.projectId}}"}}
  - id: kick-off""",
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An awork to which nothing was written yet."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def two(server: RedisServer, sandbox: Sandbox, tmp_path: Path) -> Iterator[Two]:
    """An edge of today over an empty Redis."""
    with conftest.standing(server, sandbox, tmp_path) as stack:
        (tmp_path / "rules.yaml").write_text(TODAY, encoding="utf-8")
        (tmp_path / "rules-of-tomorrow.yaml").write_text(TOMORROW, encoding="utf-8")
        yield Two(stack, sandbox)


class Two:
    """Today's processes, and those of the next version beside them."""

    def __init__(self, today: Stack, sandbox: Sandbox) -> None:
        self.today = today
        self._sandbox = sandbox
        self._port = conftest.free_port()

    def start_next_edge(self) -> Part:
        command = ["-m", "tests.journey.nextversion", "webhooks"]
        edge = self.today._part("next-edge", command, PORT=str(self._port), HOST="127.0.0.1")
        page = f"http://127.0.0.1:{self._port}/health/live"
        until(lambda: _answers(page), f"the next edge: see {edge.log}")
        return edge

    def start_next_worker(self) -> Part:
        rules = str(self.today.folder / "rules-of-tomorrow.yaml")
        command = ["-m", "tests.journey.nextversion", "workers"]
        worker = self.today._part("next-worker", command, HOOKWORK_RULES=rules)
        named = f":{worker.process.pid}".encode()
        until(
            lambda: any(name.endswith(named) for name in _names(self.today.client)),
            f"the next worker: see {worker.log}",
        )
        return worker

    def post_to_next(self, payload: Any) -> str:
        """Deliver to the next version's edge. Returns the event's id."""
        url = f"http://127.0.0.1:{self._port}/webhooks/awork"
        body = samples.raw(payload)
        answer = httpx.post(url, content=body, headers=HEADERS, timeout=PATIENCE_S)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def post(self, payload: Any) -> str:
        """Deliver to today's edge. Returns the event's id."""
        answer = self.today.post(payload)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def meets(self, times: int) -> None:
        """Wait until today's workers have found something of the next version so often."""
        client = self.today.client
        until(
            lambda: any(
                one.cause == apart.CAUSE and one.times >= times for one in Problems(client).all()
            ),
            f"the problem that {times} wait",
        )

    def time_passes(self) -> None:
        """Let everything be due that waits."""
        client = self.today.client
        lanes: Any = client.zrange(client.key.due, 0, -1)
        for lane in lanes:
            client.zadd(client.key.due, {lane: 1}, xx=True)

    def made(self) -> list[str]:
        """The tasks that awork was told to make, by the first word of their names."""
        return sorted(str(call.body["name"]) for call in self._sandbox.writes("/tasks"))

    def state(self, event_id: str) -> Any:
        """What an event is now."""
        client = self.today.client
        return client.hget(client.key.event(event_id), "state")

    def nothing_waits_or_failed(self) -> bool:
        client = self.today.client
        return not client.zcard(client.key.waiting) and not client.zcard(client.key.failed)


def task(name: str) -> dict[str, Any]:
    """A new task."""
    ident = str(uuid.uuid4())
    return samples.fresh("task_added", id=ident, name=name) | {"entityId": ident}


def project(name: str) -> dict[str, Any]:
    """A new project; the sandbox has it."""
    return samples.fresh("project_added", name=name)


def test_on_to_the_next_version(two: Two) -> None:
    today = two.today.parts[0], two.today.start_worker()
    two.start_next_edge()

    with two.today.watching() as settled:
        old, shared = two.post(task("Old")), two.post_to_next(task("Shared"))
        new = two.post_to_next(project("New"))
        settled.wait_for(old, shared)
        two.meets(1)
        waited = two.state(new), two.made()
        two.start_next_worker()
        codes = [part.stop() for part in today]
        two.time_passes()
        (event,) = settled.wait_for(new)
        last = two.post_to_next(task("Last"))
        settled.wait_for(last)

    assert waited == (b"due", ["Note Old", "Note Shared"])
    assert codes == [0, 0]
    assert (event.outcome, [write.outcome for write in event.writes]) == ("done", ["done"])
    assert two.made() == ["Kick-off New", "Note Last", "Note Old", "Note Shared", "Shout Last"]
    assert two.nothing_waits_or_failed()


def test_and_back_while_what_the_next_version_wrote_waits(two: Two, sandbox: Sandbox) -> None:
    next_edge, next_worker = two.start_next_edge(), two.start_next_worker()
    sandbox.faults.add("rate_limit", "POST", "/tasks", reset_s=1, retry_after_s=5)
    begun = two.post_to_next(task("Begun"))
    until(lambda: two.today.client.hexists(two.today.client.key.event(begun), "run"), "a try")
    next_worker.stop()
    new = two.post_to_next(project("New"))
    next_edge.stop()

    two.today.start_worker()
    with two.today.watching() as settled:
        two.time_passes()
        two.meets(2)
        back = two.post(task("Back"))
        settled.wait_for(back)
        waited = two.state(begun), two.state(new), two.made()
        two.today.parts[-1].stop()
        # One worker of the next version, until nothing waits.
        two.start_next_worker()
        two.time_passes()
        settled.wait_for(begun, new)

    assert waited == (b"due", b"due", ["Note Back"])
    assert two.made() == ["Kick-off New", "Note Back", "Note Begun", "Shout Begun"]
    assert two.nothing_waits_or_failed()
