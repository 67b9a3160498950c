"""Does the edge live? `python -m webhooks.alive` asks it on this machine, and needs no curl.

Asks for liveness, not readiness: Redis plays no part, because no restart of an edge brings it back.
Imports little: it is asked every few seconds.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping

#: seconds until an edge that says nothing counts as dead
PATIENCE_S = 3.0
_REQUEST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_LIVES = b"HTTP/1.1 200 "


def missing(host: str, port: int, patience_s: float = PATIENCE_S) -> str:
    """Why this edge does not seem to live; empty when it does."""
    try:
        with socket.create_connection((host, port), timeout=patience_s) as connection:
            connection.sendall(_REQUEST)
            answer = connection.makefile("rb").read(len(_LIVES))
    except OSError as error:
        return f"the edge on {host}:{port} does not answer: {error}"
    if answer == _LIVES:
        return ""
    return f"the edge on {host}:{port} answers {answer!r}, not {_LIVES!r}"


def main(environ: Mapping[str, str]) -> str:
    """Ask the edge that has these settings; returns what is missing, empty when nothing is."""
    # Who listens on all addresses listens on this machine's own.
    host = environ.get("HOST", "")
    own = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  not bound, but asked
    return missing(own.get(host, host), int(environ.get("PORT") or 8000))


if __name__ == "__main__":
    sys.exit(main(os.environ) or None)
