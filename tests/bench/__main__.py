"""The benchmark: `python -m tests.bench [--quick] [--write PATH]`, about three minutes.

A program, not a test: figures depend on the machine, and the ratios in one table are what counts.
Exits 1 when a server makes a mistake; all it starts, it ends.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local import redis_server
from tests.bench import deliveries, machine, rules, table
from tests.bench.load import Shape
from tests.bench.rounds import House, Plan, Wrong
from tests.bench.servers import ALL, EDGE, NotStarted, Server, running
from webhooks.store.client import Client

_FULL = Plan(rounds=6, window_s=3.0, latency_s=4.0)
_QUICK = Plan(rounds=3, window_s=1.0, latency_s=2.0)


def main() -> int:
    """Measure and print. Returns the exit code."""
    arguments = _arguments()
    if not machine.is_linux():
        return _fail("the benchmark needs Linux: it reads /proc and pins processes to cores")
    # So that what was started is ended: this way, an exit passes every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        lines = list(_measured(_QUICK if arguments.quick else _FULL))
    except (Wrong, NotStarted, redis_server.NoServer, subprocess.TimeoutExpired) as error:
        return _fail(str(error))
    if arguments.write:
        arguments.write.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short form, half a minute")
    parser.add_argument("--write", type=Path, metavar="PATH", help="write the results here too")
    return parser.parse_args()


def _fail(message: str) -> int:
    sys.stderr.write(f"bench: {message}\n")
    return 1


def _measured(plan: Plan) -> Iterator[str]:
    """Measure, and give each line of the results when it is known; it is printed, too."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _house(Path(folder)) as house:
        for line in _results(house, plan):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            yield line


def _results(house: House, plan: Plan) -> Iterator[str]:
    with ExitStack() as stack:
        bare, edge, usual = (
            stack.enter_context(running(design, house.environ, house.folder)) for design in ALL
        )
        yield from machine.about(house.client.info("server")["redis_version"])
        yield f"load      bodies of {deliveries.body_bytes():,} bytes; Redis with appendfsync no"
        yield from ("", *_rates(house, plan, [bare, edge, usual]))
        yield from ("", *_latencies(house, plan, [edge, usual]))
        yield from ("", *_round_trips(house, plan, edge, usual))
        yield from ("", *rules.results())


def _rates(house: House, plan: Plan, servers: list[Server]) -> Iterator[str]:
    shape = Shape(window_s=plan.window_s)
    yield (
        f"Accepted requests a second, closed loop: {shape.connections} connections, "
        f"{plan.rounds} rounds of {plan.window_s:g} s in turns"
    )
    yield "CPU: shares of one core, median; core lost: what other work took of the server's core"
    yield from table.rates(servers, house.take_turns(servers, shape, plan.rounds))


def _latencies(house: House, plan: Plan, servers: list[Server]) -> Iterator[str]:
    shape = Shape(window_s=plan.latency_s, rate=plan.rate)
    yield (
        f"Time to the acknowledgement, open loop: {plan.rate:g} requests a second, "
        f"{plan.rounds} rounds of {plan.latency_s:g} s in turns"
    )
    yield from table.latencies(servers, house.take_turns(servers, shape, plan.rounds))


def _round_trips(house: House, plan: Plan, *servers: Server) -> Iterator[str]:
    yield f"Commands to Redis for a delivery: {plan.counted} deliveries, one after the other"
    for server in servers:
        seen = house.commands(server, plan.counted)
        yield table.commands(server, seen, plan.counted)
        if server.design is EDGE and seen != {"EVALSHA": plan.counted}:
            raise Wrong(f"{EDGE.name}: not exactly one EVALSHA for a delivery: {seen}")


@contextmanager
def _house(folder: Path) -> Iterator[House]:
    """A Redis of our own, on the cores that the servers do not have; so is all load."""
    with machine.pinned(machine.cores()[1]):
        server = redis_server.start(folder / "redis", fsync="no")
        try:
            with (
                Client.at(server.url) as client,
                Client.at(server.url) as watcher,
            ):
                # Rewriting its file would take turns with the load: the rounds do it in between.
                client.config_set("auto-aof-rewrite-percentage", 0)
                yield House(client, watcher, server.process.pid, _environ(server.url), folder)
        finally:
            server.stop()


def _environ(redis_url: str) -> Mapping[str, str]:
    """All that the processes know of; nothing of this terminal's settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "REDIS_URL": redis_url,
        "HOST": "127.0.0.1",
        "AWORK_API_URL": "http://127.0.0.1:1/api/v1",
        "AWORK_API_TOKEN": "not used",
        "AWORK_WEBHOOK_SECRET": secrets.token_urlsafe(24),
        "LOG_LEVEL": "warning",
    }


if __name__ == "__main__":
    sys.exit(main())
