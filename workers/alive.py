"""Does a worker live? `python -m workers.alive FOLDER` asks for its signs, which signs.py gives.

Asks nobody but the files there, and imports little: it is asked every few seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

#: without a sign for so long a worker is not what the sign's name says
SILENT_S = 30.0
NAMES = ("alive", "ready")


def missing(folder: Path, name: str, now: float) -> str:
    """Why there is no such sign; empty when there is one.

    name: alive or ready. now: seconds of the clock by which signs are given.
    """
    try:
        given = float((folder / name).read_text(encoding="ascii"))
    except FileNotFoundError:
        return f"{name}: no sign in {folder} yet; does HOOKWORK_ALIVE of the worker name it?"
    except (OSError, ValueError) as error:
        return f"{name}: the sign in {folder} cannot be read: {error}"
    # After a restart of the machine its clock begins anew: what is ahead of it is old.
    if 0 <= now - given <= SILENT_S:
        return ""
    return f"{name}: no sign for {abs(now - given):.0f} s; a worker gives one each second"


def main(arguments: list[str]) -> str:
    """Ask: FOLDER, and `alive`, which is meant when nothing is said, or `ready`.

    Returns what is missing; empty when nothing is.
    """
    match arguments:
        case [folder]:
            return missing(Path(folder), NAMES[0], time.monotonic())
        case [folder, name] if name in NAMES:
            return missing(Path(folder), name, time.monotonic())
    return "usage: python -m workers.alive FOLDER [alive|ready]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or None)
