"""Starting again what ended by itself: after a second, then with more and more patience, for ever.

A worker may end on purpose: its watchdog, or rules that cannot be loaded when it starts. The
others go on meanwhile: what is delivered is taken, and waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from deploy.local.folder import Taken
from deploy.local.redis_server import NoServer

#: seconds after which a process has proved that it can run
HEALTHY_AFTER_S = 60.0
#: seconds between two starts of one that keeps ending, at the most
LONGEST_PAUSE_S = 60.0


class Part(Protocol):
    """What is kept running."""

    @property
    def name(self) -> str: ...
    def start(self) -> None:
        """Start it. Raises OSError, Taken or NoServer."""

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        ...

    def last_words(self) -> str:
        """The end of its log."""
        ...


@dataclass
class Kept:
    """One part, and how it does."""

    part: Part
    #: seconds that only go forward
    clock: Callable[[], float]
    #: when it was started last
    began_s: float
    #: how often in a row it ended soon after its start
    quick_ends: int = 0
    #: when it is to be started again; None while it runs
    due_s: float | None = None
    #: what it said when it ended last
    words: str = ""

    def look(self) -> str:
        """Start it again when it ended, and its time has come. Returns what is to be told, if
        anything is."""
        if self.due_s is not None:
            return self._start() if self.clock() >= self.due_s else ""
        code = self.part.ended()
        if code is None:
            return ""
        if code < 0:
            return self._again(f"was ended by signal {-code}")
        return self._again(f"ended with {code}", self.part.last_words())

    def _start(self) -> str:
        self.due_s, self.began_s = None, self.clock()
        try:
            self.part.start()
        except (OSError, Taken, NoServer) as error:
            # No memory, say, or its program is being replaced right now.
            return self._again(f"cannot be started ({error})")
        return ""

    def _again(self, what: str, words: str = "") -> str:
        """Soon, and later the sooner it ends; the same words are told once."""
        ran_s = self.clock() - self.began_s
        self.quick_ends = self.quick_ends + 1 if ran_s < HEALTHY_AFTER_S else 0
        pause_s = min(2.0**self.quick_ends, LONGEST_PAUSE_S)
        self.due_s = self.clock() + pause_s
        before, self.words = self.words, words
        told = f"{self.part.name} {what}; starting it again in {pause_s:.0f} s"
        return f"{told}\n{self.words}" if self.words not in ("", before) else told
