"""The measurements. Designs take turns, A B C, C B A, so that what else the machine does meets all
of them alike; each starts with an empty Redis; a run with one error, or with a delivery that was
acknowledged and not stored, fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.bench import machine
from tests.bench.load import Load, Order, Shape
from tests.bench.servers import Server
from webhooks.store.client import Client

#: beyond its own time, a load maker may take this long
_GRACE_S = 30.0
_REWRITE_S = 30.0
_COUNTING_S = 20.0


class Wrong(Exception):
    """A server made a mistake; its speed is of no interest."""


@dataclass(frozen=True)
class Plan:
    """How long to measure."""

    rounds: int
    #: window of a closed loop
    window_s: float
    #: window of an open loop
    latency_s: float
    #: requests a second in open loop
    rate: float = 200.0
    #: deliveries, one after the other, whose round trips are counted
    counted: int = 200


@dataclass
class House:
    """What every measurement needs."""

    client: Client
    #: a second one, whose connection is given up to watching
    watcher: Client
    #: Redis's process
    redis: int
    environ: Mapping[str, str]
    #: for logs
    folder: Path

    def take_turns(self, servers: Sequence[Server], shape: Shape, rounds: int) -> list[list[Load]]:
        """Measure each of these servers once a round. Returns their loads, in their order."""
        loads: dict[int, list[Load]] = {server.pid: [] for server in servers}
        for number in range(rounds):
            for server in servers if number % 2 == 0 else reversed(servers):
                loads[server.pid].append(self.measure(server, shape))
        return [loads[server.pid] for server in servers]

    def measure(self, server: Server, shape: Shape) -> Load:
        """One load on one server, from an empty Redis on.

        Raises Wrong.
        """
        self._empty(server)
        load = self.make_load(server, shape)
        _check(server, load, self.client)
        return load

    def make_load(self, server: Server, shape: Shape) -> Load:
        """One load, by a process of its own."""
        order = Order(
            shape=shape,
            port=server.port,
            path=server.design.path,
            server=server.pid,
            core=min(machine.cores()[0]),
            redis=self.redis,
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.load", msgspec.json.encode(order).decode()],
            env=self.environ,
            stdout=subprocess.PIPE,
            check=False,
            timeout=shape.warm_s + shape.window_s + _GRACE_S,
        )
        if done.returncode:
            raise Wrong(f"{server.design.name}: the load maker failed")
        return msgspec.json.decode(done.stdout, type=Load)

    def commands(self, server: Server, number: int) -> Counter[str]:
        """The commands that a server sends for deliveries that come one after the other.

        Those that a script calls inside Redis are no round trips, and are left out.
        """
        shape = Shape(connections=1, warm_s=0, window_s=_COUNTING_S, most=number)
        self._empty(server)
        # The first one connects, and may bring a script along.
        self.make_load(server, msgspec.structs.replace(shape, most=1))
        with self.watcher.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            if (load := self.make_load(server, shape)).accepted != number:
                raise Wrong(f"{server.design.name}: {load.accepted} of {number} accepted")
            self.client.echo("the end")
            seen: Counter[str] = Counter()
            while (entry := monitor.next_command())["command"] != "ECHO the end":
                seen[entry["command"].partition(" ")[0]] += entry["client_type"] != "lua"
        return +seen

    def _empty(self, server: Server) -> None:
        """An empty Redis with a short file, so that no rewriting of it falls into a window."""
        self.client.flushall()
        server.design.prepare(self.client, self.environ)
        self.client.bgrewriteaof()
        end_s = time.monotonic() + _REWRITE_S
        while self._is_rewriting() and time.monotonic() < end_s:
            time.sleep(0.02)

    def _is_rewriting(self) -> bool:
        state = self.client.info("persistence")
        return bool(state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"])


def _check(server: Server, load: Load, client: Client) -> None:
    name = server.design.name
    if load.errors or not load.answers:
        raise Wrong(f"{name}: {load.errors} errors, {load.accepted} deliveries accepted")
    if server.design.stored and (stored := server.design.stored(client)) != load.accepted:
        raise Wrong(f"{name}: {load.accepted} deliveries accepted, {stored} stored")
    if load.threads > server.threads and not server.design.uses_threads:
        raise Wrong(f"{name}: {load.threads} threads at work, {server.threads} before")
