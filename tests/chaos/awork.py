"""The sandbox as a process of its own, hardly limited: `python -m tests.chaos.awork PORT MS`.

MS: how long each call takes. awork is another machine in life: here it takes only what the edge
and Redis leave of this one.
"""

from __future__ import annotations

import os
import sys

from deploy.sandbox.server import HOST, Sandbox


def main() -> None:
    """Serve until told to end."""
    os.nice(10)
    port, latency_ms = map(int, sys.argv[1:])
    sandbox = Sandbox(per_minute=1_000_000, per_second=100_000)
    sandbox.faults.latency_s = (latency_ms / 1000, latency_ms / 1000)
    sandbox.run(HOST, port, lambda _url: None)


if __name__ == "__main__":
    main()
