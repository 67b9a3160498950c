"""`hookwork up --once`: the whole house by one command, as a newcomer runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ONCE = [sys.executable, "-m", "deploy.cli", "up", "--once"]
BROKEN = """
version: 1
rules:
  - id: nobody
    when: project_added
    do:
      - create_task: {name: Kick-off, private_for: Nobody Known}
"""
TWO_TARGETS = """
version: 1
rules:
  - id: everywhere
    when: project_added
    do:
      - create_workiva_task: {title: "Checklist of ${entity.name}"}
"""


def once(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWORK_", "HOOKWORK_"))}
    return subprocess.run(
        ONCE,
        cwd=folder,
        env={**clean, "PYTHONPATH": os.getcwd(), "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose path has a space in it."""
    folder = tmp_path / "my projects"
    folder.mkdir()
    return folder


def test_the_sample_day_ends_with_a_table_of_what_was_made(folder: Path) -> None:
    for _ in range(2):
        done = once(folder)

        assert done.returncode == 0, done.stdout + done.stderr
        for made, rule in (
            ("block for", "plan-assigned-task"),
            ("booking ", "book-started-project"),
            ("time entry ", "no-time-no-done"),
            ("task 'Kick-off", "kick-off-task"),
        ):
            row = next(line for line in done.stdout.splitlines() if made in line)
            assert rule in row
            assert "done" in row
        # Two hours on each of three days.
        assert done.stdout.count("(2 h)") == 3
        assert "Every event is settled." in done.stdout


def test_what_failed_is_said_and_exits_1(folder: Path) -> None:
    (folder / "rules.yaml").write_text(BROKEN, encoding="utf-8")

    done = once(folder, HOOKWORK_RULES=str(folder / "rules.yaml"))

    assert done.returncode == 1
    assert "no user is called 'Nobody Known'; there are:" in done.stdout


def test_the_day_is_played_into_a_workiva_of_its_own_and_never_into_a_real_one(
    folder: Path,
) -> None:
    (folder / "rules.yaml").write_text(TWO_TARGETS, encoding="utf-8")
    real = {"WORKIVA_CLIENT_ID": "grant", "WORKIVA_CLIENT_SECRET": "its-secret"}

    done = once(folder, HOOKWORK_RULES="rules.yaml", **real)

    row = next(line for line in done.stdout.splitlines() if "Checklist of" in line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done" in row


def test_a_mistake_in_the_rules_is_shown_with_its_place(folder: Path) -> None:
    (folder / "rules.yaml").write_text(BROKEN.replace("create_task", "crate_task"))

    done = once(folder, HOOKWORK_RULES="rules.yaml")

    assert done.returncode == 1
    assert (
        "rules.yaml:7:9: unknown action 'crate_task'; did you mean 'create_task'? "
        "[unknown-action]" in done.stderr
    )
    assert "Traceback" not in done.stderr + done.stdout


def test_a_port_that_is_taken_is_said(folder: Path) -> None:

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = once(folder, PORT=str(port))

    assert done.returncode == 1
    assert done.stderr == f"port {port} is taken by another program. Example: PORT=8001\n"


def test_a_redis_that_is_away_is_said_at_once(folder: Path) -> None:
    done = subprocess.run(
        ONCE[:-1],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.getcwd(),
            "AWORK_API_TOKEN": "token",
            "AWORK_WEBHOOK_SECRET": "secret",
            "REDIS_URL": "redis://:hunter2@127.0.0.1:1/0",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "Redis does not answer at 127.0.0.1 (REDIS_URL)" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


@pytest.mark.parametrize("module", ["webhooks", "workers"])
def test_a_process_without_its_settings_says_which_are_missing(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "REDIS_URL is missing. Example: REDIS_URL=redis://localhost:6379/0",
        "AWORK_API_TOKEN is missing. Example: AWORK_API_TOKEN=eyJhbGciOi...",
        "AWORK_WEBHOOK_SECRET is missing. Example: AWORK_WEBHOOK_SECRET=a long random text",
    ]
