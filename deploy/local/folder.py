"""The folder in which one `hookwork up` keeps what it has, and who uses which part of it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: below the folder in which the command was given
HOME = Path(".hookwork")
#: below it, a lock for each process that is not Redis's
PARTS = "parts"


class Taken(Exception):
    """Somebody else uses the folder."""


def lock(folder: Path, name: str = "lock") -> IO[bytes]:
    """Take a folder, or what is named in it, for as long as the returned file is open, also by a
    child it was passed to.

    Raises Taken.
    """
    # For this user alone: there is what people wrote in it.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = (folder / name).open("ab")
    if not _is_taken_by(taken):
        taken.close()
        raise Taken(
            f"another hookwork uses {folder.resolve()}; end it first, or start this one in "
            "another folder"
        )
    return taken


def sign(held: IO[bytes], pid: int) -> None:
    """Say in a lock whose it is: a process that leads a group of its own, and was passed the lock.

    As long as it is held somebody of that group lives, and nobody else gets its number.
    """
    held.truncate(0)
    held.write(str(pid).encode())
    held.flush()


def holder(file: Path) -> int | None:
    """The process group that holds a lock; None when nobody does, or who does has not signed."""
    if not file.exists():
        return None
    with file.open("rb+") as looked_at:
        if _is_taken_by(looked_at):
            return None
        signed = looked_at.read(20)
    return int(signed) if signed.isdigit() else None


@contextmanager
def home() -> Iterator[Path]:
    """The folder of `hookwork up`, for this command alone."""
    held = lock(HOME)
    try:
        yield HOME
    finally:
        held.close()


def _is_taken_by(file: IO[bytes]) -> bool:
    """Try to take a lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
