"""What is wrong now, one entry for each cause: however many events meet it, it is one problem.

A rejected token fails a thousand events and is one problem. Who finds a problem raises it, who
finds it gone clears it; both may be said as often as one likes, and answer whether that is news,
so that it is logged once. The console, /metrics and `hookwork doctor` show what is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from webhooks.store import scripts
from webhooks.store.client import AsyncClient, Client
from webhooks.store.reply import raw
from webhooks.workspaces import named


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong."""

    #: names it for good, as "awork:token-rejected"; the part before the colon says whose it is
    cause: str
    #: one line for people: what is wrong
    message: str
    #: one line for people: what to do
    way_out: str
    #: milliseconds since 1970 UTC, by Redis's clock: when it was found, and when last
    since_ms: int
    last_ms: int
    #: how often it was found
    times: int


class Problems:
    """The workers' side.

    clock_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(self, client: Client, *, clock_ms: Callable[[], int] | None = None) -> None:
        self._client = client
        self._clock_ms = clock_ms

    def raised(self, cause: str, message: str, *, way_out: str = "") -> bool:
        """Say that something is wrong. Returns True when that is news."""
        now_ms = "" if self._clock_ms is None else self._clock_ms()
        of = self._client.key.workspace
        told = (cause, named(message, of), named(way_out, of))
        return bool(scripts.run(self._client, "trouble", now_ms, *told))

    def cleared(self, cause: str) -> bool:
        """Say that it is not (any more). Returns True when that is news."""
        return bool(self._client.hdel(self._client.key.problems, cause))

    def all(self) -> list[Problem]:
        """What is wrong now, the oldest first."""
        return read(self._client.hvals(self._client.key.problems))


async def current(client: AsyncClient) -> list[Problem]:
    """What is wrong now, the oldest first; for the edge."""
    return read(await client.hvals(client.key.problems))


def read(stored: Any) -> list[Problem]:
    """Problems as they are stored, the oldest first."""
    return sorted((_decode(raw(one)) for one in stored), key=lambda one: one.since_ms)


_decode = msgspec.json.Decoder(Problem, strict=False).decode
