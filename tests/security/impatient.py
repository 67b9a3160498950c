"""An edge like any other, but for its patience and its room: `python -m tests.security.impatient`.

With it, tests of slow senders need not be as slow as they are.
"""

from __future__ import annotations

import os
from typing import ClassVar

import uvicorn

from webhooks import logs
from webhooks.__main__ import options
from webhooks.app import build
from webhooks.connections import Connection, Limits
from webhooks.settings import read
from webhooks.store.connection import async_client

PATIENCE_S = 1.0
MOST_CONNECTIONS = 20


class Impatient(Connection):
    """A connection that is given up soon."""

    limits: ClassVar[Limits] = Limits(patience_s=PATIENCE_S)


def main() -> None:
    """Serve until told to end."""
    settings = read(os.environ)
    logs.configure(settings)
    hurried = {"http": Impatient, "limit_concurrency": MOST_CONNECTIONS}
    uvicorn.run(
        lambda: build(
            {"": settings},
            async_client(settings),
            patience_s=PATIENCE_S,
            body_patience_s=PATIENCE_S,
        ),
        **(options(settings) | hurried),
    )


if __name__ == "__main__":
    main()
