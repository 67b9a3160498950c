"""Heads of requests: floods, slowness, idle connections, and requests hidden in requests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat

import pytest

from tests.security.conftest import Target
from tests.security.impatient import MOST_CONNECTIONS
from tests.security.walking import everything
from tests.security.wire import (
    LET_IN,
    Reply,
    body,
    chunked,
    connected,
    delivery,
    good,
    head,
    hear,
    rest,
    say,
)
from webhooks.__main__ import options
from webhooks.connections import Connection, Limits
from webhooks.settings import Settings

START = b"POST /webhooks/awork HTTP/1.1\r\nHost: localhost\r\n"
TOO_LARGE = 431
HEAD_BYTES, HEADERS = Limits().head_bytes, Limits().headers


def endless(line: socket.socket, parts: Iterator[bytes]) -> int:
    """Send parts until the edge ends the connection. Returns how many bytes it took."""
    sent = 0
    try:
        for part in parts:
            sent += line.send(part)
    except (BrokenPipeError, ConnectionResetError):
        return sent
    raise AssertionError("the edge took all of it")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(head(*(b"X-%d: a" % n for n in range(HEADERS))), id="many headers"),
        pytest.param(head(b"X: " + b"a" * HEAD_BYTES), id="one huge value"),
        pytest.param(head(b"X" * HEAD_BYTES + b": a"), id="one huge name"),
        pytest.param(START + b"X: " + b"a" * HEAD_BYTES, id="a value without an end"),
        pytest.param(START + b"X" * HEAD_BYTES, id="a name without an end"),
        pytest.param(b"POST /" + b"a" * HEAD_BYTES, id="an address without an end"),
        pytest.param(b"GET /?" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\n\r\n", id="a huge query"),
        pytest.param(head(*repeat(b"X: " + b"a" * 1000, 40)), id="the same again and again"),
    ],
)
def test_a_flood_of_headers_is_refused(edge: Target, request_: bytes) -> None:
    assert say(edge.port, request_) == Reply(
        TOO_LARGE,
        {"content-type": "application/json", "content-length": "43", "connection": "close"},
        b'{"error":"request-header-fields-too-large"}',
    )


@pytest.mark.parametrize(
    ("begin", "part"),
    [
        pytest.param(START, b"X: aaaaaaaaaaaaa\r\n" * 60, id="headers"),
        pytest.param(START + b"X: ", b"a" * 1024, id="a value"),
        pytest.param(b"POST /", b"a" * 1024, id="an address"),
        pytest.param(b"", b"\r\n" * 512, id="empty lines"),
        pytest.param(
            head(b"Transfer-Encoding: chunked", *LET_IN) + b"0\r\n",
            b"X: a\r\n" * 200,
            id="trailers",
        ),
        pytest.param(
            head(b"Transfer-Encoding: chunked", *LET_IN) + b"1;a=", b"a" * 1024, id="an extension"
        ),
        pytest.param(
            head(b"Transfer-Encoding: chunked", *LET_IN) + b"0\r\nX: ", b"a" * 1024, id="a trailer"
        ),
    ],
)
def test_what_has_no_end_is_ended_by_the_edge(edge: Target, begin: bytes, part: bytes) -> None:
    with connected(edge.port) as line:
        line.sendall(begin)

        endless(line, repeat(part, 100_000))


def test_as_much_as_other_servers_allow_is_let_in(edge: Target) -> None:
    headers = [b"X-%d: %s" % (n, b"a" * 250) for n in range(90)]

    assert say(edge.port, delivery(good(), *LET_IN, *headers)).status == 202


def test_a_head_that_comes_a_byte_at_a_time_is_given_up(hurried: Target) -> None:
    with connected(hurried.port) as line:
        line.settimeout(0.2)
        for byte in head(*LET_IN, b"X: " + b"a" * 100):
            line.send(bytes([byte]))
            try:
                ended = line.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionResetError:
                ended = True
            assert ended
            return

    raise AssertionError("the edge waited for all of it")


def test_who_says_nothing_is_given_up(hurried: Target) -> None:
    with connected(hurried.port) as line:
        assert rest(line) == b""


def test_who_has_been_answered_and_begins_again_slowly_is_given_up(hurried: Target) -> None:
    with connected(hurried.port) as line:
        line.sendall(head(start=b"GET /health/live HTTP/1.1"))
        first = hear(line)
        line.sendall(b"GET /health/li")

        assert (first.status, rest(line)) == (200, b"")


def test_a_body_that_nobody_wants_does_not_hold_a_connection(hurried: Target) -> None:
    with connected(hurried.port) as line:
        line.sendall(head(b"Content-Length: 1000", start=b"GET /health/live HTTP/1.1"))
        first = hear(line)

        assert (first.status, rest(line)) == (200, b"")


@pytest.mark.parametrize(
    "request_", [b"", head(start=b"GET /health/live HTTP/1.1")], ids=["silent", "answered once"]
)
def test_idle_connections_keep_nobody_out(hurried: Target, request_: bytes) -> None:
    with ExitStack() as held:
        for _ in range(3 * MOST_CONNECTIONS):
            line = held.enter_context(connected(hurried.port))
            line.sendall(request_)
            if request_:
                assert hear(line).status == 200

        assert say(hurried.port, delivery(good(), *LET_IN)).status == 202


SMUGGLED = delivery(body(), *LET_IN)
HIDDEN = chunked(end=b"0\r\n\r\n" + SMUGGLED)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((b"Content-Length: 6", b"Transfer-Encoding: chunked"), id="CL.TE"),
        pytest.param((b"Transfer-Encoding: chunked", b"Content-Length: 6"), id="TE.CL"),
        pytest.param((b"Content-Length: 0", b"Content-Length: 5"), id="two lengths"),
        pytest.param((b"Content-Length: 5", b"Content-Length: 5"), id="the same length twice"),
        pytest.param((b"Content-Length: 0, 5",), id="a list of lengths"),
        pytest.param((b"Content-Length: +5",), id="a length with a sign"),
        pytest.param((b"Content-Length: -5",), id="a negative length"),
        pytest.param((b"Content-Length: 0x5",), id="a length in hex"),
        pytest.param((b"Content-Length: 5 5",), id="a length with a space"),
        pytest.param((b"Content-Length:",), id="no length"),
        pytest.param((b"Content-Length: 99999999999999999999",), id="more than 64 bits"),
        pytest.param((b"Transfer-Encoding: xchunked",), id="nearly chunked"),
        pytest.param((b"Transfer-Encoding: chunked, identity",), id="chunked, then not"),
        pytest.param((b"Transfer-Encoding : chunked",), id="space before the colon"),
        pytest.param((b"Transfer-Encoding: \x0bchunked",), id="a vertical tab"),
        pytest.param((b"X: a\nTransfer-Encoding: chunked",), id="a bare line feed"),
        pytest.param((b"X: a\r\r\nTransfer-Encoding: chunked",), id="a carriage return more"),
        pytest.param((b" Transfer-Encoding: chunked",), id="space before the name"),
        pytest.param((b"Transfer\x00-Encoding: chunked",), id="NUL in the name"),
    ],
)
def test_no_request_hides_in_another(edge: Target, headers: tuple[bytes, ...]) -> None:
    with connected(edge.port) as line:
        line.sendall(head(*headers) + HIDDEN)
        heard = rest(line)

    assert heard.startswith(b"HTTP/1.1 4")
    assert heard.count(b"HTTP/1.1") == 1
    assert everything(edge.client) == b""


def test_what_follows_a_last_request_is_not_looked_at(edge: Target) -> None:
    with connected(edge.port) as line:
        line.sendall(head(b"Connection: close", start=b"GET /health/live HTTP/1.1") + SMUGGLED)
        heard = rest(line)

    assert heard.count(b"HTTP/1.1") == 1
    assert everything(edge.client) == b""


def test_an_upgrade_is_no_way_around(edge: Target) -> None:
    upgrade = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

    reply = say(edge.port, head(*upgrade, key, start=b"GET /webhooks/awork HTTP/1.1"))

    assert reply.status == 405


def test_edges_have_these_bounds(settings: Settings) -> None:
    chosen = options(settings)

    assert chosen["http"] is Connection
    assert (chosen["ws"], chosen["proxy_headers"], chosen["limit_concurrency"]) == (
        "none",
        False,
        2000,
    )
    assert Connection.limits == Limits(head_bytes=32_768, headers=100, patience_s=10.0)
