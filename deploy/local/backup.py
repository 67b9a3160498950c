"""A copy of what the embedded Redis holds, taken while it works, and looked at.

Redis only ever appends to its file, so a copy of its first bytes is what it held at one moment:
all that was acknowledged before the copy began is in it. A step that the end of the copy cuts in
two is left out whole when the copy is loaded.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from deploy.local import redis_server
from webhooks.store.client import Client
from webhooks.store.reply import text

#: copies that are begun while Redis begins a new file, until somebody else should look
_TRIES = 20


#: where a key of a named workspace is cut
_NAMED = ("hookwork", "@name", "counts")


class NoBackup(Exception):
    """There is no copy; the message says why."""


@dataclass(frozen=True)
class Copy:
    """What a copy holds."""

    #: bytes on disk
    size: int
    #: events that are settled, and that are not
    settled: int
    waiting: int


def take(data: Path, to: Path) -> Copy:
    """Copy the data of an embedded Redis, which may be running, into a folder that is not there
    yet, and load the copy once to see that it can be.

    data: the folder `redis` of a `hookwork up`. Raises NoBackup, or NoServer when the copy cannot
    be loaded; nothing is left in `to` then.
    """
    if to.exists():
        raise NoBackup(f"{to} is there already; name a folder that is not")
    if not _files(data):
        raise NoBackup(f"{data.resolve()} holds nothing that a Redis of ours has kept")
    unchecked = to.with_name(f"{to.name}.unchecked")
    shutil.rmtree(unchecked, ignore_errors=True)
    try:
        _copied(data, unchecked)
        found = _looked_at(unchecked)
        unchecked.rename(to)
    except OSError as error:
        raise NoBackup(f"{to} cannot be written: {error}") from error
    finally:
        shutil.rmtree(unchecked, ignore_errors=True)
    return found


def _copied(data: Path, to: Path) -> None:
    for _ in range(_TRIES):
        # For this user alone, as the data are.
        to.mkdir(mode=0o700, parents=True)
        if _is_whole(data, to):
            return
        shutil.rmtree(to)
    raise NoBackup("Redis began a new file at each try; try again later")


def _is_whole(data: Path, to: Path) -> bool:
    """Copy; False when Redis has begun another file meanwhile, so that the parts may not fit."""
    before = _files(data)
    try:
        for file in before:
            _copy_as_it_is(file, to / file.relative_to(data))
    except FileNotFoundError:
        return False
    return _files(data) == before


def _files(data: Path) -> list[Path]:
    """appendonly.aof, and from Redis 7 on what is in appendonlydir: of these it appends to the
    last only, which was there before anything was copied."""
    parts = [file for file in data.glob("appendonlydir/*") if not file.name.startswith("temp")]
    return sorted([*data.glob("appendonly.aof"), *parts])


def _copy_as_it_is(file: Path, to: Path) -> None:
    """What stands in it now, no more: under load it may grow as fast as it is copied."""
    to.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("rb") as source, to.open("wb") as copy:
        left = os.fstat(source.fileno()).st_size
        while left > 0 and (chunk := source.read(min(left, 2**20))):
            copy.write(chunk)
            left -= len(chunk)
        copy.flush()
        os.fsync(copy.fileno())


def _looked_at(copy: Path) -> Copy:
    server = redis_server.start(copy)
    try:
        with closing(Client.at(server.url)) as client:
            stores = [client.of(name) for name in _workspaces(client)]
            settled = sum(one.zcard(one.key.settled) for one in stores)
            waiting = sum(one.zcard(one.key.waiting) for one in stores)
    finally:
        server.stop()
    size = sum(file.stat().st_size for file in _files(copy))
    for left in ("lock", "redis.log"):
        (copy / left).unlink(missing_ok=True)
    return Copy(size, settled, waiting)


def _workspaces(client: Client) -> list[str]:
    """The workspaces in a store, the one without a name first."""
    counts = [text(key).split(":") for key in client.scan_iter("*:@*:counts", count=10_000)]
    return ["", *sorted(parts[1][1:] for parts in counts if len(parts) == len(_NAMED))]
