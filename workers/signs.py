"""The signs of life that a worker gives, for whoever supervises it; alive.py asks for them.

Two files, each with the time of its last sign. `alive`: the process goes on, whether Redis is there
or not, also while Celery still looks for it. `ready`: Redis has answered housekeeping, which begins
once Celery hears bells. The time is of the machine's clock that nobody sets: one that jumps would
have every worker restarted at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from webhooks.errors import SettingsRejected
from workers.alive import NAMES

log = structlog.get_logger()

#: seconds between two signs
APART_S = 1.0
#: Housekeeping begins a turn each second. While Redis takes connections and answers nothing, a turn
#: takes half a minute; one that takes four times that hangs, and a restart helps.
LONGEST_TURN_S = 120.0


class Signs:
    """What one worker process lets others see.

    folder: where; None: nowhere. clock: seconds, the same for every process of the machine.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises SettingsRejected when nothing can be written there."""
        #: sign -> its file; none when nobody asks for them
        self._files = {name: folder / name for name in NAMES} if folder else {}
        self._clock = clock
        #: when housekeeping began its last turn; None before the first
        self._turned: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signs", daemon=True)
        try:
            self._forget()
            self._give("alive")
        except OSError as error:
            problem = f"HOOKWORK_ALIVE: cannot write into {str(folder)!r}: {error}"
            raise SettingsRejected([problem]) from error

    def start(self) -> None:
        """Begin to give them."""
        if self._files:
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def turns(self) -> None:
        """Housekeeping begins a turn."""
        self._turned = self._clock()

    def answered(self) -> None:
        """Redis has answered it."""
        self._try("ready")

    def beat(self) -> None:
        """One sign of life, unless housekeeping hangs."""
        if self._turned is None or self._clock() - self._turned < LONGEST_TURN_S:
            self._try("alive")

    def _run(self) -> None:
        while not self._stop.wait(APART_S):
            self.beat()

    def _forget(self) -> None:
        """What a process before this one has left: files outlive a container's restart."""
        for file in self._files.values():
            file.unlink(missing_ok=True)

    def _try(self, name: str) -> None:
        try:
            self._give(name)
        except OSError as error:
            # Events go on; whoever asks sees no sign, and does what they do then.
            log.warning("sign_not_given", sign=name, problem=str(error))

    def _give(self, name: str) -> None:
        if file := self._files.get(name):
            # Whoever asks reads the old time or the new one, never half of one.
            fresh = file.with_name(f".{name}")
            fresh.write_text(repr(self._clock()), encoding="ascii")
            fresh.replace(file)
