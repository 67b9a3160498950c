"""Runs the edge: `python -m webhooks`."""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from webhooks.connections import Connection
from webhooks.errors import SettingsRejected
from webhooks.settings import Settings
from webhooks.store.acceptor import WAITING_ROOM
from webhooks.workspaces import read_all

_APP = "webhooks.app:create"
#: files that a process has open beside connections
_OTHER_FILES = 100


def main() -> None:
    """Serve until told to end; finish what is under way, exit 0."""
    try:
        settings = next(iter(read_all(os.environ).values()))
    except SettingsRejected as rejected:
        sys.exit("\n".join(rejected.problems))
    # uvicorn finishes in order and then raises the signal again; ended in order is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if settings.web_concurrency == 1:
        uvicorn.run(_APP, workers=1, **options(settings))
        return
    config = uvicorn.Config(_APP, workers=settings.web_concurrency, **options(settings))
    Parent(config, sockets=[config.bind_socket()]).run()


class Parent(Multiprocess):
    """Of several processes. Told to end, it closes the door it has opened for them at once: held
    open until the last of them has ended, the system would let people in, and nobody answers."""

    def terminate_all(self) -> None:
        """Close the door, and tell each process to end."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def options(settings: Settings) -> dict[str, Any]:
    """How uvicorn serves the edge, whatever the application and the number of processes."""
    return {
        "factory": True,
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "log_level": settings.log_level,
        "log_config": None,
        "http": Connection,
        # There are none here, and their own reader of heads has other bounds.
        "ws": "none",
        # Nobody here asks who sent it or by what scheme, but the console: it trusts no header.
        "proxy_headers": False,
        "server_header": False,
        # Longer than the 90 s for which Heroku's router keeps idle connections.
        "timeout_keep_alive": 95,
        "timeout_graceful_shutdown": 20,
        # Twice what may wait for Redis; beyond it uvicorn answers 503 by itself.
        "limit_concurrency": most_connections(2 * WAITING_ROOM),
    }


def most_connections(wanted: int) -> int:
    """As many connections as are wanted, or as may be open; raises that as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(1, allowed - _OTHER_FILES)


if __name__ == "__main__":
    main()
