"""The machine: its cores, its processes' CPU and threads as /proc has them, its versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "redis", "hiredis", "celery", "kombu")


def is_linux() -> bool:
    """Cores can be given to processes, and /proc has their figures."""
    return hasattr(os, "sched_setaffinity") and Path("/proc/self/stat").exists()


@cache
def cores() -> tuple[set[int], set[int]]:
    """The server's core, and those of everything else; the same one if there is only one.

    As they were when this was first asked: later this process is pinned itself.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


@contextmanager
def pinned(to: set[int]) -> Iterator[None]:
    """What is started meanwhile stays on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, to)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """Seconds of CPU a process has used, user and system, all its threads."""
    # The name, in parentheses, may have spaces in it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def core_s(core: int) -> float:
    """Seconds of a core that anything has used, with those the host kept for others."""
    lines = Path("/proc/stat").read_text().splitlines()
    spent = next(line.split()[1:] for line in lines if line.startswith(f"cpu{core} "))
    # user, nice, system, idle, waiting for disks, interrupts (two), stolen by the host
    used = [int(ticks) for at, ticks in enumerate(spent[:8]) if at not in {3, 4}]
    return sum(used) / os.sysconf("SC_CLK_TCK")


def threads(pid: int) -> int:
    """Threads of a process."""
    return len(os.listdir(f"/proc/{pid}/task"))


def about(redis_version: str) -> list[str]:
    """The machine and the versions, as lines for people."""
    server, others = cores()
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    apart = "" if server != others else ", the same one, so rates mean little"
    return [
        f"machine   {os.cpu_count()} cores, {_cpu_model()}, Linux {platform.release()}",
        f"cores     server on {sorted(server)}, Redis and load on {sorted(others)}{apart}",
        f"versions  Python {platform.python_version()}, {packages}, Redis server {redis_version}",
    ]


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "?")
