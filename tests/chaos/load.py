"""More than the workers can do, for minutes: `python -m tests.chaos.load [--seconds N]`.

First a burst says what the workers do in a second; then deliveries come at twice that, in open
loop, from processes of their own. The edges must go on answering at once, nothing may grow but
the backlog, and that must be worked off completely. Exits 1 when the slowest acknowledgements
(p99) take longer than 50 ms, or when something is not settled.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from deploy.sandbox.server import HOST, TOKEN
from tests.bench.load import Load, Order, Shape
from tests.chaos.house import EDGES, House
from tests.chaos.report import commit
from tests.journey.conftest import free_port
from tests.journey.stack import until
from webhooks.store import keys
from webhooks.store.client import Client

LATENCY_MS = 100
#: ms, of the acknowledgements
_SLOWEST_P99 = 50.0
#: more than they can do, so that there are always some
_BURST_RATE, _BURST_S = 800.0, 4.0
_CONNECTIONS = 32
_SECRET = "secret-of-the-load"
_RULES = """version: 1
rules:
  - id: log
    when: task_status_changed
    limits: {writes_per_run: 50, writes_per_hour: 100000000}
    do:
      - log_time: {user: Timo Brandt, project: "${entity.projectId}", duration: 15m, note: load}
"""


@dataclass(frozen=True)
class Sample:
    """One look at everything."""

    #: since the load began
    at_s: float
    #: process -> MiB
    rss: Mapping[str, float]
    waiting: int
    settled: int
    #: bytes, Redis's used_memory
    used: int


@dataclass
class Rig:
    """The house, an awork beside it, and what is seen of them."""

    house: House
    client: Client
    samples: list[Sample] = field(default_factory=list)

    def look(self, began: float) -> Sample:
        """What is now; kept."""
        info = self.client.info("memory")
        one = Sample(
            at_s=time.monotonic() - began,
            rss={
                m.name: _rss_mib(m.process.pid) for m in self.house.members if m.process is not None
            },
            waiting=self.client.zcard(keys.UNNAMED.waiting),
            settled=self.client.zcard(keys.UNNAMED.settled),
            used=info["used_memory"],
        )
        self.samples.append(one)
        return one

    def load(self, rate: float, seconds: float) -> list[Load]:
        """Deliver at a rate, to all edges alike, and look each second. Returns what each load
        maker measured."""
        # Into files: what they tell is more than a pipe holds.
        told = [self.house.folder / f"load-{edge}.json" for edge in range(EDGES)]
        makers = [self._maker(edge, rate / EDGES, seconds, told[edge]) for edge in range(EDGES)]
        began = time.monotonic()
        while any(maker.poll() is None for maker in makers):
            self.look(began)
            time.sleep(max(0.0, 1 - (time.monotonic() - began) % 1))
        return [msgspec.json.decode(file.read_bytes(), type=Load) for file in told]

    def drain(self, longest_s: float) -> float:
        """Wait until nothing is left. Returns seconds."""
        began = time.monotonic()
        while self.look(began).waiting and time.monotonic() - began < longest_s:
            time.sleep(0.25)
        return time.monotonic() - began

    def _maker(self, edge: int, rate: float, seconds: float, into: Path) -> subprocess.Popen[bytes]:
        member, server = self.house.members[edge], self.house.redis.process
        assert member.process is not None
        assert server is not None
        order = Order(
            shape=Shape(connections=_CONNECTIONS, window_s=seconds, rate=rate, warm_s=0.0),
            port=self.house.ports[edge],
            path="/webhooks/awork",
            server=member.process.pid,
            core=min(os.sched_getaffinity(0)),
            redis=server.pid,
        )
        command = [sys.executable, "-m", "tests.bench.load", msgspec.json.encode(order).decode()]
        with into.open("wb") as file:
            return subprocess.Popen(command, env=dict(self.house.environ), stdout=file)


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="of load")
    seconds = parser.parse_args().seconds
    # So that what was started is ended: this way, an exit passes every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="load-"))
    with _rig(folder) as rig:
        is_good = _measured(rig, seconds)
    if is_good:
        shutil.rmtree(folder)
    else:
        _print(f"logs and data of Redis: {folder}")
    return 0 if is_good else 1


def _measured(rig: Rig, seconds: float) -> bool:
    rate = _workers_rate(rig)
    _print(f"commit {commit()}; workers do {rate:.0f} events a second ({LATENCY_MS} ms a call)")
    rig.samples.clear()
    start = rig.look(time.monotonic())
    loads = rig.load(2 * rate, seconds)
    end = rig.samples[-1]
    accepted, errors = sum(one.accepted for one in loads), sum(one.errors for one in loads)
    worked = end.settled - start.settled
    ms = sorted(1000 * latency_s for one in loads for latency_s in one.latencies_s)
    p50, p99 = ms[len(ms) // 2], ms[len(ms) * 99 // 100]
    _print(f"in          {accepted / seconds:.0f} a second for {seconds:g} s; not 202: {errors}")
    _print(f"out         {worked / end.at_s:.0f} a second meanwhile")
    _print(f"acks        p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {ms[-1]:.1f} ms")
    drained_s = rig.drain(longest_s=3 * seconds + 60)
    last = rig.samples[-1]
    _print(
        f"backlog     {end.waiting} at the end of the load, {last.waiting} after {drained_s:.0f} s"
    )
    for line in _memory(rig.samples, end):
        _print(line)
    _print(_per_event(start, end, last))
    failed = rig.client.zcard(keys.UNNAMED.failed)
    unsettled = accepted - (last.settled - start.settled)
    _print(f"not settled {unsettled}, in the failed list {failed}")
    return p99 <= _SLOWEST_P99 and not (unsettled or failed or errors)


def _workers_rate(rig: Rig) -> float:
    """How many events the workers settle in a second, when there are always some."""
    rig.load(_BURST_RATE, _BURST_S / 4)  # so that everything is warm
    rig.drain(60)
    began, before = time.monotonic(), rig.look(0).settled
    rig.load(_BURST_RATE, _BURST_S)
    rig.drain(120)
    return (rig.samples[-1].settled - before) / (time.monotonic() - began)


def _memory(samples: list[Sample], end: Sample) -> Iterator[str]:
    yield "memory      MiB at the start, after a minute, at the end of the load, at most"
    minute = next((one for one in samples if one.at_s >= 60), end)
    for name in samples[0].rss:
        peak = max(one.rss[name] for one in samples)
        at = [one.rss[name] for one in (samples[0], minute, end)]
        yield f"  {name:<10}" + "".join(f"{mib:8.1f}" for mib in (*at, peak))


def _per_event(start: Sample, end: Sample, last: Sample) -> str:
    each_settled = (last.used - start.used) / max(1, last.settled - start.settled)
    of_settled = each_settled * (end.settled - start.settled)
    each_waiting = (end.used - start.used - of_settled) / max(1, end.waiting)
    return f"Redis       {each_waiting:.0f} bytes a waiting event, {each_settled:.0f} a settled one"


@contextmanager
def _rig(folder: Path) -> Iterator[Rig]:
    (folder / "rules.yaml").write_text(_RULES, encoding="utf-8")
    port = free_port()
    awork = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.awork", str(port), str(LATENCY_MS)]
    )
    house = House(folder, _environ(port, folder), [free_port() for _ in range(EDGES)])
    try:
        house.begin()
        client = Client.at(house.environ["REDIS_URL"])
        rig = Rig(house, client)
        until(lambda: client.zcard(keys.WORKERS) == len(_workers(house)), f"workers: {folder}")
        yield rig
    finally:
        house.end()
        awork.terminate()
        awork.wait()


def _workers(house: House) -> list[Any]:
    return [member for member in house.members if member.role == "worker"]


def _environ(port: int, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "AWORK_API_URL": f"http://{HOST}:{port}/api/v1",
        "AWORK_API_TOKEN": TOKEN,
        "AWORK_WEBHOOK_SECRET": _SECRET,
        "AWORK_RATE_PER_MINUTE": "100000",
        "HOOKWORK_RULES": str(folder / "rules.yaml"),
        "WORKER_CONCURRENCY": "8",
        "LOG_LEVEL": "warning",
    }


def _rss_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
