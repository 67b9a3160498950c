"""What a killed `hookwork up` leaves running is named and ended by the next; nothing else is."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local import folder, leftovers, redis_server
from deploy.local.folder import PARTS, Taken
from deploy.local.processes import Process

#: says that it is there, and waits to be told to end
WAITS = ["-c", "import signal; print('here', flush=True); signal.pause()"]
#: the same, and does not listen
STUBBORN = ["-c", f"import signal; signal.signal(15, signal.SIG_IGN); {WAITS[1]}"]
#: the same, with a child of its own, which says its number
HAS_A_CHILD = [
    "-c",
    "import subprocess, sys; child = subprocess.Popen(['sleep', '600']);"
    "print(child.pid, flush=True); child.wait()",
]
#: a `hookwork up` that starts one part and is killed
KILLED = """
import os, signal, sys
from pathlib import Path
from deploy.local import folder
from deploy.local.processes import Process
home = Path(sys.argv[1])
held = folder.lock(home)
part = Process("edge", {command!r}, {{}}, home / "edge.log", home / "parts")
part.start()
print(part._running.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

Start = Callable[[str, list[str]], Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a part that says a word, and wait for the word."""
    started = []

    def start(name: str, command: list[str]) -> Process:
        one = Process(name, command, {}, tmp_path / f"{name}.log", tmp_path / PARTS)
        one.start()
        started.append(one)
        until_it_speaks(one.log)
        return one

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            os.killpg(pid_of(one), signal.SIGKILL)
        one.wait()


def until_it_speaks(log: Path) -> str:
    while not (said := log.read_text(encoding="utf-8").strip()):
        pass
    return said


def pid_of(process: Process) -> int:
    assert process._running is not None
    return process._running.pid


def is_over(pid: int) -> bool:
    """Wait until a process that is no child of ours has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ready, _, _ = select.select([handle], [], [], 30)
    os.close(handle)
    return bool(ready)


def test_what_is_left_behind_is_named_and_ended(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(command=WAITS), tmp_path],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    left = int(killed.stdout)

    told = leftovers.end(tmp_path)

    assert killed.returncode == -signal.SIGKILL
    assert told == ["edge was left behind by a hookwork that was killed; ended it"]
    assert is_over(left)
    assert leftovers.end(tmp_path) == []


def test_a_redis_that_is_left_behind_ends_last_and_in_order(tmp_path: Path, start: Start) -> None:
    server = redis_server.start(tmp_path / "redis")
    edge = start("edge", WAITS)

    told = leftovers.end(tmp_path)

    assert [one.partition(" was")[0] for one in told] == ["edge", "Redis"]
    assert server.process.wait() == 0
    assert edge.ended() == -signal.SIGTERM


def test_one_that_does_not_end_is_ended_by_force(tmp_path: Path, start: Start) -> None:
    edge = start("edge", STUBBORN)

    leftovers.end(tmp_path, patience_s=0.1)

    assert edge.ended() == -signal.SIGKILL


def test_a_number_that_somebody_else_has_by_now_is_never_ended(tmp_path: Path) -> None:
    # A machine that was switched off: the note is there, its process is not.
    held = folder.lock(tmp_path / PARTS, "edge")
    folder.sign(held, os.getpid())
    held.close()

    assert leftovers.end(tmp_path) == []


def test_two_of_one_kind_do_not_run_in_a_folder(start: Start) -> None:
    start("edge", WAITS)

    with pytest.raises(Taken, match="another hookwork uses"):
        start("edge", WAITS)


def test_with_one_that_is_killed_its_own_processes_end(start: Start) -> None:
    """Edges of WEB_CONCURRENCY would hold the port."""
    edge = start("edge", HAS_A_CHILD)
    child = int(until_it_speaks(edge.log))
    os.kill(pid_of(edge), signal.SIGKILL)
    assert is_over(pid_of(edge))

    code = edge.ended()

    assert code == -signal.SIGKILL
    assert is_over(child)


def test_a_long_log_begins_anew_and_the_one_before_it_is_kept(start: Start) -> None:
    edge = start("edge", WAITS)
    edge.longest_log = 3

    assert edge.ended() is None

    assert edge.log.read_bytes() == b""
    assert edge.log.with_suffix(".log.1").read_bytes() == b"here\n"
