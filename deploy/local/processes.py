"""Processes on this machine: started, and ended in order. keeping.py starts them again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.folder import lock, sign

#: seconds a process is given to end; its own limit is 25
PATIENCE_S = 28.0


@dataclass
class Process:
    """One process that shall run."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    #: standard error goes here
    log: Path
    #: the folder of its lock, by which it is found when whoever started it was killed
    locks: Path
    #: bytes of its log; then it begins anew, and the one before it is kept
    longest_log: int = 10 * 2**20
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it. Raises OSError, or Taken when one like it runs here already."""
        held = lock(self.locks, self.name)
        with held, self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603  our own modules
                [sys.executable, *self.command],
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
                pass_fds=[held.fileno()],
                # Ctrl-C reaches the whole group; these end when they are told to, in order.
                start_new_session=True,
            )
            sign(held, self._running.pid)

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        if self._running is None or self._running.returncode is not None:
            return self._running.returncode if self._running else None
        self._bound_log()
        if self._running.poll() is not None:
            # What one that was killed has left: edges of WEB_CONCURRENCY, who hold its port.
            _kill_group(self._running.pid)
        return self._running.returncode

    def tell_to_end(self) -> None:
        """Ask it to end."""
        if self._running and self._running.poll() is None:
            self._running.terminate()

    def wait(self) -> None:
        """Wait until it ended; end it by force when it takes too long."""
        if self._running is None:
            return
        try:
            self._running.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            _kill_group(self._running.pid)
            self._running.wait()

    def last_words(self) -> str:
        """The end of its log."""
        return last_lines(self.log, 15)

    def _bound_log(self) -> None:
        """Begin a long log anew. The process goes on writing to the same file, at its end."""
        if self.log.stat().st_size > self.longest_log:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def last_lines(log: Path, lines: int) -> str:
    """The end of a log; nothing when there is none."""
    if not log.exists():
        return ""
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def end_all(processes: Sequence[Process]) -> None:
    """Tell all to end, then wait for each."""
    for process in processes:
        process.tell_to_end()
    for process in processes:
        process.wait()
