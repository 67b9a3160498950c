"""Whose turn it is: the slots of one process, shared out over the workspaces it works for.

The workspace that was served longest ago comes first, so each has its turn however much waits in
another. And while there are several, none has all the slots: awork may be slow in one of them, and
who comes with one event must not wait until all that is under way there is done.
Performs no I/O.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext

#: the part of the slots that no single workspace is given, of several
_FOR_OTHERS = 4


class Seats:
    """Shared by all threads of a process. Workspaces are told by their places, from 0."""

    def __init__(self, places: int, slots: int) -> None:
        self._lock = threading.Lock()
        #: Held by the thread that chooses, from `order` to `take`: else all who ask at one moment
        #: are told the same order, and one workspace gets all slots. One alone has nobody to wait.
        self.choosing: AbstractContextManager[object] = (
            threading.Lock() if places > 1 else nullcontext()
        )
        self._held = [0] * places
        #: served longest ago first
        self._queue = list(range(places))
        others = max(1, slots // _FOR_OTHERS) if places > 1 else 0
        self._most = max(1, slots - others)

    def order(self) -> list[int]:
        """Who may be given a slot, in the order of their turns."""
        with self._lock:
            return [place for place in self._queue if self._held[place] < self._most]

    def take(self, place: int) -> None:
        """A slot is given to this one: the others come before it next."""
        with self._lock:
            self._held[place] += 1
            self._queue.remove(place)
            self._queue.append(place)

    def leave(self, place: int) -> None:
        """Its slot is free again."""
        with self._lock:
            self._held[place] -= 1
