"""`hookwork up` for good: the unit's own command, ended in order, killed, started again."""

from __future__ import annotations

import os
import select
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local import backup
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.deploy.unitfile import SYSTEMD, settings_in
from tests.journey.conftest import free_port
from tests.journey.service import Service, installed

RULES = """
version: 1
rules:
  - id: kick-off
    when: project_added
    do: [{create_task: {name: "Kick-off ${entity.name}", project: "${entity.id}"}}]
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An awork to which nothing was written yet."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def service(sandbox: Sandbox, tmp_path: Path) -> Iterator[Service]:
    """The service as it is installed, with the example's settings, and the sandbox for awork."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    in_force = [
        line
        for line in (SYSTEMD / "environment.example").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    settings = settings_in("\n".join(in_force)) | {
        "PORT": str(free_port()),
        "AWORK_API_URL": sandbox.url,
        "HOOKWORK_RULES": str(rules),
        "HOOKWORK_WATCH": "off",
    }
    with installed(tmp_path, sandbox.token, settings) as service:
        yield service


def project(name: str) -> bytes:
    """A new project."""
    return samples.raw(samples.fresh("project_added", name=name))


def made(sandbox: Sandbox, name: str) -> int:
    """How many kick-offs awork was sent for a project."""
    return sum(f"Kick-off {name}" in str(call.body) for call in sandbox.writes("/tasks"))


def are_over(pids: list[int]) -> bool:
    """Wait until processes have ended that are no children of ours."""
    for pid in pids:
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            ready, _, _ = select.select([handle], [], [], 30)
            os.close(handle)
            if not ready:
                return False
    return True


def test_killed_whole_it_has_lost_nothing_and_told_to_end_it_ends_whole(
    service: Service, sandbox: Sandbox
) -> None:
    first, second = project("First"), project("Second")
    service.start()
    with service.settled() as settled:
        taken = service.post(first)
        done = next(settled)
    # It takes one more, on which nobody works before everything dies at once.
    os.kill(service.pid("worker"), signal.SIGSTOP)
    last = service.post(second)
    service.kill()

    service.start()
    again = [service.post(first), service.post(second)]
    sandbox.wait_for_call("POST", "/tasks", timeout_s=30, nth=2)
    pids = service.pids
    code = service.stop()

    assert (done.event_id, done.outcome) == (taken["id"], "done")
    assert [one["status"] for one in again] == ["duplicate", "duplicate"]
    assert [one["id"] for one in again] == [taken["id"], last["id"]]
    assert (made(sandbox, "First"), made(sandbox, "Second")) == (1, 1)
    assert service.wait_for("STOPPING=1")
    assert code == 0
    assert len(pids) == 4
    assert are_over(pids)


@pytest.mark.nightly
def test_one_whose_first_process_was_killed_is_taken_over(
    service: Service, sandbox: Sandbox
) -> None:
    service.start()
    left = service.pids[1:]
    service.kill_the_first()
    # Edge, worker and Redis go on.
    service.post(project("Meanwhile"))
    sandbox.wait_for_call("POST", "/tasks", timeout_s=30)

    service.start()

    assert are_over(left)
    told = [line for line in service.journal.splitlines() if "left behind" in line]
    assert [line.partition(" was")[0] for line in told] == ["edge", "worker", "Redis"]
    service.post(project("After"))
    sandbox.wait_for_call("POST", "/tasks", timeout_s=30, nth=2)
    assert (made(sandbox, "Meanwhile"), made(sandbox, "After")) == (1, 1)
    assert service.stop() == 0


@pytest.mark.nightly
def test_what_ends_inside_is_started_again_and_a_frozen_redis_is_said(
    service: Service, sandbox: Sandbox
) -> None:
    service.start()
    for part in ("worker", "edge", "Redis"):
        os.kill(service.pid(part), signal.SIGKILL)
    service.until_it_says("worker was ended by signal 9", "edge was ended by signal 9")
    service.until_it_answers()
    service.post(project("First"))
    sandbox.wait_for_call("POST", "/tasks", timeout_s=60)

    os.kill(service.pid("Redis"), signal.SIGSTOP)
    service.until_it_says("problem   Redis does not answer")
    frozen = service.wait_for("STATUS=Redis does not answer")
    os.kill(service.pid("Redis"), signal.SIGCONT)
    service.until_it_says("over      Redis does not answer")

    assert frozen
    service.post(project("Second"))
    sandbox.wait_for_call("POST", "/tasks", timeout_s=60, nth=2)
    assert (made(sandbox, "First"), made(sandbox, "Second")) == (1, 1)


@pytest.mark.nightly
def test_a_copy_taken_while_it_works_is_started_elsewhere_and_nothing_is_written_twice(
    service: Service, sandbox: Sandbox, tmp_path: Path
) -> None:
    service.start()
    with service.settled() as settled:
        for number in range(20):
            service.post(project(f"Before {number}."))
        for _ in range(20):
            next(settled)
    os.kill(service.pid("worker"), signal.SIGSTOP)
    service.post(project("Waits"))

    copy = backup.take(service.home / "redis", tmp_path / "copy")
    service.kill()
    shutil.rmtree(service.home / "redis")
    shutil.copytree(tmp_path / "copy", service.home / "redis")
    service.start()
    sandbox.wait_for_call("POST", "/tasks", timeout_s=60, nth=21)

    assert (copy.settled, copy.waiting) == (20, 1)
    assert made(sandbox, "Waits") == 1
    assert {made(sandbox, f"Before {number}.") for number in range(20)} == {1}
    assert service.stop() == 0
