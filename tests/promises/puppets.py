"""Work that stands still before each thing it does, until it is told to go on or to die.

Each runs in a thread, and only while whoever holds the strings waits: never two at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

#: a thread that does not come to its next stand by then hangs
_PATIENCE_S = 20.0


class Cut(BaseException):
    """The strings were cut: it is gone, as by SIGKILL."""


class Puppet:
    """One piece of work, and where it stands."""

    def __init__(self, work: Callable[[Puppet], object]) -> None:
        #: what it does next; empty when it is over
        self.at = "start"
        self._work = work
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._is_cut = False
        self._error: BaseException | None = None
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def is_over(self) -> bool:
        return not self.at

    def step(self) -> None:
        """Let it do what it stands before. Raises what it did not handle."""
        self._go.release()
        assert self._stands.acquire(timeout=_PATIENCE_S), f"hangs after {self.at}"
        if self._error is not None:
            raise self._error

    def cut(self) -> None:
        """Let it die where it stands."""
        self._is_cut = True
        while not self.is_over:
            self.step()

    def stand(self, point: str) -> None:
        """Stand still. Called by the work itself."""
        if not self._is_cut:
            self.at = point
            self._stands.release()
            self._go.acquire()
        if self._is_cut:
            raise Cut

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._is_cut:
                self._work(self)
        except Cut:
            pass
        except BaseException as error:  # noqa: BLE001  whoever holds the strings raises it
            self._error = error
        self.at = ""
        self._stands.release()


class Stepwise:
    """Anything with methods, before each of which a puppet stands still."""

    def __init__(self, inner: Any, puppet: Puppet) -> None:
        self._inner, self._puppet = inner, puppet

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def call(*args: Any, **options: Any) -> Any:
            self._puppet.stand(name)
            return method(*args, **options)

        return call
