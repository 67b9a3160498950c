"""Signs of life: given while a worker goes on, asked for from outside; the test is the clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from webhooks.errors import SettingsRejected
from workers.alive import SILENT_S, main, missing
from workers.signs import LONGEST_TURN_S, Signs


class Hands:
    """A clock that the test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Hands:
    return Hands()


def found(folder: Path, clock: Hands) -> list[str]:
    """The signs that there are."""
    return [name for name in ("alive", "ready") if not missing(folder, name, clock.now)]


def test_a_worker_that_has_its_parts_is_alive_before_redis_has_answered(
    tmp_path: Path, clock: Hands
) -> None:
    before = found(tmp_path, clock)

    Signs(tmp_path, clock)

    assert before == []
    assert found(tmp_path, clock) == ["alive"]


def test_a_worker_that_has_waited_for_redis_for_an_hour_is_alive(
    tmp_path: Path, clock: Hands
) -> None:
    signs = Signs(tmp_path, clock)

    clock.passes(3600)
    signs.beat()

    assert found(tmp_path, clock) == ["alive"]


def test_a_worker_whose_redis_answers_is_ready_and_is_not_once_it_goes_away(
    tmp_path: Path, clock: Hands
) -> None:
    signs = Signs(tmp_path, clock)
    signs.turns()
    signs.answered()
    with_redis = found(tmp_path, clock)

    clock.passes(SILENT_S + 1)
    signs.turns()
    signs.beat()

    assert with_redis == ["alive", "ready"]
    assert found(tmp_path, clock) == ["alive"]


def test_a_worker_whose_housekeeping_hangs_gives_no_sign(tmp_path: Path, clock: Hands) -> None:
    signs = Signs(tmp_path, clock)
    signs.turns()

    clock.passes(LONGEST_TURN_S - 1)
    signs.beat()
    slow = found(tmp_path, clock)
    clock.passes(SILENT_S + 1)
    signs.beat()

    assert slow == ["alive"]
    assert found(tmp_path, clock) == []


def test_a_worker_that_is_frozen_gives_no_sign(tmp_path: Path, clock: Hands) -> None:
    Signs(tmp_path, clock)

    clock.passes(SILENT_S)
    last = found(tmp_path, clock)
    clock.passes(1)

    assert last == ["alive"]
    assert found(tmp_path, clock) == []


def test_what_the_process_before_has_left_says_nothing_of_this_one(
    tmp_path: Path, clock: Hands
) -> None:
    Signs(tmp_path, clock).answered()
    Signs(tmp_path, clock)

    assert found(tmp_path, clock) == ["alive"]


def test_what_was_given_before_the_machine_restarted_is_old(tmp_path: Path, clock: Hands) -> None:
    Signs(tmp_path, clock).answered()
    clock.now = 5.0

    assert found(tmp_path, clock) == []


def test_a_thread_gives_them_when_nobody_else_does(tmp_path: Path) -> None:
    signs = Signs(tmp_path)
    (tmp_path / "alive").unlink()

    signs.start()
    deadline = time.monotonic() + 30
    while not (tmp_path / "alive").exists():
        assert time.monotonic() < deadline, "no sign"
    signs.stop()

    assert main([str(tmp_path)]) == ""


def test_a_folder_that_takes_no_files_is_a_mistake_at_start(tmp_path: Path) -> None:
    nowhere = tmp_path / "not-mounted"

    with pytest.raises(SettingsRejected) as told:
        Signs(nowhere)

    (problem,) = told.value.problems
    assert problem.startswith(f"HOOKWORK_ALIVE: cannot write into '{nowhere}': ")


def test_a_folder_that_is_lost_later_ends_no_thread(tmp_path: Path) -> None:
    folder = tmp_path / "signs"
    folder.mkdir()
    signs = Signs(folder)
    (folder / "alive").unlink()
    folder.rmdir()

    with capture_logs() as logs:
        signs.turns()
        signs.beat()
        signs.answered()

    assert [(line["event"], line["sign"]) for line in logs] == [
        ("sign_not_given", "alive"),
        ("sign_not_given", "ready"),
    ]


def test_a_worker_that_nobody_asks_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    signs = Signs(None)

    signs.start()
    signs.turns()
    signs.answered()
    signs.beat()

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "alive: no sign in {folder} yet; does HOOKWORK_ALIVE of the worker name it?"),
        ("", "alive: the sign in {folder} cannot be read: could not convert string to float: ''"),
        ("-9.0", "alive: no sign for "),
    ],
)
def test_whoever_asks_is_told_what_is_missing(
    tmp_path: Path, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "alive").write_text(content)

    assert main([str(tmp_path)]).startswith(told.format(folder=tmp_path))


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "alive", "c"]])
def test_a_question_that_is_none_is_answered_with_how_to_ask(arguments: list[str]) -> None:
    assert main(arguments) == "usage: python -m workers.alive FOLDER [alive|ready]"


def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "workers.alive", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_says_it_by_its_exit_code_and_loads_next_to_nothing(tmp_path: Path) -> None:
    before = asked(str(tmp_path), "ready")
    Signs(tmp_path).answered()

    after = asked(str(tmp_path), "ready")

    assert before.returncode == 1
    assert before.stderr.endswith("the worker name it?\n")
    assert after.returncode == 0
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in after.stderr.splitlines()}
    assert "pathlib" in loaded
    assert not loaded & {"celery", "redis", "pydantic", "structlog", "webhooks", "dataclasses"}
