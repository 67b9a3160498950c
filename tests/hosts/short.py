"""The short form: two hosts with an edge and a worker each, one of which is away for a while.

It is cut off while it has nothing to do: an event it had claimed would wait for a minute.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from tests.chaos.driver import Driver
from tests.hosts.balancer import Balancer
from tests.hosts.cuts import Cut
from tests.hosts.house import Layout
from tests.hosts.report import worked_again_s
from tests.hosts.run import ManyHosts

#: edits that are made while the host is away
_EDITS = 12
_LONGEST_S = 30.0


@dataclass
class OneCut(ManyHosts):
    """One host is away and the other does it all; it comes back, and works again."""

    layout: ClassVar[Layout] = {"h1": ("edge", "worker"), "h2": ("edge", "worker")}

    @classmethod
    def planned(cls, _seed: int, _longest_s: float) -> list[Cut]:
        return [Cut("h1", ("inside", "outside"))]

    def _driver(self, urls: list[str], headers: dict[str, str], chance: Random) -> Driver:
        return Balancer(urls, headers, chance, pranks=False)

    def _rage(self) -> None:
        (cut,) = self.cuts
        (worker,) = self.hosts.workers_on(cut.host)
        self.pull(cut)
        for _ in range(_EDITS):
            self._edit()
        self._drained()
        self.plug(cut)
        while worked_again_s(worker.log, cut) is None:
            assert time.monotonic() < cut.plugged + _LONGEST_S, f"still deaf: see {worker.log}"
            self._edit()
            time.sleep(0.3)

    def _calm(self) -> None:
        """Nothing has to be calmed."""

    def _edit(self) -> None:
        # No rule lets these settle, so nothing is waited for.
        edit = self.people.edit_task("task_status_changed", self._own.choice(self.people.tasks))
        self.driver.deliver(edit.envelope, edit)
