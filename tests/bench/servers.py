"""The three servers that are compared: started on their core, and ended whatever happens."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine, partners
from webhooks.settings import read
from webhooks.store import keys
from webhooks.store.client import Client
from workers import app as worker
from workers import bell

_START_S = 20.0
_STOP_S = 10.0


class NotStarted(Exception):
    """A server did not start; the message has its last words."""


@dataclass(frozen=True)
class Design:
    """A way to take deliveries."""

    name: str
    command: tuple[str, ...]
    path: str
    #: how many deliveries are stored
    stored: Callable[[Client], int] | None = None
    uses_threads: bool = False
    #: puts into an empty Redis what would be there in production
    prepare: Callable[[Client, Mapping[str, str]], None] = lambda _client, _environ: None


@dataclass(frozen=True)
class Server:
    """A running one."""

    design: Design
    pid: int
    port: int
    #: before it has done any work
    threads: int


def _in_inbox(client: Client) -> int:
    return client.zcard(keys.UNNAMED.waiting)


def _in_queue(client: Client) -> int:
    return client.llen(partners.QUEUE)


def _enlist_a_worker(client: Client, environ: Mapping[str, str]) -> None:
    """As if a worker ran: without one, the edge would ring no bell."""
    app = worker.create(read(environ), lambda: None)
    client.set(keys.BELL, bell.template(app))
    client.zadd(keys.WORKERS, {"bench": time.time_ns() // 1_000_000})


def _partner(name: str) -> tuple[str, ...]:
    return ("uvicorn", "--factory", f"tests.bench.partners:{name}", "--no-access-log")


BARE = Design("bare route", _partner("bare"), partners.PATH)
EDGE = Design(
    "hookwork", ("webhooks",), "/webhooks/awork", stored=_in_inbox, prepare=_enlist_a_worker
)
USUAL = Design(
    "usual design", _partner("usual"), partners.PATH, stored=_in_queue, uses_threads=True
)
#: in the order of the tables
ALL = (BARE, EDGE, USUAL)


@contextmanager
def running(design: Design, environ: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Start a server on the server's core, and wait until it answers.

    Raises NotStarted.
    """
    port = _free_port()
    log = folder / f"{design.name}.log"
    with machine.pinned(machine.cores()[0]), log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *design.command, *_port_argument(design, port)],
            env={**environ, "PORT": str(port), "WEB_CONCURRENCY": "1"},
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield Server(design, process.pid, port, machine.threads(process.pid))
    finally:
        _end(process)


def _port_argument(design: Design, port: int) -> tuple[str, ...]:
    return () if design is EDGE else ("--port", str(port))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)  # not yet
        else:
            return
    raise NotStarted(f"{log.stem} did not start: {log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
