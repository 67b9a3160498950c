"""What the terminal says of Workiva: where it is, and that a write went there."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy import recorded
from deploy.local import report
from deploy.local.house import House
from webhooks.settings import read
from webhooks.store.journal import ActionRun, Entry, RuleRun, Run, Write

REQUIRED = {
    "REDIS_URL": "redis://localhost",
    "AWORK_API_TOKEN": "token",
    "AWORK_WEBHOOK_SECRET": "secret",
}
GRANT = {"WORKIVA_CLIENT_ID": "grant", "WORKIVA_CLIENT_SECRET": "its-secret"}


def started(given: dict[str, str], *, sandbox: str = "") -> str:
    """What is printed at the start with these settings."""
    console = Console(file=StringIO(), width=200)
    settings = read(REQUIRED | given)
    report.started(console, House(settings, Path(), "http://127.0.0.1:8000", sandbox, None))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("sandbox", "which"), [("", "your workspace"), ("http://127.0.0.1:8900", "sandbox")]
)
def test_where_workiva_is_is_said_where_there_is_a_grant(sandbox: str, which: str) -> None:
    told = started(GRANT, sandbox=sandbox)

    assert f"Workiva   https://api.app.wdesk.com ({which})" in told


def test_without_a_grant_nothing_is_said_of_workiva() -> None:
    assert "Workiva" not in started({})


@pytest.mark.parametrize(
    ("target", "told"), [("workiva", "Workiva: POST /tasks"), ("awork", "a task  POST /tasks")]
)
def test_of_a_write_is_said_when_it_went_to_workiva(target: str, told: str) -> None:
    write = Write(
        item="task", method="POST", path="/tasks", target=target, outcome="done", summary="a task"
    )
    action = ActionRun(id="a", name="a", outcome="done", writes=(write,))
    rule = RuleRun(rule="r", mode="live", verdict="matched", actions=(action,))
    run = Run(event_id="e", kind="task_added", entity_id="t", outcome="done", rules=(rule,))
    entry = Entry(id="e", state="settled", head=b"", body=b"", run=run, reason="")

    lines = list(recorded.whole(entry))

    assert any(told in line for line in lines)
