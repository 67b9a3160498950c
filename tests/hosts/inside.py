"""What `python -m tests.hosts` runs in namespaces of its own."""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.hosts.lost_bells import LostBells
from tests.hosts.report import deaf, lines
from tests.hosts.run import LONGEST_S, RATE, ManyHosts
from tests.hosts.short import OneCut

_STORIES: Mapping[str, type[ManyHosts]] = {
    "cuts": ManyHosts,
    "short": OneCut,
    "lost-bells": LostBells,
}


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    made = argparse.ArgumentParser(
        prog="python -m tests.hosts",
        description="Two edges and four workers on three hosts, each cut off once; then every "
        "effect is counted.",
    )
    made.add_argument("story", nargs="?", choices=[*_STORIES], default="cuts")
    made.add_argument("--seconds", type=float, default=LONGEST_S, help="of the longest cut")
    made.add_argument("--seed", type=int, help="who is cut off from what; random by default")
    made.add_argument("--rate", type=float, default=RATE, help="edits a second")
    made.add_argument("--keep", action="store_true", help="keep logs and data in any case")
    return made


def main() -> int:
    """Run, and print. Returns the exit code."""
    said = parser().parse_args()
    seed = secrets.randbelow(10**6) if said.seed is None else said.seed
    # So that what was started is ended: this way, an exit passes every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="hosts-"))
    _print(f"hosts: {said.story}, seed {seed}, logs and data in {folder}")
    with _STORIES[said.story].ready(seed, said.seconds, folder, said.rate) as run:
        report = run.run()
        report.verdict.findings += deaf(run)
        for line in lines(run, report):
            _print(line)
    if not report.is_good:
        (folder / "wrong.txt").write_text("\n".join(report.wrong()), encoding="utf-8")
        _print(f"logs and data of Redis: {folder}; again: --seed {seed}")
        return 1
    if not said.keep:
        shutil.rmtree(folder)
    return 0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
