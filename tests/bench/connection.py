"""The load maker's HTTP: one request at a time on a kept connection, and as little reading of the
answer as will do. Faster than a client library, so that the server is what is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "


class Connection(asyncio.Protocol):
    """A connection to the server on this machine."""

    def __init__(self, answered: Callable[[Connection, bool], None]) -> None:
        """answered: called with each answer, and whether it was 202; also when the line broke."""
        self._answered = answered
        self._read = b""
        self._transport: asyncio.Transport
        self.is_busy = False
        #: when the request under way should have left, in seconds of the load maker's clock
        self.due_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due_s: float = 0.0) -> None:
        """Send a request; `answered` will be called."""
        self.is_busy, self.due_s = True, due_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(_END_OF_HEAD)
        if end < 0 or len(self._read) < end + len(_END_OF_HEAD) + self._length(end):
            return
        is_accepted = self._read[9:12] == b"202"
        self._read, self.is_busy = b"", False
        self._answered(self, is_accepted)

    def _length(self, end: int) -> int:
        at = self._read.index(_LENGTH, 0, end) + len(_LENGTH)
        return int(self._read[at : self._read.index(b"\r\n", at)])

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.is_busy:
            self.is_busy = False
            self._answered(self, False)


async def connect(
    port: int, number: int, answered: Callable[[Connection, bool], None]
) -> list[Connection]:
    """Open connections to a server on this machine."""
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(answered), "127.0.0.1", port)
        for _ in range(number)
    ]
    return [connection for _, connection in made]
