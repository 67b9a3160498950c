"""What an attacker has: sockets, and bytes that no client library would send."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests import samples

SECRET = b"hw-attack-secret-7d1f"
PREVIOUS = b"hw-attack-previous-2b90"
#: what stands in every body that must not be kept
MARK = b"words-of-an-attacker"
#: how long a test waits for an answer that should have come long before
PATIENCE_S = 20.0
LET_IN = (b"X-Webhook-Secret: " + SECRET,)


@dataclass(frozen=True)
class Reply:
    """What was answered. status 0: nothing, the connection was ended."""

    status: int
    #: by names in small letters
    headers: dict[str, str]
    body: bytes


def body(**entity: str) -> bytes:
    """A delivery that is new, with the mark in it."""
    return samples.raw(samples.fresh("task_added", note=MARK.decode(), **entity))


def good() -> bytes:
    """A delivery as awork sends it."""
    return samples.raw(samples.fresh("task_added"))


def head(
    *headers: bytes,
    start: bytes = b"POST /webhooks/awork HTTP/1.1",
    host: bytes | None = b"localhost",
) -> bytes:
    """Request line and headers, as given. host: None leaves it out."""
    lines = [start, *((b"Host: " + host,) if host is not None else ()), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def delivery(raw_body: bytes, *headers: bytes, start: bytes | None = None) -> bytes:
    """A whole request with a Content-Length."""
    length = b"Content-Length: %d" % len(raw_body)
    line = start or b"POST /webhooks/awork HTTP/1.1"
    return head(length, *headers, start=line) + raw_body


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A connection to the edge."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        yield line


def say(port: int, *parts: bytes) -> Reply:
    """Send this in a connection of its own, and return what is answered."""
    with connected(port) as line:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                line.sendall(part)
        return hear(line, method="HEAD" if parts[0].startswith(b"HEAD ") else "")


def hear(line: socket.socket, *, method: str = "") -> Reply:
    """The next answer in a connection. method: HEAD when no body comes."""
    response = http.client.HTTPResponse(line, method=method)
    try:
        response.begin()
        answered = response.read()
    except (http.client.HTTPException, ConnectionError):
        return Reply(0, {}, b"")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, answered)


def rest(line: socket.socket) -> bytes:
    """All that comes until the connection is ended; fails when it is not."""
    heard = b""
    with suppress(ConnectionResetError):
        while part := line.recv(65_536):
            heard += part
    return heard
