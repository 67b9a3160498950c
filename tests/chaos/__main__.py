"""Chaos: `python -m tests.chaos [--seconds N] [--seed S] [--rate R]`, five minutes by default.

Real processes and a sandbox in awork's place; everything is killed, frozen and lied to, and at
the end every effect is counted. Exits 1 when one is missing, doubled or out of order; then the
folder with the logs and the data of Redis stays.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import RATE, chaos


def main() -> int:
    """Run, and print. Returns the exit code."""
    arguments = _arguments()
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    # So that what was started is ended: this way, an exit passes every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    _print(f"chaos: seed {seed}, {arguments.seconds:g} s, logs and data in {folder}")
    with chaos(seed, arguments.seconds, folder, rate=arguments.rate) as one:
        report = one.run()
    for line in report.lines():
        _print(line)
    if not report.is_good:
        (folder / "wrong.txt").write_text("\n".join(report.wrong()), encoding="utf-8")
        _print(f"logs and data of Redis: {folder}; again: --seed {seed}")
        return 1
    if not arguments.keep:
        shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="of mishaps")
    parser.add_argument("--seed", type=int, help="what happens when; random by default")
    parser.add_argument("--rate", type=float, default=RATE, help="edits a second")
    parser.add_argument("--keep", action="store_true", help="keep logs and data in any case")
    return parser.parse_args()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
