"""The processes of many hosts: Redis here, edges and workers on hosts of their own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.house import House, Member, Redis
from tests.hosts.network import Network
from tests.hosts.redis_host import RedisHost

#: host -> what runs on it
Layout = Mapping[str, Sequence[str]]
LAYOUT: Layout = {
    "h1": ("edge", "worker"),
    "h2": ("edge", "worker"),
    "h3": ("worker", "worker"),
}
_PORT = 8000
_START_S = 60.0
_COMMANDS = {"edge": ["-m", "webhooks"], "worker": ["-m", "workers"]}


@dataclass
class Hosts(House):
    """Nothing is killed here, but each of them may be out of reach."""

    network: Network = field(kw_only=True)
    layout: Layout = field(default_factory=lambda: LAYOUT)
    #: name of a process -> its host
    host_of: dict[str, str] = field(default_factory=dict)

    @property
    def origins(self) -> list[str]:
        return [self.origin(host) for host, roles in self.layout.items() if "edge" in roles]

    def origin(self, host: str) -> str:
        """Where the edge of a host is."""
        return f"http://{self.network.address(host, 'outside')}:{_PORT}"

    def workers_on(self, host: str) -> list[Member]:
        """The workers of a host."""
        return [m for m in self.members if m.role == "worker" and self.host_of[m.name] == host]

    def begin(self) -> None:
        server = RedisHost(
            socket=self.folder / "sockets" / "none.sock",
            data=self.folder / "redis",
            fsync="always",
            keep=True,
            address=self.network.home("inside"),
        )
        server.start_again()
        self.environ["REDIS_URL"] = server.url
        self.redis = Redis("redis", [], {}, self.folder / "redis.log", process=server.process)
        self.redis.server = server
        for host, roles in self.layout.items():
            for number, role in enumerate(roles):
                self._place(f"{role}-{host}-{number}", role, host)
        for member in self.members:
            self._wait_for(member)
        self.members.append(self.redis)

    def _wait_for(self, member: Member) -> None:
        deadline = time.monotonic() + _START_S
        while not self._is_up(member):
            assert time.monotonic() < deadline, f"{member.name} did not come up: see {member.log}"
            # Not all the time: they need this machine's two cores.
            time.sleep(0.1)

    def _is_up(self, member: Member) -> bool:
        if member.role == "worker":
            return b'"worker_ready"' in member.log.read_bytes()
        try:
            page = f"{self.origin(self.host_of[member.name])}/health/ready"
            return httpx.get(page, timeout=1).is_success
        except httpx.TransportError:
            return False

    def _place(self, name: str, role: str, host: str) -> None:
        told = {"HOST": self.network.address(host, "outside"), "PORT": str(_PORT)}
        member = Member(
            name,
            _COMMANDS[role],
            {**self.environ, **told},
            Path(self.folder / f"{name}.log"),
            prefix=self.network.at(host),
        )
        self.host_of[name] = host
        member.start()
        self.members.append(member)
