"""Which Redis a house has: the one that is given, or the embedded one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from redis import RedisError

from deploy.local import redis_server
from deploy.local.redis_server import NoServer, RedisServer
from webhooks.settings import given
from webhooks.store.client import Client


class NotStarted(Exception):
    """A part did not start; the message says which, and its last words."""


@contextmanager
def chosen(
    environ: Mapping[str, str], folder: Path, *, demo: bool
) -> Iterator[tuple[str, RedisServer | None]]:
    """The Redis that is given, or the embedded one.

    The demo takes the embedded one if it can: in a given one there may be real events, and the
    sandbox is no place for them.
    """
    url = given(environ, "REDIS_URL")
    if url and not (demo and _has_server()):
        _look_at(url, demo=demo)
        yield url, None
        return
    server = redis_server.start(folder / ("demo" if demo else "redis"), keep=not demo)
    try:
        yield server.url, server
    finally:
        server.stop()


def _has_server() -> bool:
    with suppress(NoServer):
        return bool(redis_server.find_server())
    return False


def _look_at(url: str, *, demo: bool) -> None:
    """Make sure that a given Redis answers, and that the demo takes no real events from it."""
    try:
        client = Client.at(url, socket_connect_timeout=3)
        used = client.exists(client.key.counts)
    except (RedisError, OSError, ValueError) as error:
        where = urlsplit(url).hostname or urlsplit(url).path
        raise NotStarted(
            f"Redis does not answer at {where} (REDIS_URL): {type(error).__name__}"
        ) from error
    if used and demo:
        raise NotStarted(
            "REDIS_URL holds events of another hookwork, and without AWORK_API_TOKEN they would be "
            "written to the sandbox. Set AWORK_API_TOKEN, or give an empty Redis."
        )
