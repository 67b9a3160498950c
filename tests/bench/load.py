"""The load maker, a process of its own: `python -m tests.bench.load ORDER`, answers with a Load.

Closed loop: each connection sends its next request when the last one is answered; finds the most
the server can take. Open loop: requests leave when they are due, whatever becomes of earlier
ones, so waiting is not hidden; latency counts from when they were due.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import uvloop

from tests.bench import deliveries, machine
from tests.bench.connection import Connection, connect
from webhooks.settings import read

#: what is under way at the end is waited for this long
_DRAIN_S = 10.0


class Shape(msgspec.Struct, kw_only=True, frozen=True):
    """What kind of load, and how long."""

    connections: int = 32
    warm_s: float = 0.5
    #: length of the window that is measured
    window_s: float
    #: requests a second in open loop; 0 for a closed loop
    rate: float = 0.0
    #: requests at most, warming included
    most: int = 1_000_000


class Order(msgspec.Struct, kw_only=True, frozen=True):
    """What to do."""

    shape: Shape
    port: int
    path: str
    #: process id
    server: int
    #: the server's
    core: int
    #: process id
    redis: int


class Load(msgspec.Struct, kw_only=True):
    """What was measured."""

    #: 202s of the whole run, warming included
    accepted: int
    #: answers other than 202, broken lines, and requests without an answer
    errors: int
    #: the window
    seconds: float
    answers: int
    server_cpu_s: float
    #: of the server's core, used by anything else or kept by the host
    core_lost_s: float
    #: Redis and the load maker
    others_cpu_s: float
    #: of the server, while it works
    threads: int
    #: of the window's requests, in order of their answers; open loop only
    latencies_s: list[float]


class _Maker:
    """A load under way."""

    def __init__(self, order: Order) -> None:
        self._shape, self._port = order.shape, order.port
        self._requests = deliveries.requests(read(os.environ), order.path)
        self._free: deque[Connection] = deque()
        self._late: deque[float] = deque()
        self._is_over = False
        self._all_answered = asyncio.Event()
        self.sent = self.accepted = self.errors = 0
        self.latencies_s: list[float] = []

    async def start(self) -> None:
        self._free.extend(await connect(self._port, self._shape.connections, self._answered))
        if not self._shape.rate:
            while self._free and self.sent < self._shape.most:
                self._send(self._free.popleft())

    def _send(self, connection: Connection, due_s: float = 0.0) -> None:
        self.sent += 1
        connection.send(next(self._requests), due_s)

    def _answered(self, connection: Connection, is_accepted: bool) -> None:
        self.accepted += is_accepted
        self.errors += not is_accepted
        if self._shape.rate:
            self.latencies_s.append(time.perf_counter() - connection.due_s)
            self._free.append(connection)
            if self._late:
                self._send(self._free.popleft(), self._late.popleft())
        elif is_accepted and not self._is_over and self.sent < self._shape.most:
            self._send(connection)
        if self.accepted + self.errors == self.sent:
            self._all_answered.set()

    async def keep_on(self, seconds: float) -> None:
        """Let it go on for a time, or until there is no more to send."""
        end_s = time.perf_counter() + seconds
        if self._shape.rate:
            for due_s in _due(self._shape.rate, time.perf_counter(), end_s):
                await _until(due_s)
                self._late.append(due_s)
                if self._free:
                    self._send(self._free.popleft(), self._late.popleft())
        else:
            await _first_of(self._all_answered, seconds)

    async def stop(self) -> None:
        """Send no more, and wait for what is under way."""
        self._is_over = True
        if self.accepted + self.errors < self.sent:
            self._all_answered.clear()
            await _first_of(self._all_answered, _DRAIN_S)
        self.errors += self.sent - self.accepted - self.errors + len(self._late)


def _due(rate: float, begin_s: float, end_s: float) -> Iterator[float]:
    """When requests are due: as independent senders would have it, the same in every run."""
    chance, due_s = random.Random(7), begin_s
    while (due_s := due_s + chance.expovariate(rate)) < end_s:
        yield due_s


async def _until(due_s: float) -> None:
    # uvloop's timers have whole milliseconds, and a loop that looks at the clock instead would
    # keep Redis, on the same core, waiting for its turn.
    if (left_s := due_s - time.perf_counter()) > 0:
        await asyncio.to_thread(time.sleep, left_s)


async def _first_of(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return  # the time is over; what is missing is counted by the caller


@dataclass(frozen=True)
class _Reading:
    """All clocks and counters at one moment."""

    at_s: float
    answers: int
    latencies: int
    server_s: float
    core_s: float
    others_s: float


def _read(order: Order, maker: _Maker) -> _Reading:
    return _Reading(
        at_s=time.perf_counter(),
        answers=maker.accepted,
        latencies=len(maker.latencies_s),
        server_s=machine.cpu_s(order.server),
        core_s=machine.core_s(order.core),
        others_s=machine.cpu_s(order.redis) + time.process_time(),
    )


async def run(order: Order) -> Load:
    """Make the load, and measure what it does in the window."""
    maker = _Maker(order)
    await maker.start()
    if order.shape.warm_s:
        await maker.keep_on(order.shape.warm_s)
    first = _read(order, maker)
    await maker.keep_on(order.shape.window_s)
    last, threads = _read(order, maker), machine.threads(order.server)
    await maker.stop()
    server_cpu_s = last.server_s - first.server_s
    return Load(
        accepted=maker.accepted,
        errors=maker.errors,
        seconds=last.at_s - first.at_s,
        answers=last.answers - first.answers,
        server_cpu_s=server_cpu_s,
        core_lost_s=max(0.0, last.core_s - first.core_s - server_cpu_s),
        others_cpu_s=last.others_s - first.others_s,
        threads=threads,
        latencies_s=maker.latencies_s[first.latencies :],
    )


if __name__ == "__main__":
    order = msgspec.json.decode(sys.argv[1], type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(order))))
