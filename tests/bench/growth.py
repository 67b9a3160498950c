"""What each event costs each part, and so how many of each serve how many workspaces:
`python -m tests.bench.growth [--events N] [--write docs/growth.md]`, about a minute.

A program, not a test. It counts seconds of CPU, not of the clock: what else the machine does makes
them little larger. Needs Linux.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from deploy.local import redis_server
from deploy.sandbox.server import HOST, TOKEN
from tests.bench import arithmetic, machine
from tests.bench.arithmetic import Inputs
from tests.bench.load import Load, Order, Shape
from tests.chaos.report import commit
from tests.journey.conftest import free_port
from tests.journey.stack import until
from webhooks.store import keys
from webhooks.store.client import Client

_CONNECTIONS = 32
#: of events, delivered before anything is counted: what is loaded late is loaded then
_WARMING = 300
_LONGEST_S = 300.0
_RULE = """version: 1
rules:
  - id: one
    when: task_status_changed
    if:
      - entity.name: {{{condition}}}
    limits: {{writes_per_run: 50, writes_per_hour: 100000000}}
    do:
      - log_time: {{user: Timo Brandt, project: "${{entity.projectId}}", duration: 15m, note: load}}
"""
#: what becomes of each event, and the condition that has it so
_KINDS = {"matches no rule": "is: never", "makes one write": "is_not: never"}


@dataclass(frozen=True)
class Cost:
    """Of one event, in seconds of CPU and bytes of Redis."""

    edge_s: float
    accept_s: float
    worker_s: float
    redis_s: float
    waiting: float
    settled: float


@dataclass
class Rig:
    """One edge, one worker and one Redis, with what they have used so far."""

    client: Client
    port: int
    pids: dict[str, int]
    environ: dict[str, str]

    def deliver(self, events: int) -> None:
        """Deliver so many, as fast as they are acknowledged."""
        shape = Shape(connections=_CONNECTIONS, warm_s=0, window_s=_LONGEST_S, most=events)
        order = Order(
            shape=shape,
            port=self.port,
            path="/webhooks/awork",
            server=self.pids["edge"],
            core=0,
            redis=self.pids["redis"],
        )
        command = [sys.executable, "-m", "tests.bench.load", msgspec.json.encode(order).decode()]
        told = subprocess.run(command, env=self.environ, stdout=subprocess.PIPE, check=True)
        load = msgspec.json.decode(told.stdout, type=Load)
        if load.errors or load.accepted != events:
            sys.exit(f"growth: {load.accepted} of {events} accepted, {load.errors} errors")

    def settle(self) -> None:
        """Let the worker work until nothing waits."""
        os.kill(self.pids["worker"], signal.SIGCONT)
        end_s = time.monotonic() + _LONGEST_S
        while self.client.zcard(self.client.key.waiting):
            if time.monotonic() > end_s:
                sys.exit("growth: not settled in time")
            time.sleep(0.1)

    def used(self) -> dict[str, float]:
        """Seconds of CPU so far, and bytes now."""
        found = {name: machine.cpu_s(pid) for name, pid in self.pids.items()}
        return {**found, "bytes": float(self.client.info("memory")["used_memory"])}


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--events", type=int, default=4000, help="of each kind")
    parser.add_argument("--write", type=Path, metavar="PATH", help="the page to bring up to date")
    arguments = parser.parse_args()
    if not machine.is_linux():
        sys.stderr.write("growth: needs Linux, it reads /proc\n")
        return 1
    costs = [_cost(condition, arguments.events) for condition in _KINDS.values()]
    inputs = _inputs(*costs)
    where = f"commit {commit()}, Python {sys.version.split()[0]}, {arguments.events:,} events each"
    page = arithmetic.page(inputs, where)
    sys.stdout.write(page)
    if arguments.write:
        arithmetic.put_into(arguments.write, page)
    return 0


def _inputs(quiet: Cost, writing: Cost) -> Inputs:
    return Inputs(
        edge_us=round(1e6 * (quiet.edge_s + writing.edge_s) / 2),
        worker_quiet_us=round(1e6 * quiet.worker_s),
        worker_writing_us=round(1e6 * writing.worker_s),
        redis_quiet_us=round(1e6 * (quiet.accept_s + quiet.redis_s)),
        redis_writing_us=round(1e6 * (writing.accept_s + writing.redis_s)),
        waiting_bytes=round((quiet.waiting + writing.waiting) / 2),
        quiet_bytes=round(quiet.settled),
        writing_bytes=round(writing.settled),
    )


def _cost(condition: str, events: int) -> Cost:
    with tempfile.TemporaryDirectory(prefix="growth-") as folder, _rig(folder, condition) as rig:
        rig.deliver(_WARMING)
        rig.settle()
        os.kill(rig.pids["worker"], signal.SIGSTOP)
        start = rig.used()
        rig.deliver(events)
        accepted = rig.used()
        rig.settle()
        settled = rig.used()

    def each(name: str, since: dict[str, float], to: dict[str, float]) -> float:
        return (to[name] - since[name]) / events

    return Cost(
        edge_s=each("edge", start, accepted),
        accept_s=each("redis", start, accepted),
        worker_s=each("worker", accepted, settled),
        redis_s=each("redis", accepted, settled),
        waiting=each("bytes", start, accepted),
        settled=each("bytes", start, settled),
    )


@contextmanager
def _rig(folder: str, condition: str) -> Iterator[Rig]:
    rules = Path(folder) / "rules.yaml"
    rules.write_text(_RULE.format(condition=condition), encoding="utf-8")
    port, awork_port = free_port(), free_port()
    server = redis_server.start(Path(folder) / "redis", keep=False)
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "REDIS_URL": server.url,
        "HOST": HOST,
        "PORT": str(port),
        "AWORK_API_URL": f"http://{HOST}:{awork_port}/api/v1",
        "AWORK_API_TOKEN": TOKEN,
        "AWORK_WEBHOOK_SECRET": "secret-of-the-load",
        "AWORK_RATE_PER_MINUTE": "100000",
        "HOOKWORK_RULES": str(rules),
        "HOOKWORK_WATCH": "off",
        "LOG_LEVEL": "warning",
    }
    commands = (["-m", "webhooks"], ["-m", "workers"])
    awork = [sys.executable, "-m", "tests.chaos.awork", str(awork_port), "1"]
    processes = [subprocess.Popen(awork)]
    client = Client.at(server.url)
    try:
        processes += [
            subprocess.Popen([sys.executable, *one], env=environ, stdout=subprocess.DEVNULL)
            for one in commands
        ]
        until(lambda: bool(client.zcard(keys.WORKERS)), "no worker has come up")
        pids = {"edge": processes[1].pid, "worker": processes[2].pid, "redis": server.process.pid}
        yield Rig(client, port, pids, environ)
    finally:
        for one in processes:
            one.send_signal(signal.SIGCONT)
            one.terminate()
        for one in processes:
            one.wait()
        client.close()
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
