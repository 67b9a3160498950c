"""Lost bells: a host comes back when a bell could not be acknowledged, and before the client of the
broker has noticed that the line was dead. Its connection goes on; its slots must not be lost.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from tests.hosts.cuts import LOOKS_S, Cut
from tests.hosts.house import Layout
from tests.hosts.run import ManyHosts

#: Seconds each call takes at first: with it and the tries to reach Redis a task is over its time,
#: and claims nothing more.
_SLOW_S = 2.5
#: longer than the broker's client waits at Redis for a bell
_DEAF_S = 2.5
_LONGEST_S = 60.0
#: edits a second, later
_RATE = 3.0


@dataclass
class LostBells(ManyHosts):
    """Workers with one slot each, so that one lost bell is enough."""

    layout: ClassVar[Layout] = {"h1": ("edge", "worker"), "h2": ("worker",)}

    @classmethod
    def planned(cls, _seed: int, _longest_s: float) -> list[Cut]:
        return [Cut("h1", ("inside",))]

    def _rage(self) -> None:
        (cut,) = self.cuts
        (worker,) = self.hosts.workers_on(cut.host)
        self._keep_busy(cut)
        _wait(lambda: b"Couldn't ack" in worker.log.read_bytes(), f"no bell lost: {worker.log}")
        self.plug(cut)
        self._raise_faults()
        self.rate = _RATE
        editing = threading.Thread(target=self._edit_on)
        editing.start()
        for look_s in LOOKS_S:
            time.sleep(max(0.0, cut.plugged + look_s - time.monotonic()))
            cut.heard.append(self.bells().heard())
        self._over.set()
        editing.join()

    def _keep_busy(self, cut: Cut) -> None:
        """Cut the host off while its worker is at a bell. The other one cannot take that."""
        (other,) = self.hosts.workers_on("h2")
        self.sandbox.faults.latency_s = (_SLOW_S, _SLOW_S)
        other.send(signal.SIGSTOP)
        time.sleep(_DEAF_S)
        edit = self.people.edit_task("taskassignment_added", self.people.tasks[-1])
        asked = len(self.sandbox.calls)
        self.driver.deliver_once(edit.envelope, edit)
        _wait(lambda: len(self.sandbox.calls) > asked, "no call")
        self.pull(cut)
        other.send(signal.SIGCONT)

    def _environ(self) -> dict[str, str]:
        return {**super()._environ(), "WORKER_CONCURRENCY": "1"}


def _wait(happened: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while not happened():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
