"""awork's events make tasks in Workiva: the real processes, through either of its APIs."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import standing
from tests.journey.stack import Stack, until
from tests.security.walking import everything
from webhooks.store.problems import Problems
from workers.targets.workiva_api import CURRENT, PROTOTYPE, Api

RULES = """
version: 1
rules:
  - id: ask-for-approval
    when: task_added
    do:
      - create_workiva_task:
          title: "Please approve: ${entity.name}"
          approval_steps: [{completion_mode: ONE, participants: [V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD]}]
  - id: tell
    when: task_status_changed
    do: [{add_comment: {task: "${entity.id}", message: "It has another status"}}]
"""
#: on a busy machine, and while a target that was away is asked only now and then
LONG_S = 120.0


@contextmanager
def house(server: RedisServer, folder: Path, api: Api = CURRENT) -> Iterator[tuple[Stack, Sandbox]]:
    """An edge, a worker with a grant of the sandbox's Workiva, and the sandbox."""
    with Sandbox.start() as sandbox, standing(server, sandbox, folder) as stack:
        Path(stack.environ["HOOKWORK_RULES"]).write_text(RULES, encoding="utf-8")
        stack.environ |= {
            "WORKIVA_API_URL": sandbox.workiva.url,
            "WORKIVA_CLIENT_ID": sandbox.workiva.client_id,
            "WORKIVA_CLIENT_SECRET": sandbox.workiva.client_secret,
            "WORKIVA_API": api.name,
        }
        stack.start_worker()
        yield stack, sandbox


def deliver(stack: Stack, name: str) -> str:
    """A task of its own is added. Returns the event's id."""
    ident = str(uuid.uuid4())
    payload = samples.fresh("task_added", id=ident, name=name) | {"entityId": ident}
    return str(stack.post(payload).json()["id"])


def titles(sandbox: Sandbox) -> list[str]:
    with sandbox.workiva.workspace.lock:
        return sorted(task["title"] for task in sandbox.workiva.tasks.values())


def wrong(stack: Stack) -> list[tuple[str, bool]]:
    """What is wrong with Workiva now, and whether the way out says something."""
    causes = [(one.cause, bool(one.way_out)) for one in Problems(stack.client).all()]
    return [one for one in causes if one[0].startswith("workiva:")]


@pytest.mark.parametrize(
    ("api", "path"),
    [
        (CURRENT, "/tasks"),
        pytest.param(
            PROTOTYPE,
            "/prototype/platform/tasks",
            marks=pytest.mark.skipif(
                PROTOTYPE.is_gone(datetime.now(UTC).date()), reason="Workiva has taken it away"
            ),
        ),
    ],
    ids=["current", "prototype"],
)
def test_an_event_makes_one_task_through_either_api(
    server: RedisServer, tmp_path: Path, api: Api, path: str
) -> None:
    with house(server, tmp_path, api) as (stack, sandbox), stack.watching() as settled:
        event = deliver(stack, "Quarterly report")
        settled.wait_for(event, patience_s=LONG_S)

        made = [(call.method, call.path) for call in sandbox.workiva.writes()]
        assert made == [("POST", path)]
        assert titles(sandbox) == ["Please approve: Quarterly report"]
        (call,) = sandbox.workiva.writes()
        assert call.headers["x-version"] == api.version
        ((action,),) = [rule.actions for rule in stack.run(event).rules]
        assert [write.outcome for write in action.writes] == ["done"]


def test_a_revoked_grant_holds_what_is_for_workiva_and_nothing_else(
    server: RedisServer, tmp_path: Path
) -> None:
    with house(server, tmp_path) as (stack, sandbox), stack.watching() as settled:
        before = deliver(stack, "before")
        settled.wait_for(before, patience_s=LONG_S)
        sandbox.workiva.revoke()

        held = [deliver(stack, name) for name in ("one", "two")]
        until(lambda: bool(wrong(stack)), "the problem", patience_s=LONG_S)
        goes_on = stack.post(samples.fresh("task_status_changed")).json()["id"]
        settled.wait_for(goes_on, patience_s=LONG_S)
        meanwhile = (wrong(stack), titles(sandbox), settled.seen.keys() & {*held})
        sandbox.workiva.grant()
        settled.wait_for(*held, patience_s=LONG_S)
        told = everything(stack.client) + b"".join(part.log.read_bytes() for part in stack.parts)

        assert meanwhile == (
            [("workiva:token-rejected", True)],
            ["Please approve: before"],
            set(),
        )
        assert len(sandbox.writes("/tasks/.*/comments")) == 1
        names = ("before", "one", "two")
        assert titles(sandbox) == [f"Please approve: {name}" for name in names]
        assert wrong(stack) == []
        assert b"Please approve: two" in told
        assert sandbox.workiva.client_secret.encode() not in told


def test_a_worker_whose_rules_need_a_grant_does_not_start_without_one(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "workers"],
        env={
            "PATH": os.environ["PATH"],
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "AWORK_API_TOKEN": "token",
            "AWORK_WEBHOOK_SECRET": "secret",
            "HOOKWORK_RULES": str(rules),
        },
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )

    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert len(lines) == 2
    for line, name in zip(lines, ("WORKIVA_CLIENT_ID", "WORKIVA_CLIENT_SECRET"), strict=True):
        assert line.startswith(f"{name} is missing, and the live rule 'ask-for-approval' needs it")
        assert f"({rules}:7)" in line
