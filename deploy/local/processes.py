"""Processes on this machine: started, kept running, and ended in order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: seconds a process is given to end; its own limit is 25
PATIENCE_S = 28.0
#: a process that ends sooner than this after its start is broken, and not started for ever
HEALTHY_AFTER_S = 5.0
_MOST_QUICK_ENDS = 3


@dataclass
class Process:
    """One process that shall run."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    #: standard error goes here
    log: Path
    quick_ends: int = 0
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _began: float = 0.0

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603  our own modules
                [sys.executable, *self.command],
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
                # Ctrl-C reaches the whole group; these end when they are told to, in order.
                start_new_session=True,
            )
        self._began = time.monotonic()

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._running.poll() if self._running else None

    def restart(self) -> bool:
        """Start it again; False when it keeps ending as soon as it starts."""
        quick = time.monotonic() - self._began < HEALTHY_AFTER_S
        self.quick_ends = self.quick_ends + 1 if quick else 0
        if self.quick_ends >= _MOST_QUICK_ENDS:
            return False
        self.start()
        return True

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
            self._running.kill()
            self._running.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def end_all(processes: Sequence[Process]) -> None:
    """Tell all to end, then wait for each."""
    for process in processes:
        process.tell_to_end()
    for process in processes:
        process.wait()
