"""What runs on this machine under `hookwork up`: which processes, with which settings."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.local import ports, storage
from deploy.local.folder import PARTS
from deploy.local.keeping import Kept, Part
from deploy.local.processes import Process, end_all
from deploy.local.redis_server import RedisServer
from deploy.local.storage import NotStarted
from webhooks.errors import SettingsRejected
from webhooks.settings import Settings, given
from webhooks.workspaces import read_all
from workers import needs
from workers.actions import VOCABULARY
from workers.rules.load import load

__all__ = ["House", "NotStarted", "announced", "is_demo", "running", "running_note"]

SANDBOX_RULES = Path(__file__).parent.parent / "sandbox" / "rules"
#: the name of its process
SANDBOX = "sandbox"
_START_S = 30.0


@dataclass
class House:
    """A running hookwork."""

    settings: Settings
    #: everything it keeps: data, logs
    folder: Path
    #: the edge's address
    url: str
    #: the sandbox's origin; empty when a real awork is used
    sandbox: str
    #: the embedded Redis; None when one was given
    server: RedisServer | None
    processes: list[Process] = field(default_factory=list)
    #: what is started again when it ends; nothing before all of it is ready
    kept: Sequence[Kept] = ()

    @property
    def console(self) -> str:
        return f"{self.url}/"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def keep_running(self) -> list[str]:
        """Start again what ended by itself. Returns what is to be told of it."""
        return [told for one in self.kept if (told := one.look())]


def is_demo(environ: Mapping[str, str]) -> bool:
    """True without an awork token: the sandbox stands in for awork."""
    named = ("AWORK_API_TOKEN", "AWORK_API_TOKEN_FILE", "HOOKWORK_WORKSPACES")
    return not any(environ.get(name) for name in named)


@contextmanager
def running(
    environ: Mapping[str, str],
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[House]:
    """Start all parts, wait until they are ready, and end them in order at the end.

    folder: where data and logs are kept; the demo's data are not kept, the sandbox forgets too.
    now: aware, UTC.
    Raises SettingsRejected, RuleFilesRejected, NoServer or NotStarted.
    """
    demo = is_demo(environ)
    port, sandbox_port = _port(environ, demo=demo), ports.free() if demo else 0
    with storage.chosen(environ, folder, demo=demo) as (redis_url, server):
        added = _environ(environ, redis_url, port, sandbox_port)
        sandbox = f"http://127.0.0.1:{sandbox_port}" if demo else ""
        workspaces = read_all({**environ, **added})
        settings = next(iter(workspaces.values()))
        # Said here, once; a worker would say it, end, and be started again.
        for own in workspaces.values():
            rules = load(own.hookwork_rules, VOCABULARY)
            if refusals := needs.refusals(own, rules, now().date()):
                raise SettingsRejected(refusals)
        house = House(settings, folder, f"http://127.0.0.1:{port}", sandbox, server)
        try:
            _start(house, added)
            _wait_until_ready(house)
            parts: list[Part] = [*filter(None, [server]), *house.processes]
            house.kept = [Kept(part, time.monotonic, time.monotonic()) for part in parts]
            yield house
        finally:
            # The sender of webhooks first, then those who take them.
            end_all([one for one in house.processes if one.name == SANDBOX])
            end_all([one for one in house.processes if one.name != SANDBOX])


def _environ(
    environ: Mapping[str, str], redis_url: str, port: str, sandbox_port: int
) -> dict[str, str]:
    """The settings that this machine adds to those that are given."""
    added = {"REDIS_URL": redis_url, "PORT": port}
    if not given(environ, "HOOKWORK_CONSOLE_PASSWORD"):
        # Without a password the console is for this machine; then so is everything.
        added["HOST"] = given(environ, "HOST") or "127.0.0.1"
    if sandbox_port:
        added["AWORK_API_URL"] = f"http://127.0.0.1:{sandbox_port}/api/v1"
        added["AWORK_API_TOKEN"] = secrets.token_urlsafe(24)
        # Also where a real grant is given: a sample day is nothing for a real Workiva.
        added["WORKIVA_API_URL"] = f"http://127.0.0.1:{sandbox_port}/workiva"
        added["WORKIVA_CLIENT_ID"] = "sandbox-grant"
        added["WORKIVA_CLIENT_SECRET"] = secrets.token_urlsafe(24)
        added["HOOKWORK_RULES"] = given(environ, "HOOKWORK_RULES") or str(SANDBOX_RULES)
        # The sandbox has no subscription: its day is delivered by the one who plays it.
        added["HOOKWORK_WATCH"] = given(environ, "HOOKWORK_WATCH") or "off"
        if not given(environ, "AWORK_WEBHOOK_SECRET"):
            added["AWORK_WEBHOOK_SECRET"] = secrets.token_urlsafe(24)
    return added


def _start(house: House, added: Mapping[str, str]) -> None:
    house.logs.mkdir(parents=True, exist_ok=True)
    commands: list[tuple[str, list[str]]] = []
    if house.sandbox:
        # Its token is in the environment: everybody sees what a process was started with.
        port = house.sandbox.rpartition(":")[2]
        commands.append((SANDBOX, ["-m", "deploy.sandbox", "--port", port]))
    commands += [("edge", ["-m", "webhooks"]), ("worker", ["-m", "workers"])]
    for name, command in commands:
        locks = house.folder / PARTS
        process = Process(name, command, added, house.logs / f"{name}.log", locks)
        process.log.write_bytes(b"")
        house.processes.append(process)
        process.start()


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


def _port(environ: Mapping[str, str], *, demo: bool) -> str:
    """PORT when it is given, else 8000; the demo takes the next one that is free.

    A proxy in front of the real thing would talk to a stranger if that moved.
    """
    wanted = given(environ, "PORT") or "8000"
    if not wanted.isdigit() or ports.is_free(int(wanted)):
        return wanted
    if not demo or given(environ, "PORT"):
        raise NotStarted(f"port {wanted} is taken by another program. Example: PORT=8001")
    return str(ports.free_from(int(wanted)))


@contextmanager
def announced(house: House) -> Iterator[None]:
    """Tell commands in other terminals of this folder where Redis is; nobody else, it may have a
    password in it."""
    note = running_note(house.folder)
    note.touch(mode=0o600)
    os.chmod(note, 0o600)
    url = house.settings.redis_url.get_secret_value()
    note.write_text(json.dumps({"REDIS_URL": url}), encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def running_note(folder: Path) -> Path:
    """Where a running `hookwork up` is announced."""
    return folder / "running.json"
