"""The real thing: edge and workers as processes, over a real Redis, with the sandbox as awork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests import samples
from webhooks.store import journal, keys, live
from webhooks.store.client import Client
from webhooks.store.journal import Run
from webhooks.store.live import Live

SECRET = "secret-of-the-tests"
HEADERS = {"X-Webhook-Secret": SECRET, "Content-Type": "application/json"}
#: how long a test waits for something that should have happened long before
PATIENCE_S = 30.0


@dataclass
class Part:
    """One process of ours."""

    command: list[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it as a crash would: kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Tell it to end, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        """End it, whatever state it is in."""
        if self.process.poll() is None:
            self.kill()


@dataclass
class Stack:
    """Edge and workers, and what a test does with them."""

    environ: dict[str, str]
    client: Client
    folder: Path
    port: int
    parts: list[Part] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/awork"

    def start_edge(self) -> Part:
        """An edge, taking deliveries when this returns."""
        edge = self._part("edge", ["-m", "webhooks"], PORT=str(self.port), HOST="127.0.0.1")
        origin = f"http://127.0.0.1:{self.port}"
        until(lambda: _answers(f"{origin}/health/live"), f"the edge: see {edge.log}")
        return edge

    def start_worker(self) -> Part:
        """A worker, listening for bells when this returns."""
        worker = self._part("worker", ["-m", "workers"])
        named = f":{worker.process.pid}".encode()
        until(
            lambda: any(name.endswith(named) for name in _names(self.client)),
            f"the worker: see {worker.log}",
        )
        return worker

    def post(self, payload: Any) -> httpx.Response:
        """Deliver an event as awork does."""
        body = payload if isinstance(payload, bytes) else samples.raw(payload)
        return httpx.post(self.url, content=body, headers=HEADERS, timeout=PATIENCE_S)

    def run(self, event_id: str) -> Run:
        """The record of an event that was settled."""
        stored = self.client.hget(keys.UNNAMED.event(event_id), "run")
        assert isinstance(stored, bytes), f"{event_id} has no record"
        return journal.decode(stored)

    @contextmanager
    def watching(self) -> Iterator[Settled]:
        """Collect what is settled from now on."""
        subscription: Any = self.client.pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            ignore_subscribe_messages=True
        )
        subscription.subscribe(keys.UNNAMED.live)
        subscription.get_message(timeout=1)
        yield Settled(subscription)
        subscription.close()

    def lease_ends(self, event_id: str, lane: str) -> None:
        """Let the time of a lease pass."""
        assert self.client.hget(keys.UNNAMED.event(event_id), "state") == b"claimed"
        self.client.zadd(keys.UNNAMED.due, {lane: 1})

    def _part(self, name: str, command: list[str], **environ: str) -> Part:
        log = self.folder / f"{name}-{len(self.parts)}.log"
        part = Part(command, {**self.environ, **environ}, log)
        self.parts.append(part)
        return part


@dataclass
class Settled:
    """Events as they are settled."""

    subscription: Any
    seen: dict[str, Live] = field(default_factory=dict)

    def wait_for(self, *event_ids: str, patience_s: float = PATIENCE_S) -> list[Live]:
        """Block until these events are settled. No polling: Redis tells."""
        deadline = time.monotonic() + patience_s
        while missing := [e for e in event_ids if e not in self.seen]:
            message = self.subscription.get_message(timeout=max(0.0, deadline - time.monotonic()))
            assert message is not None or time.monotonic() < deadline, f"not settled: {missing}"
            if message is not None:
                event = live.read(message["data"])
                self.seen[event.event_id] = event
        return [self.seen[event_id] for event_id in event_ids]


def _names(client: Client) -> list[bytes]:
    return [name for name in client.zrange(keys.WORKERS, 0, -1) if isinstance(name, bytes)]


def _answers(page: str) -> bool:
    try:
        return httpx.get(page, timeout=1).is_success
    except httpx.TransportError:
        return False


def until(happened: Any, what: str, *, patience_s: float = PATIENCE_S) -> None:
    """Wait for a process to come up, which nobody announces."""
    deadline = time.monotonic() + patience_s
    while not happened():
        assert time.monotonic() < deadline, f"did not come up: {what}"
