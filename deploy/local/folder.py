"""The folder in which one `hookwork up` keeps what it has."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: below the folder in which the command was given
HOME = Path(".hookwork")


class Taken(Exception):
    """Somebody else uses the folder."""


def lock(folder: Path) -> IO[bytes]:
    """Take a folder for as long as the returned file is open, also by a child it was passed to.

    Raises Taken.
    """
    # For this user alone: there is what people wrote in it.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = (folder / "lock").open("ab")
    try:
        fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        taken.close()
        raise Taken(
            f"another hookwork uses {folder.resolve()}; end it first (it may have been left behind "
            "by a command that was killed), or start this one in another folder"
        ) from None
    return taken


@contextmanager
def home() -> Iterator[Path]:
    """The folder of `hookwork up`, for this command alone."""
    held = lock(HOME)
    try:
        yield HOME
    finally:
        held.close()
