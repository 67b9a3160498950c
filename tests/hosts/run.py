"""Runs on many hosts: load as in a chaos run, and hosts that are cut off and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

import uvicorn

from deploy.sandbox.server import Sandbox, _config
from tests.chaos import mishaps
from tests.chaos.driver import Driver
from tests.chaos.run import Chaos
from tests.hosts import cuts
from tests.hosts.balancer import Balancer
from tests.hosts.bells import Bells
from tests.hosts.cuts import Cut
from tests.hosts.house import LAYOUT, Hosts, Layout
from tests.hosts.network import Network
from tests.listener import listening

#: edits a second, which two cores can carry for six processes
RATE = 8.0
#: seconds of the longest cut: longer than a lease, so that others take over
LONGEST_S = 90.0
_PER_MINUTE = 30_000
#: of each call to awork and Workiva: shortest, longest
_LATENCY_S = (0.01, 0.24)
#: Seconds for which awork keeps an idle connection. With uvicorn's own 5 s, what a host has sent
#: into nothing would find nobody any more when its cable is back.
_KEPT_S = 75


@dataclass
class ManyHosts(Chaos):
    """A run under way, in namespaces of its own: each host is cut off once."""

    network: Network = field(kw_only=True)
    layout: ClassVar[Layout] = LAYOUT
    cuts: list[Cut] = field(default_factory=list)

    @classmethod
    @contextmanager
    def ready(cls, seed: int, longest_s: float, folder: Path, rate: float) -> Iterator[ManyHosts]:
        """One that may begin, in a network of its own. longest_s: of the cuts."""
        network, planned = Network(list(cls.layout)), cls.planned(seed, longest_s)
        network.build()
        home = network.home("outside")
        with _awork(home) as sandbox, listening(home) as listener:
            sandbox.workiva.per_second = _PER_MINUTE
            seconds = cuts.over_s(planned) if any(cut.lasts_s for cut in planned) else 0.0
            told = (seed, seconds, folder, sandbox, listener, rate)
            yield cls(*told, network=network, cuts=planned)

    @classmethod
    def planned(cls, seed: int, longest_s: float) -> list[Cut]:
        """Which hosts are cut off, and when."""
        return cuts.planned(seed, longest_s)

    @property
    def hosts(self) -> Hosts:
        assert isinstance(self.house, Hosts)
        return self.house

    @property
    def balancer(self) -> Balancer:
        assert isinstance(self.driver, Balancer)
        return self.driver

    def bells(self) -> Bells:
        """Asks the workers how many bells they have heard."""
        return Bells(self.house.environ["REDIS_URL"])

    def pull(self, cut: Cut) -> None:
        self.house.mishaps[str(cut)] += 1
        self.network.pull(cut.host, cut.cables)
        cut.pulled = time.monotonic()

    def plug(self, cut: Cut) -> None:
        self.network.plug(cut.host, cut.cables)
        cut.plugged, cut.plugged_at = time.monotonic(), time.time()

    def _house(self) -> Hosts:
        return Hosts(self.folder, self._environ(), [], network=self.network, layout=self.layout)

    def _driver(self, urls: list[str], headers: dict[str, str], chance: Random) -> Driver:
        return Balancer(urls, headers, chance)

    def _raise_faults(self) -> None:
        """awork and Workiva answer as they should, only slowly: what goes wrong is the lines'."""
        for faults in (self.sandbox.faults, self.sandbox.workiva.faults):
            faults.latency_s = _LATENCY_S

    def _mishaps(self, began: float) -> list[Callable[[], None]]:
        bells = self.bells()
        times = cuts.played(self.cuts, began, pull=self.pull, plug=self.plug, heard=bells.heard)
        return [mishaps.play(times, time.monotonic)]


@contextmanager
def _awork(address: str) -> Iterator[Sandbox]:
    """The sandbox, where other hosts reach it. It ends with this process."""
    sandbox = Sandbox(per_minute=_PER_MINUTE)
    listener, config = sandbox._listen(address, 0), _config(sandbox.app())
    config.timeout_keep_alive = _KEPT_S
    threading.Thread(target=uvicorn.Server(config).run, args=([listener],), daemon=True).start()
    yield sandbox
