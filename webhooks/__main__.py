"""Runs the edge: `python -m webhooks`."""

from __future__ import annotations

import os
import signal
import sys

import uvicorn

from webhooks.errors import SettingsRejected
from webhooks.settings import read
from webhooks.store.acceptor import WAITING_ROOM


def main() -> None:
    """Serve until told to end; finish what is under way, exit 0."""
    try:
        settings = read(os.environ)
    except SettingsRejected as rejected:
        sys.exit("\n".join(rejected.problems))
    # uvicorn finishes in order and then raises the signal again; ended in order is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "webhooks.app:create",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        access_log=False,
        log_level=settings.log_level,
        log_config=None,
        # Behind Heroku's router and other proxies; the console trusts no forwarded address.
        proxy_headers=True,
        # Longer than the 90 s for which Heroku's router keeps idle connections.
        timeout_keep_alive=95,
        timeout_graceful_shutdown=20,
        # Twice what may wait for Redis; beyond it uvicorn answers 503 by itself.
        limit_concurrency=2 * WAITING_ROOM,
    )


if __name__ == "__main__":
    main()
