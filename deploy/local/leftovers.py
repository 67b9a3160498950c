"""What a `hookwork up` that was killed has left running: named, and ended as it would have done.

Whoever kills the command kills nothing else: edge, worker and Redis go on, take what is delivered
and work on it, but nobody starts again what ends. The next command in the folder takes over. Each
process holds a lock, in which its number stands, so that nobody else's is ever ended.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deploy.local import folder
from deploy.local.folder import PARTS, Taken
from deploy.local.processes import PATIENCE_S

#: in the order in which they are ended: who sends, who takes, and who keeps it for them
_GROUPS = (
    {"sandbox": f"{PARTS}/sandbox"},
    {"edge": f"{PARTS}/edge", "worker": f"{PARTS}/worker"},
    {"Redis": "redis/lock", "Redis of the demo": "demo/lock"},
)
_PAUSE_S = 0.05


def end(home: Path, *, patience_s: float = PATIENCE_S) -> list[str]:
    """End what is left behind in a folder, in order. Returns what is to be told of it.

    patience_s: seconds until what does not end is ended by force.
    Raises Taken when a process is not ours to end.
    """
    told: list[str] = []
    for group in _GROUPS:
        left = {name: home / file for name, file in group.items() if folder.holder(home / file)}
        for name, file in left.items():
            told += _tell_to_end(name, file)
        for name, file in left.items():
            _wait(name, file, patience_s)
    return told


def _tell_to_end(name: str, file: Path) -> Iterator[str]:
    if _signal(name, file, signal.SIGTERM):
        yield f"{name} was left behind by a hookwork that was killed; ended it"


def _wait(name: str, file: Path, patience_s: float) -> None:
    """Wait until nobody of the group lives; end it by force when it takes too long."""
    deadline = time.monotonic() + patience_s
    while folder.holder(file):
        if time.monotonic() > deadline:
            _signal(name, file, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def _signal(name: str, file: Path, number: signal.Signals) -> bool:
    group = folder.holder(file)
    if group is None:
        return False
    with suppress(ProcessLookupError):
        try:
            os.killpg(group, number)
        except PermissionError:
            raise Taken(
                f"{name} (process {group}) runs here for another user; end it first, or start "
                "this one in another folder"
            ) from None
    return True
