"""Runs a worker: `python -m workers`, which is Celery's worker with the flags it needs here."""

from __future__ import annotations

from workers.app import app


def main() -> None:
    """Work until told to end; finish what is under way, give back the rest, exit 0."""
    app.worker_main(
        ["worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"]
    )


if __name__ == "__main__":
    main()
