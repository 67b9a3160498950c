"""Many hosts: `python -m tests.hosts [--seconds N] [--seed S] [--rate R]`, some four minutes.

Two edges and four workers on three hosts of their own, a fourth with Redis and the sandbox. Each
host is cut off once: from Redis, from awork, from both. Then what is in awork is compared with
what every acknowledged event should have made. Exits 1 when an effect is missing, doubled or out
of order, or a worker deaf; 2 where this machine has no network namespaces for us.
"""

from __future__ import annotations

import os
import sys

from tests.hosts import network
from tests.hosts.inside import parser

CANNOT = 2


def main() -> int:
    """Begin anew in namespaces of its own, or say why that cannot be."""
    parser().parse_args()
    if why := network.why_not():
        sys.stderr.write(f"hosts: {why}\n")
        return CANNOT
    command = network.command(sys.executable, "-m", "tests.hosts.inside", *sys.argv[1:])
    return os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
