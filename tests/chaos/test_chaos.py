"""A short chaos run: kills, frozen processes, lost answers, shuffled and doubled deliveries."""

from __future__ import annotations

import subprocess
import sys

#: of mishaps; working off what they left takes a lease, a minute, more
SECONDS = 45
SEED = 7
_LONGEST_S = 240


def test_whatever_befalls_it_every_effect_is_there_once_and_in_order() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seconds", str(SECONDS), "--seed", str(SEED)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "missing 0, doubled 0, out of order 0" in ended.stdout
