"""Bodies: too large, too slow, without an end, and such as break whoever reads them."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from tests import samples
from tests.security.conftest import Target
from tests.security.walking import everything
from tests.security.wire import (
    LET_IN,
    MARK,
    PATIENCE_S,
    Reply,
    body,
    chunked,
    connected,
    delivery,
    good,
    head,
    hear,
    say,
)
from webhooks.app import MAX_BODY_BYTES

TOO_LARGE = (413, b'{"error":"body-too-large"}')
INCOMPLETE = (400, b'{"error":"body-incomplete"}')
CHUNKED = head(b"Transfer-Encoding: chunked", *LET_IN)


def answer(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


def padded(raw_body: bytes, size: int) -> bytes:
    """The same JSON, so many bytes long."""
    return raw_body + b" " * (size - len(raw_body))


def parts(raw_body: bytes, size: int = 10_000) -> list[bytes]:
    return [raw_body[at : at + size] for at in range(0, len(raw_body), size)]


@pytest.mark.parametrize("in_chunks", [False, True])
def test_1_mib_is_taken(edge: Target, in_chunks: bool) -> None:
    whole = padded(good(), MAX_BODY_BYTES)
    request = CHUNKED + chunked(*parts(whole)) if in_chunks else delivery(whole, *LET_IN)

    assert say(edge.port, request).status == 202


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_byte_more_is_refused(edge: Target, in_chunks: bool) -> None:
    whole = padded(body(), MAX_BODY_BYTES + 1)
    request = CHUNKED + chunked(*parts(whole)) if in_chunks else delivery(whole, *LET_IN)

    assert answer(say(edge.port, request)) == TOO_LARGE


def test_chunks_without_an_end_are_ended(edge: Target) -> None:
    endless = [CHUNKED, *[chunked(body(), end=b"")] * 2_000]

    assert answer(say(edge.port, *endless)) == TOO_LARGE


def test_chunks_of_one_byte_are_counted_like_others(edge: Target) -> None:
    small = chunked(*[b" "] * 1024, end=b"")

    assert answer(say(edge.port, CHUNKED, *[small] * 1025)) == TOO_LARGE


@pytest.mark.parametrize(
    "sizes",
    [b"-1", b"0x10", b"G", b"1 0", b"ffffffffffffffff1", b""],
    ids=["negative", "hex mark", "no hex", "space", "more than 64 bits", "none"],
)
def test_the_size_of_a_chunk_is_a_size(edge: Target, sizes: bytes) -> None:
    reply = say(edge.port, CHUNKED + sizes + b"\r\n" + body() + b"\r\n0\r\n\r\n")

    assert reply.status == 400


def test_a_length_that_promises_much_is_not_believed(edge: Target) -> None:
    whole = padded(body(), MAX_BODY_BYTES + 1)
    request = head(b"Content-Length: 1000000000000", *LET_IN) + whole

    assert answer(say(edge.port, request)) == TOO_LARGE


def test_a_body_that_breaks_off_is_not_kept(edge: Target) -> None:
    whole = body()
    with connected(edge.port) as line:
        line.sendall(delivery(whole, *LET_IN)[:-1])

    assert say(edge.port, head(start=b"GET /health/live HTTP/1.1")).status == 200


def test_what_comes_after_a_body_is_not_of_it(edge: Target) -> None:
    whole = good()

    reply = say(edge.port, delivery(whole, *LET_IN) + b"surplus of a body")

    assert reply.status in (202, 400)
    assert b"surplus" not in everything(edge.client)


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_that_comes_a_byte_at_a_time_is_given_up(hurried: Target, in_chunks: bool) -> None:
    begin = CHUNKED if in_chunks else head(b"Content-Length: 1000", *LET_IN)
    with connected(hurried.port) as line:
        line.sendall(begin)
        line.settimeout(0.2)
        for byte in body()[:200]:
            line.send(chunked(bytes([byte]), end=b"") if in_chunks else bytes([byte]))
            try:
                line.recv(1, 2)  # MSG_PEEK
            except TimeoutError:
                continue
            line.settimeout(PATIENCE_S)
            assert answer(hear(line)) == INCOMPLETE
            return

    raise AssertionError("the edge waited for all of it")


def test_a_body_is_not_asked_for_before_the_sender_is_let_in(edge: Target) -> None:
    expecting = (b"Expect: 100-continue", b"Content-Length: 1000")

    assert say(edge.port, head(*expecting)).status == 401


#: JSON, as far as the edge looks: it reads the envelope, and passes over the entity
ODD = [
    pytest.param(b"9" * 900_000, id="a number of 900 KB"),
    pytest.param(b"0." + b"9" * 900_000, id="a fraction of 900 KB"),
    pytest.param(b"1e999999999", id="a number beyond all"),
    pytest.param(b'"\\u0000"', id="NUL, escaped"),
    pytest.param(b'"\\ud83d\\ude00"', id="a pair of surrogates"),
    pytest.param(b'"\xed\xa0\x80"', id="a lone surrogate, in bytes"),
    pytest.param(b'"\xff\xfe"', id="no UTF-8"),
    pytest.param(b'"\xc0\x80"', id="overlong NUL"),
    pytest.param(b"[" + b"[]," * 200_000 + b"[]]", id="200,000 lists"),
    pytest.param(b"[" * 400 + b"]" * 400, id="400 nested brackets"),
]


def of_entity(text: bytes) -> bytes:
    """A delivery that is new, with this JSON in it."""
    return good().replace(b'"entity": {', b'"entity": {"odd": ' + text + b", ", 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="10,000 nested brackets"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="10,000 nested objects"),
        pytest.param(b"[" * 500_000, id="brackets that are not closed"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"Infinity", id="Infinity"),
        pytest.param(b"-Infinity", id="minus Infinity"),
        pytest.param(b"01", id="a leading zero"),
        pytest.param(b'"\\ud800"', id="a lone surrogate, escaped"),
        pytest.param(b'"\x00"', id="NUL"),
        pytest.param(b"'a'", id="single quotes"),
        pytest.param(b"1 /* a */", id="a comment"),
    ],
)
def test_what_is_not_json_is_kept_aside(edge: Target, text: bytes) -> None:
    reply = say(edge.port, delivery(of_entity(text), *LET_IN))

    told = json.loads(reply.body)
    assert (reply.status, told["status"], told["reason"]) == (202, "quarantined", "not-json")
    page = say(edge.port, head(start=b"GET /events/%s HTTP/1.1" % told["id"].encode()))
    assert (page.status, b"not-json" in page.body) == (200, True)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param((b"gzip", gzip.compress), id="gzip"),
        pytest.param((b"deflate", zlib.compress), id="deflate"),
        pytest.param((b"gzip, gzip", lambda raw: gzip.compress(gzip.compress(raw))), id="twice"),
        pytest.param((b"gzip", lambda _: gzip.compress(b" " * 100_000_000)), id="a bomb"),
        pytest.param((b"br", lambda _: b"\x0b\x02\x80\x03"), id="brotli"),
    ],
)
def test_a_compressed_body_is_kept_aside_and_never_unpacked(
    edge: Target, packed: tuple[bytes, object]
) -> None:
    encoding, pack = packed
    assert callable(pack)
    raw_body = pack(body())

    reply = say(edge.port, delivery(raw_body, b"Content-Encoding: " + encoding, *LET_IN))

    told = json.loads(reply.body)
    assert (reply.status, told["status"], told["reason"]) == (202, "quarantined", "not-json")
    assert edge.client.hget(f"hookwork:event:{told['id']}", "body") == raw_body


@pytest.mark.parametrize(
    "prefix",
    [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00", b"\x1e"],
    ids=["UTF-8 BOM", "UTF-16 LE", "UTF-16 BE", "NUL", "record separator"],
)
def test_what_begins_oddly_is_kept_aside(edge: Target, prefix: bytes) -> None:
    reply = say(edge.port, delivery(prefix + good(), *LET_IN))

    assert (reply.status, json.loads(reply.body)["status"]) == (202, "quarantined")


@pytest.mark.parametrize("text", ODD)
def test_what_is_odd_json_is_taken_as_it_is(edge: Target, text: bytes) -> None:
    reply = say(edge.port, delivery(of_entity(text), *LET_IN))

    told = json.loads(reply.body)
    assert (reply.status, told["status"]) == (202, "accepted")
    page = say(edge.port, head(start=b"GET /events/%s HTTP/1.1" % told["id"].encode()))
    assert page.status == 200


def test_of_keys_that_come_twice_the_last_counts_for_edge_and_identity(edge: Target) -> None:
    payload = samples.fresh("task_added")
    doubled = b'{"eventType":"task_added",' + samples.raw(payload)[1:]
    other = doubled.replace(b'{"eventType":"task_added"', b'{"eventType":"project_added"')

    first, again = (json.loads(say(edge.port, delivery(b, *LET_IN)).body) for b in (doubled, other))

    assert (first["status"], again) == ("accepted", {"id": first["id"], "status": "duplicate"})


def test_marks_stay_out_only_because_bodies_are_refused(edge: Target) -> None:
    """What the other tests look for is found where a body was taken."""
    say(edge.port, delivery(body(), *LET_IN))

    assert MARK in everything(edge.client)
    edge.client.flushall()
