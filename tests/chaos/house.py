"""The processes of a chaos run: Redis, edges and workers, which are killed, frozen, told to end,
and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import redis_server
from deploy.local.redis_server import RedisServer

EDGES, WORKERS = 2, 3
_START_S = 30.0


@dataclass
class Member:
    """One process that shall run."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    log: Path
    #: what stands before its command: where it runs
    prefix: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    #: monotonic seconds: not started before, frozen until
    rests_until: float = 0.0
    frozen_until: float = 0.0
    #: what we did to it since its start; "" for nothing, so that its end is its own doing
    fate: str = ""

    @property
    def role(self) -> str:
        return self.name.partition("-")[0]

    def start(self) -> None:
        """Start it."""
        self.fate = ""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, *self.command],
                env={**self.environ},
                stdout=log,
                stderr=log,
            )

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)

    def last_words(self) -> str:
        """Why it ended by itself, where that is known: its rules were broken when it started."""
        said = self.log.read_bytes()[-300:] if self.log.exists() else b""
        return " (broken rules)" if b"[unknown-action]" in said else ""

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Redis(Member):
    """The Redis of the run, on its data."""

    server: RedisServer

    def start(self) -> None:
        self.fate = ""
        self.server.start_again()
        self.process = self.server.process


@dataclass
class House:
    """All of them."""

    folder: Path
    environ: dict[str, str]
    ports: list[int]
    redis: Redis = field(init=False)
    members: list[Member] = field(default_factory=list)
    #: mishap and role -> how often, such as "kill worker"
    mishaps: Counter[str] = field(default_factory=Counter)
    #: ends that nobody asked for: name and exit code -> how often
    own_ends: Counter[str] = field(default_factory=Counter)

    @property
    def origins(self) -> list[str]:
        """Where the edges are."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def begin(self) -> None:
        """Start everything, Redis first."""
        server = redis_server.start(self.folder / "redis")
        self.redis = Redis("redis", [], {}, self.folder / "redis.log", process=server.process)
        self.redis.server = server
        self.environ["REDIS_URL"] = server.url
        for number, port in enumerate(self.ports):
            told = {"PORT": str(port), "HOST": "127.0.0.1"}
            self._add(f"edge-{number}", ["-m", "webhooks"], told)
        for number in range(WORKERS):
            self._add(f"worker-{number}", ["-m", "workers"], {})
        self.members.append(self.redis)

    def strike(self, mishap: str, role: str, member: int, *, pause_s: float) -> None:
        """Do something to a member of a role.

        mishap: kill, freeze or end. pause_s: until it is started or thawed again.
        """
        those = [m for m in self.members if m.role == role and m.is_running() and not m.fate]
        if not those:
            return
        one, now = those[member % len(those)], time.monotonic()
        self.mishaps[f"{mishap} {role}"] += 1
        one.fate = mishap
        if mishap == "freeze":
            one.frozen_until = now + pause_s
            one.send(signal.SIGSTOP)
        else:
            one.rests_until = now + pause_s
            one.send(signal.SIGKILL if mishap == "kill" else signal.SIGTERM)

    def look_after(self) -> None:
        """Thaw and start again what it is time for."""
        now = time.monotonic()
        for one in self.members:
            if one.frozen_until and now >= one.frozen_until:
                one.send(signal.SIGCONT)
                one.frozen_until, one.fate = 0.0, ""
            if one.process is not None and (code := one.process.poll()) is not None:
                if not one.fate:
                    self.own_ends[f"{one.role} {code}{one.last_words()}"] += 1
                    one.rests_until = now + 1
                one.process = None
            if one.process is None and now >= one.rests_until:
                one.start()

    def calm(self) -> None:
        """Nothing rests, nothing is frozen any more."""
        for one in self.members:
            one.rests_until = 0.0
            one.frozen_until = min(one.frozen_until, 1.0)
        self.look_after()

    def end(self) -> None:
        """End everything, Redis last; its data stay."""
        for one in self.members:
            one.send(signal.SIGCONT)
            if one is not self.redis:
                one.send(signal.SIGKILL)
        for one in self.members:
            if one is not self.redis and one.process is not None:
                one.process.wait()
        if self.redis.is_running():
            self.redis.server.stop()

    def _add(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        member = Member(name, command, {**self.environ, **environ}, self.folder / f"{name}.log")
        member.start()
        self.members.append(member)
