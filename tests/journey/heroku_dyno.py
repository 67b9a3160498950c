"""A dyno: the processes of one command, started, listened to and ended as Heroku does it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from tests.journey.heroku_slug import Slug

#: Heroku kills after 30; ours are to be done before
LONGEST_END_S = 25.0
#: how long a test waits for what should have happened long before
_PATIENCE_S = 30.0


@dataclass
class Dyno:
    """One dyno. What its processes print is kept, and ends when the last of them has ended."""

    #: such as web.1
    name: str
    command: str
    slug: Slug
    #: config vars and Heroku's own
    environ: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] = field(init=False)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _listener: threading.Thread = field(init=False)

    def start(self) -> None:
        """Start it: a shell that is given the command, in a group of its own."""
        self.process = subprocess.Popen(
            ["sh", "-c", self.command],
            cwd=self.slug.folder,
            # Nothing of this terminal's: a dyno knows its config vars.
            env={**self.slug.environ, **self.environ, "DYNO": self.name},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._listener = threading.Thread(
            target=self._listen, args=(self.process.stdout,), name=self.name, daemon=True
        )
        self._listener.start()

    def said(self, words: str) -> str:
        """Wait until it prints a line with these words; the line."""
        deadline = time.monotonic() + _PATIENCE_S
        with self._news:
            while (line := self._with(words)) is None:
                left_s = deadline - time.monotonic()
                assert left_s > 0, f"{self.name} never said {words!r}:\n{self.printed}"
                self._news.wait(left_s)
        return line

    def tell_to_end(self) -> None:
        """SIGTERM to all its processes, twice: Heroku may send several."""
        for _ in range(2):
            os.killpg(self.process.pid, signal.SIGTERM)

    def ended(self, within_s: float = LONGEST_END_S) -> int:
        """Wait until every process of it has ended. Returns the exit code that Heroku sees."""
        self._listener.join(within_s)
        assert not self._listener.is_alive(), f"{self.name} goes on:\n{self.printed}"
        return self.process.wait(within_s)

    def kill(self) -> None:
        """SIGKILL to all that is left of it."""
        if self._listener.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._listener.join()

    @property
    def printed(self) -> str:
        return "".join(self.lines)

    def _listen(self, output: IO[str]) -> None:
        # It ends with the last process that holds it, whichever that is.
        with output:
            for line in output:
                with self._news:
                    self.lines.append(line)
                    self._news.notify_all()

    def _with(self, words: str) -> str | None:
        return next((line for line in self.lines if words in line), None)
