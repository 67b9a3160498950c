"""What dynos hold in memory: `python -m tests.bench.memory [--events N]`, about two minutes.

A program, not a test. The processes are those of the Procfile, over a Redis by TLS, as on Heroku;
each event is delivered, judged by all rules that come along, and makes one task in the sandbox.
PSS shares out the pages that several processes have, also with processes beside the dyno: what it
takes of its 512 MB lies between PSS and RSS. Needs Linux.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine
from tests.journey.heroku_dyno import Dyno
from tests.journey.heroku_house import App, heroku_app

#: processes of web and slots of worker, of the apps that are measured
_APPS = (("1", "8"), ("2", "16"))
_CALL_S = 0.01
#: until everything that a start brings along is there
_IDLE_AFTER_S = 5.0
_MIB = 1024
_LIMIT_MIB = 512
#: by it Redis knows the edge's connections; what is left is the worker's
_EDGE = b"hookwork-edge"
_HEADS = ("", "idle PSS", "RSS", "loaded PSS", "RSS", "highest", "of 512 MB", "Redis connections")


@dataclass(frozen=True)
class Memory:
    """Of all processes of a dyno, MiB."""

    pss: float
    rss: float
    #: the sum of what each has had at most, shared pages counted for each
    highest: float


@dataclass(frozen=True)
class Measured:
    """One dyno."""

    name: str
    idle: Memory
    loaded: Memory
    #: at most, under load
    connections: int


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--events", type=int, default=4000, help="how many are delivered")
    events = parser.parse_args().events
    if not machine.is_linux():
        sys.stderr.write("memory: needs Linux, it reads /proc\n")
        return 1
    rows = [_row(one) for web, worker in _APPS for one in _app(web, worker, events)]
    sys.stdout.write(
        f"MiB, after the start and after {events:,} events, Python {sys.version[:4]}\n"
    )
    for line in _aligned([_HEADS, *rows]):
        sys.stdout.write(line + "\n")
    return 0


def _app(processes: str, slots: str, events: int) -> Iterator[Measured]:
    config = {"WEB_CONCURRENCY": processes, "WORKER_CONCURRENCY": slots}
    with (
        tempfile.TemporaryDirectory(prefix="memory-") as folder,
        heroku_app(Path(folder), HOOKWORK_RULES="deploy/rules", **config) as app,
    ):
        app.sandbox.faults.latency_s = (_CALL_S, _CALL_S)
        web, worker = app.up()
        time.sleep(_IDLE_AFTER_S)
        idle = [memory(dyno) for dyno in (web, worker)]
        connections = _deliver(app, events)
        loaded = [memory(dyno) for dyno in (web, worker)]
        names = [
            f"web, {processes} process{'es'[: 2 * (processes > '1')]}",
            f"worker, {slots} slots",
        ]
        yield from map(Measured, names, idle, loaded, connections)


def _deliver(app: App, events: int) -> tuple[int, int]:
    """Deliver, and wait until all is done. Returns the most connections to Redis, of web and of
    worker."""
    load, most = app.deliveries(senders=6, pause_s=0.002), (0, 0)
    with app.redis() as client:

        def seen() -> tuple[int, int]:
            names = [one["name"].encode() for one in client.client_list()]
            edges = names.count(_EDGE)
            # One is this client's own.
            return edges, len(names) - edges - 1

        while len(load.acknowledged) < events:
            most = max(most[0], seen()[0]), max(most[1], seen()[1])
            time.sleep(0.2)
        load.stop()
        while not app.is_settled():
            most = max(most[0], seen()[0]), max(most[1], seen()[1])
            time.sleep(0.2)
    return most


def memory(dyno: Dyno) -> Memory:
    """What all processes of a dyno hold now."""
    every = [_of_process(pid) for pid in _group(dyno.process.pid)]
    return Memory(*(sum(one) / _MIB for one in zip(*every, strict=True)))


def _of_process(pid: int) -> tuple[int, int, int]:
    rollup = _kib(Path(f"/proc/{pid}/smaps_rollup"))
    return rollup["Pss"], rollup["Rss"], _kib(Path(f"/proc/{pid}/status"))["VmHWM"]


def _kib(page: Path) -> dict[str, int]:
    lines = [line.split() for line in page.read_text().splitlines() if line.endswith(" kB")]
    return {line[0].removesuffix(":"): int(line[1]) for line in lines}


def _group(leader: int) -> list[int]:
    """The processes of a process group."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if _group_of(pid) == leader]


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        # It has ended since it was listed.
        return 0


def _row(one: Measured) -> tuple[str, ...]:
    figures = (one.idle.pss, one.idle.rss, one.loaded.pss, one.loaded.rss, one.loaded.highest)
    share = one.loaded.highest / _LIMIT_MIB
    return (one.name, *(f"{mib:.0f}" for mib in figures), f"{share:.0%}", str(one.connections))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
