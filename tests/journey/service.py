"""hookwork.service as systemd would run it: its command, its environment, its folders, its signals.

Not its user and not its walls: those take systemd itself.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local import watch
from tests.deploy.unitfile import ROOT, SYSTEMD, Unit, put_in
from tests.journey.stack import _answers as answers
from tests.journey.stack import until
from webhooks.settings import Settings, read
from webhooks.store.live import Live

UNIT = Unit.read(SYSTEMD / "hookwork.service")
SECRETS = {
    "AWORK_WEBHOOK_SECRET": "secret-of-the-tests",
    "HOOKWORK_CONSOLE_PASSWORD": "password-of-the-tests",
}
PATIENCE_S = 60.0


@dataclass
class Service:
    """The service, on folders of its own."""

    places: Mapping[str, Path]
    #: what stands in /etc/hookwork/environment
    settings: Mapping[str, str]
    _channel: socket.socket
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it. Returns when it says that it is ready."""
        program, *arguments = shlex.split(UNIT.one("ExecStart"))
        # The program is where this Python is; else /opt/hookwork/.venv/bin.
        command = [str(Path(sys.executable).parent / Path(program).name), *arguments]
        with (self._state / "journal").open("ab") as journal:
            self._process = subprocess.Popen(
                command,
                cwd=put_in(UNIT.one("WorkingDirectory"), self.places),
                env=self._environ,
                stdout=journal,
                stderr=journal,
                start_new_session=True,
            )
        self.wait_for("READY=1")

    def wait_for(self, word: str) -> str:
        """Until it tells systemd so. Returns all that it told then."""
        while True:
            try:
                told = self._channel.recv(4096).decode()
            except TimeoutError:
                raise AssertionError(f"{word} was not told:\n{self.journal}") from None
            if word in told:
                return told

    def stop(self) -> int:
        """Tell it to end, as `systemctl stop` does: the first process alone. Returns its code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(int(UNIT.one("TimeoutStopSec")))

    def kill(self) -> None:
        """Kill all of it at once, as a power cut would."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def kill_the_first(self) -> None:
        """Kill `hookwork up` alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def home(self) -> Path:
        """Its data."""
        return self._state / ".hookwork"

    @property
    def pids(self) -> list[int]:
        """Every process of it, the first one first."""
        parts = [file.name for file in (self.home / "parts").glob("*")]
        first = [] if self._process is None else [self._process.pid]
        return first + [self.pid(part) for part in ("Redis", *parts) if self._note(part).exists()]

    def pid(self, part: str) -> int:
        """The number of one process, as its folder has it."""
        return int(self._note(part).read_bytes())

    def _note(self, part: str) -> Path:
        return self.home / ("redis/lock" if part == "Redis" else f"parts/{part}")

    def until_it_says(self, *words: str) -> None:
        """Wait until all of this stands in its journal."""
        until(
            lambda: all(word in self.journal for word in words), f"{words}", patience_s=PATIENCE_S
        )

    def until_it_answers(self) -> None:
        """Wait until it takes events again."""
        page = f"http://127.0.0.1:{self.settings['PORT']}/health/ready"
        until(lambda: answers(page), page, patience_s=PATIENCE_S)

    @property
    def journal(self) -> str:
        """What it has printed."""
        return (self._state / "journal").read_text(encoding="utf-8")

    def post(self, body: bytes) -> dict[str, str]:
        """Deliver an event as awork does."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.settings['PORT']}/webhooks/awork",
            content=body,
            headers={"X-Webhook-Secret": SECRETS["AWORK_WEBHOOK_SECRET"]},
            timeout=PATIENCE_S,
        )
        assert answer.status_code == 202, answer.text
        told: dict[str, str] = answer.json()
        return told

    @contextmanager
    def settled(self) -> Iterator[Iterator[Live]]:
        """Each event that is settled from now on."""
        note = json.loads((self.home / "running.json").read_text(encoding="utf-8"))
        over = threading.Event()
        seen = watch.settled(self._read(note["REDIS_URL"]), over)
        yield _in_time(seen)
        over.set()

    def _read(self, redis_url: str) -> Settings:
        return read({**self._environ, "REDIS_URL": redis_url})

    @property
    def _environ(self) -> dict[str, str]:
        """Nothing of ours: a service inherits nothing."""
        return {
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(self.places["%t"] / "notify"),
            **UNIT.environ(self.places),
            **self.settings,
        }

    @property
    def _state(self) -> Path:
        return self.places["%S"] / UNIT.one("StateDirectory")


def _in_time(seen: Iterator[Live | None]) -> Iterator[Live]:
    """Events as they come; None is said when none came for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    for event in seen:
        assert event or time.monotonic() < deadline, "nothing more was settled"
        if event:
            yield event


@contextmanager
def installed(folder: Path, token: str, settings: Mapping[str, str]) -> Iterator[Service]:
    """Its folders, its secrets and systemd's ear. All of it is ended at the end."""
    # A socket's path is short.
    run = Path(tempfile.mkdtemp(prefix="hw-"))
    places = {"%S": folder / "lib", "%t": run, "%d": folder / "credentials"}
    for made in (
        places["%S"] / UNIT.one("StateDirectory"),
        run / UNIT.one("RuntimeDirectory"),
        places["%d"],
    ):
        made.mkdir(parents=True, mode=0o700)
    for name, secret in {**SECRETS, "AWORK_API_TOKEN": token}.items():
        (places["%d"] / name).write_text(secret, encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(run / "notify"))
        channel.settimeout(PATIENCE_S)
        service = Service(places, settings, channel)
        try:
            yield service
        finally:
            service.kill()
            shutil.rmtree(run, ignore_errors=True)
