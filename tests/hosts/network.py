"""Hosts of their own on one machine: a network namespace and two cables each. Linux only.

Everything is made in namespaces of this process (`command`), so nothing is left of it when the
process ends, however it ends. None of them has a way out: no packet leaves the machine. A cable
is in or out; lines that lose or delay a part of the packets are not made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: inside: to Redis. outside: to awork, and from it.
Cable = Literal["inside", "outside"]
#: how the addresses at each cable begin
_NETS: dict[Cable, str] = {"inside": "10.77.1", "outside": "10.77.2"}
_TOOLS = ("unshare", "ip")
#: as `Network.build`, in short: what it needs is there
_PROBE = """set -e
mount -t tmpfs none /run
ip link set lo up
ip link add inside type bridge
ip netns add h1
ip link add h1-inside type veth peer name inside netns h1
ip netns exec h1 unshare --uts true
"""


def command(*program: str) -> list[str]:
    """What runs a program in namespaces of its own, in which it is root. It ends, and all that it
    has started, when this command does."""
    user = ["--user", "--map-root-user"] if os.geteuid() else []
    each = ["--net", "--mount", "--uts", "--pid", "--mount-proc"]
    return ["unshare", *user, *each, "--fork", "--kill-child", *program]


def why_not() -> str:
    """Why there can be no such hosts here; empty when there can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"needs {' and '.join(missing)} (util-linux, iproute2)"
    tried = subprocess.run(
        command("sh", "-c", _PROBE), capture_output=True, text=True, timeout=20, check=False
    )
    told = tried.stderr.strip().splitlines() or ["no reason given"]
    return f"needs root, or user namespaces: {told[-1]}" if tried.returncode else ""


@dataclass(frozen=True)
class Network:
    """The cables between this process, where Redis and awork are, and the other hosts."""

    hosts: Sequence[str]

    def build(self) -> None:
        """Make it. Only in namespaces of our own."""
        _run("mount", "-t", "tmpfs", "none", "/run")
        _ip("link", "set", "lo", "up")
        for cable in _NETS:
            _ip("link", "add", cable, "type", "bridge")
            _ip("address", "add", f"{self.home(cable)}/24", "dev", cable)
            _ip("link", "set", cable, "up")
        for host in self.hosts:
            _ip("netns", "add", host)
            _ip("-n", host, "link", "set", "lo", "up")
            for cable in _NETS:
                self._lay(host, cable)

    def home(self, cable: Cable) -> str:
        """The address of this process's host."""
        return f"{_NETS[cable]}.1"

    def address(self, host: str, cable: Cable) -> str:
        """The address of another host."""
        return f"{_NETS[cable]}.{11 + self.hosts.index(host)}"

    def at(self, host: str) -> list[str]:
        """What stands before a command that is to run on a host."""
        named = 'hostname "$0" && exec "$@"'
        return ["ip", "netns", "exec", host, "unshare", "--uts", "sh", "-c", named, host]

    def pull(self, host: str, cables: Sequence[Cable]) -> None:
        """Take cables out: packets vanish, and nobody is told."""
        for cable in cables:
            _ip("link", "set", f"{host}-{cable}", "down")

    def plug(self, host: str, cables: Sequence[Cable]) -> None:
        """Put them back."""
        for cable in cables:
            _ip("link", "set", f"{host}-{cable}", "up")

    def _lay(self, host: str, cable: Cable) -> None:
        port = f"{host}-{cable}"
        _ip("link", "add", port, "type", "veth", "peer", "name", cable, "netns", host)
        _ip("link", "set", port, "master", cable, "up")
        _ip("-n", host, "address", "add", f"{self.address(host, cable)}/24", "dev", cable)
        _ip("-n", host, "link", "set", cable, "up")


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
