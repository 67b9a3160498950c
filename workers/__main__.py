"""Runs a worker: `python -m workers`, which is Celery's worker with the flags it needs here."""

from __future__ import annotations

import os

from celery.bin.celery import celery

FLAGS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning")
#: Where edge and workers share a machine, the edge goes first: awork waits for its answer, and
#: nobody waits for a worker in milliseconds.
NICER = 5


def main() -> None:
    """Work until told to end; finish what is under way, give back the rest, exit 0."""
    os.nice(NICER)
    celery.main(["-A", "workers.app", "worker", *FLAGS], prog_name="workers")


if __name__ == "__main__":
    main()
