"""How many of each part serve how many workspaces: the arithmetic of docs/growth.md.

Performs no I/O but writing the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

#: the page between these is made by the program
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
#: of a core, or of a Redis, that is used on average: the rest is for bursts
BUSY = 0.5
#: of all events, those that make a write
WRITING = 0.1
#: requests to awork for an event that makes a write: it reads, and writes
REQUESTS = 2
#: a minute; Premium, and Enterprise
BUDGETS = (1000, 3000)
#: memory of one Redis that is given to events; larger ones take too long to come back
REDIS_GB = 32
DAY_S = 86_400
WORKSPACES = (1, 100, 10_000)
RATES = (1, 10, 100)


@dataclass(frozen=True)
class Inputs:
    """Of one event: microseconds of CPU, and bytes of Redis."""

    edge_us: int
    worker_quiet_us: int
    worker_writing_us: int
    redis_quiet_us: int
    redis_writing_us: int
    waiting_bytes: int
    quiet_bytes: int
    writing_bytes: int

    def worker_us(self) -> float:
        """Of an event on average."""
        return _mixed(self.worker_quiet_us, self.worker_writing_us)

    def redis_us(self) -> float:
        """Of an event on average, from its delivery until it is settled."""
        return _mixed(self.redis_quiet_us, self.redis_writing_us)

    def kept_bytes(self) -> float:
        """Of an event on average, while it is kept after it is settled."""
        return _mixed(self.quiet_bytes, self.writing_bytes)


@dataclass(frozen=True)
class Need:
    """What serves so many workspaces with so many events a second each."""

    workspaces: int
    rate: int
    edges: int
    workers: int
    #: Redis's, and so deployments: none is shared by two
    redis: int
    #: of memory for one day of HOOKWORK_RETENTION, in all, GB
    gb_a_day: float
    #: a minute, of each workspace
    requests: float


def need(inputs: Inputs, workspaces: int, rate: int) -> Need:
    """Parts are counted by CPU at half of what they can do; a Redis also by the memory of a day."""
    events = workspaces * rate
    gb_a_day = events * DAY_S * inputs.kept_bytes() / 1e9
    by_cpu = events * inputs.redis_us() / 1e6 / BUSY
    redis = math.ceil(max(by_cpu, gb_a_day / REDIS_GB))
    return Need(
        workspaces=workspaces,
        rate=rate,
        edges=max(redis, math.ceil(events * inputs.edge_us / 1e6 / BUSY)),
        workers=max(redis, math.ceil(events * inputs.worker_us() / 1e6 / BUSY)),
        redis=redis,
        gb_a_day=gb_a_day,
        requests=rate * 60 * WRITING * REQUESTS,
    )


def page(inputs: Inputs, where: str) -> str:
    """The measured part of the page. where: how it was measured, in a line."""
    return "".join(f"{line}\n" for line in _lines(inputs, where))


def put_into(path: Path, measured: str) -> None:
    """Bring the page up to date."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(before + BEGIN + measured + END + after, encoding="utf-8")


def read(text: str) -> tuple[Inputs, str]:
    """The inputs that a page says, and how they were measured."""
    measured = text.partition(BEGIN)[2].partition(END)[0]
    lines = measured.splitlines()
    figures = [
        line.split("|")[2].strip().replace(",", "") for line in lines if line.count("|") == 4
    ]
    values = [int(figure) for figure in figures if figure.isdigit()]
    return Inputs(*values), lines[0].removeprefix("Measured: ").removesuffix(".")


_MEANING = {
    "edge_us": "µs of CPU of an edge for a delivery",
    "worker_quiet_us": "µs of CPU of a worker for an event that matches no rule",
    "worker_writing_us": "µs of CPU of a worker for an event that makes one write",
    "redis_quiet_us": "µs of CPU of Redis for the first, from delivery to settled",
    "redis_writing_us": "µs of CPU of Redis for the second",
    "waiting_bytes": "bytes of Redis of an event that waits",
    "quiet_bytes": "bytes of Redis of the first, once it is settled",
    "writing_bytes": "bytes of Redis of the second, with its ledger",
}


def _lines(inputs: Inputs, where: str) -> Iterator[str]:
    yield f"Measured: {where}."
    yield ""
    yield "| what | figure | one process or one Redis does at most, a second |"
    yield "|---|---|---|"
    for name, value in asdict(inputs).items():
        most = f"{1e6 / value:,.0f}" if name.endswith("_us") else ""
        yield f"| {_MEANING[name]} | {value:,} | {most} |"
    yield ""
    yield (
        "| workspaces | events a second each | edges | workers | Redis's | GB of Redis for a day |"
        " requests a minute of each workspace |"
    )
    yield "|---|---|---|---|---|---|---|"
    for workspaces in WORKSPACES:
        for rate in RATES:
            yield _row(need(inputs, workspaces, rate))


def _row(one: Need) -> str:
    counts = f"{one.edges:,} | {one.workers:,} | {one.redis:,}"
    return (
        f"| {one.workspaces:,} | {one.rate} | {counts} | {one.gb_a_day:,.1f} |"
        f" {one.requests:,.0f}{_beyond(one.requests)} |"
    )


def _beyond(requests: float) -> str:
    premium, enterprise = BUDGETS
    if requests > enterprise:
        return ", more than awork gives"
    return ", Enterprise" if requests > premium else ""


def _mixed(quiet: float, writing: float) -> float:
    return (1 - WRITING) * quiet + WRITING * writing
