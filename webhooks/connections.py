"""One connection to the edge: uvicorn's, with the bounds that it lacks.

uvicorn with httptools bounds neither the size of a request's head nor the time it may take, adds
trailers to the headers, and lets idle connections keep others out.
With uvicorn's own command: `--http webhooks.connections:Connection --ws none`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@dataclass(frozen=True)
class Limits:
    """What one connection may ask for. nginx and Heroku's router allow about as much."""

    #: bytes of a request line and its headers together, or of what stands between parts of a body
    head_bytes: int = 32 * 1024
    #: headers of one request
    headers: int = 100
    #: seconds from a connection's opening, or a head's first byte, to the head's end; and for the
    #: rest of a body that was answered before it had come
    patience_s: float = 10.0


class _HeadTooLarge(Exception):
    """The head is larger than allowed. httptools makes a parser's error of it."""


class Connection(HttpToolsProtocol):
    """A connection whose heads are bounded, and which makes room when too many are open."""

    limits: ClassVar[Limits] = Limits()

    #: bytes of heads and the like since something was complete
    _unfinished = 0
    #: bytes of the complete parts of this head
    _head = 0
    #: whether the headers of this request are complete: what comes then is a trailer
    _has_headers = False
    #: the refusal, while one is on its way
    _refused: HTTPStatus | None = None
    #: ends the connection; None when nothing is awaited
    _deadline: asyncio.TimerHandle | None = None
    #: by the loop's clock, when it was opened or last answered
    idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The sender has connected."""
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        self._make_room()
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; what they complete is told to the methods below."""
        self._unfinished += len(data)
        super().data_received(data)
        if not self._has_headers and self._deadline is None:
            # Most heads come whole; a clock for each of them would be felt.
            self._expect()
        if self._unfinished > self.limits.head_bytes and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head, self._has_headers = 0, False

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. A trailer is dropped: it must not pass for a header."""
        self._count(len(name) + len(value))
        if self._has_headers:
            return
        super().on_header(name, value)
        if len(self.headers) > self.limits.headers:
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _HeadTooLarge

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._unfinished, self._has_headers = 0, True
        self._expect_no_more()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._unfinished = 0
        self._expect_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered; perhaps before its body had come."""
        self.idle_since = self.loop.time()
        super().on_response_complete()
        if self.is_idle and self.cycle.more_body:
            self._expect()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's own signature
        """The answer to what cannot be read, or is too large."""
        self._refuse(self._refused or HTTPStatus.BAD_REQUEST)

    @property
    def is_idle(self) -> bool:
        """True while nothing is being worked on."""
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # it is None before the first

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > self.limits.head_bytes:
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _HeadTooLarge

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer without the application, and hang up."""
        slug = status.phrase.lower().replace(" ", "-")
        body = b'{"error":"%s"}' % slug.encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _expect(self) -> None:
        self._expect_no_more()
        self._deadline = self.loop.call_later(self.limits.patience_s, self._give_up)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Hang up on who is too slow; not before what came earlier is answered."""
        if self.is_idle:
            self.transport.abort()
        else:
            self._expect()

    def _make_room(self) -> None:
        """When too many are open, end the one that has been idle longest: whoever holds
        connections without using them keeps nobody out."""
        if self.limit_concurrency is None or len(self.connections) < self.limit_concurrency:
            return
        others = (one for one in self.connections if isinstance(one, Connection) and one.is_idle)
        since = {one.idle_since: one for one in others if one is not self}
        if since:
            oldest = since[min(since)]
            self.connections.discard(oldest)
            oldest.transport.abort()
