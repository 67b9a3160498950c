"""What runs on this machine under `hookwork up`: which processes, with which settings."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local import redis_server
from deploy.local.processes import Process, end_all
from webhooks.settings import Settings, read

#: everything this machine keeps between two runs
FOLDER = Path(".hookwork")
#: what another terminal needs to know of a running `hookwork up`
RUNNING = FOLDER / "running.json"
SANDBOX_RULES = Path(__file__).parent.parent / "sandbox" / "rules"
_START_S = 30.0
_PORTS_TRIED = 50


class NotStarted(Exception):
    """A part did not start; the message says which, and its last words."""


@dataclass
class House:
    """A running hookwork."""

    settings: Settings
    #: the edge's address
    url: str
    #: the sandbox's origin; empty when a real awork is used
    sandbox: str
    processes: list[Process] = field(default_factory=list)

    @property
    def console(self) -> str:
        return f"{self.url}/"


def plan(
    environ: Mapping[str, str], redis_url: str, port: int, sandbox_port: int
) -> dict[str, str]:
    """The environment of the parts: what is given, and what this machine adds.

    Without an awork token the sandbox stands in for awork, with rules that write to it.
    """
    added = {"REDIS_URL": redis_url, "PORT": str(port)}
    if not environ.get("HOOKWORK_CONSOLE_PASSWORD"):
        # Without a password the console is for this machine; then so is everything.
        added.setdefault("HOST", environ.get("HOST", "127.0.0.1"))
    if sandbox_port:
        added["AWORK_API_URL"] = f"http://127.0.0.1:{sandbox_port}/api/v1"
        added["AWORK_API_TOKEN"] = secrets.token_urlsafe(24)
        added.setdefault(
            "AWORK_WEBHOOK_SECRET", environ.get("AWORK_WEBHOOK_SECRET") or secrets.token_urlsafe(24)
        )
        added["HOOKWORK_RULES"] = environ.get("HOOKWORK_RULES") or str(SANDBOX_RULES)
    return added


@contextmanager
def running(environ: Mapping[str, str], *, ephemeral: bool) -> Iterator[House]:
    """Start all parts, wait until they are ready, and end them in order at the end.

    ephemeral: keep nothing after the end, whatever stands in for awork.
    Raises SettingsRejected, NoServer or NotStarted.
    """
    demo = not (environ.get("AWORK_API_TOKEN") or environ.get("AWORK_API_TOKEN_FILE"))
    port = _port(environ)
    sandbox_port = _free_port() if demo else 0
    with _redis(environ, keep=not (demo or ephemeral)) as redis_url:
        added = plan(environ, redis_url, port, sandbox_port)
        settings = read({**environ, **added})
        house = House(
            settings,
            f"http://127.0.0.1:{port}",
            f"http://127.0.0.1:{sandbox_port}" if sandbox_port else "",
        )
        _start(house, added)
        try:
            _wait_until_ready(house)
            RUNNING.write_text(json.dumps({"REDIS_URL": redis_url}), encoding="utf-8")
            yield house
        finally:
            RUNNING.unlink(missing_ok=True)
            # The sender of webhooks first, then those who take them.
            end_all(house.processes[:1])
            end_all(house.processes[1:])


def subscribe(house: House) -> None:
    """Have the sandbox send its webhooks to the edge, as an administrator would set it up."""
    settings = house.settings
    secret = settings.awork_webhook_secret.get_secret_value()
    token = settings.awork_api_token.get_secret_value()
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
        events = client.get(f"{settings.awork_api_url}/webhooks/eventtypes").raise_for_status()
        names = [e if isinstance(e, str) else str(e["value"]) for e in events.json()]
        client.post(
            f"{settings.awork_api_url}/webhooks",
            json={
                "name": "hookwork",
                "uri": f"{house.url}/webhooks/awork",
                "events": ",".join(names),
                "isActive": True,
                "authenticationType": "header",
                "authentication": f"{settings.awork_webhook_header}={secret}",
                "onlyTriggerForMainEntityChanges": True,
            },
        ).raise_for_status()


def _start(house: House, added: Mapping[str, str]) -> None:
    logs = FOLDER / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    commands: list[tuple[str, list[str]]] = []
    if house.sandbox:
        token = added["AWORK_API_TOKEN"]
        sandbox_port = house.sandbox.rpartition(":")[2]
        commands.append(
            ("sandbox", ["-m", "deploy.sandbox", "--port", sandbox_port, "--token", token])
        )
    commands += [("edge", ["-m", "webhooks"]), ("worker", ["-m", "workers"])]
    for name, command in commands:
        process = Process(name, command, added, logs / f"{name}.log")
        process.log.write_bytes(b"")
        process.start()
        house.processes.append(process)


def _wait_until_ready(house: House) -> None:
    """Wait until every part answers. Ready means: Redis, and a worker with rules."""
    pages = [f"{house.url}/health/ready"]
    pages += [f"{house.sandbox}/sandbox/health"] if house.sandbox else []
    deadline = time.monotonic() + _START_S
    while pages:
        pages = [page for page in pages if not _answers(page)]
        for process in house.processes:
            if (code := process.ended()) is not None:
                raise NotStarted(f"{process.name} ended with {code}:\n{process.last_words()}")
        if pages and time.monotonic() > deadline:
            raise NotStarted(f"not ready after {_START_S:.0f} s: {', '.join(pages)}")
        time.sleep(0.05)


def _answers(page: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(page, timeout=2).is_success
    return False


@contextmanager
def _redis(environ: Mapping[str, str], *, keep: bool) -> Iterator[str]:
    """The Redis that is given, or the embedded one."""
    if given := environ.get("REDIS_URL"):
        yield given
        return
    data = FOLDER / "redis" if keep else Path(tempfile.mkdtemp(prefix="hookwork-data-"))
    server = redis_server.start(data)
    try:
        yield server.url
    finally:
        server.stop()
        if not keep:
            shutil.rmtree(data, ignore_errors=True)


def _port(environ: Mapping[str, str]) -> int:
    """PORT when it is given; else 8000, or the next one that is free."""
    if given := environ.get("PORT"):
        return int(given) if given.isdigit() else 0
    for port in range(8000, 8000 + _PORTS_TRIED):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    return _free_port()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
