"""No secret, no entry; and where a proxy signs, no entry without its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tests.security.conftest import PASSWORD, SIGNING_KEY, TOKEN, Target
from tests.security.walking import everything
from tests.security.wire import LET_IN, MARK, PREVIOUS, SECRET, Reply, body, delivery, good, say

NAME = b"X-Webhook-Secret: "
REFUSED = (401, b'{"error":"unauthorized"}')


def answer(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((), id="none"),
        pytest.param((NAME + b"wrong",), id="wrong"),
        pytest.param((NAME,), id="empty"),
        pytest.param((NAME + b"   ",), id="spaces"),
        pytest.param((NAME + SECRET[:-1],), id="all but its last letter"),
        pytest.param((NAME + SECRET + b"x",), id="a letter more"),
        pytest.param((NAME + SECRET.upper(),), id="in capitals"),
        pytest.param((NAME + b'"' + SECRET + b'"',), id="in quotes"),
        pytest.param((NAME + b"Bearer " + SECRET,), id="as a bearer"),
        pytest.param((NAME + SECRET + b", " + SECRET,), id="doubled in one line"),
        pytest.param((NAME + SECRET, NAME + SECRET), id="doubled"),
        pytest.param((NAME + SECRET, NAME + b"wrong"), id="right and wrong"),
        pytest.param((NAME + b"wrong", NAME + SECRET), id="wrong and right"),
        pytest.param((NAME + SECRET, b"x-webhook-secret: " + PREVIOUS), id="both, two cases"),
        pytest.param((NAME + SECRET + PREVIOUS,), id="both in one"),
        pytest.param((NAME + "größer".encode(),), id="not ASCII, UTF-8"),
        pytest.param((NAME + b"gr\xf6\xdfer",), id="not ASCII, Latin-1"),
        pytest.param((NAME + b"\xff\xfe" + SECRET,), id="no text at all"),
        pytest.param((NAME + b"s" * 30_000,), id="very long"),
        pytest.param((NAME + base64.b64encode(SECRET),), id="in base64"),
        pytest.param((NAME + hashlib.sha256(SECRET).hexdigest().encode(),), id="hashed"),
        pytest.param((b"Authorization: " + SECRET,), id="in another header"),
        pytest.param((b"X_Webhook_Secret: " + SECRET,), id="with underscores"),
        pytest.param((b"X-Webhook-Secrets: " + SECRET,), id="in a longer header"),
        pytest.param((b"Cookie: X-Webhook-Secret=" + SECRET,), id="in a cookie"),
        pytest.param((NAME + TOKEN.encode(),), id="awork's token"),
    ],
)
def test_no_entry_without_the_secret(edge: Target, headers: tuple[bytes, ...]) -> None:
    reply = say(edge.port, delivery(body(), *headers))

    assert answer(reply) == REFUSED
    assert everything(edge.client) == b""


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((NAME + b"\x00" + SECRET,), id="NUL before it"),
        pytest.param((NAME + SECRET + b"\x00",), id="NUL after it"),
        pytest.param((b"X-Webhook-Secret : " + SECRET,), id="space before the colon"),
        pytest.param((b"X-Other: a", b" X-Webhook-Secret: " + SECRET), id="folded line"),
        pytest.param((b"X-Other: a\rX-Webhook-Secret: " + SECRET,), id="after a lone CR"),
    ],
)
def test_no_entry_by_a_malformed_header(edge: Target, headers: tuple[bytes, ...]) -> None:
    reply = say(edge.port, delivery(body(), *headers))

    assert reply.status in (400, 401)
    assert everything(edge.client) == b""


@pytest.mark.parametrize("name", ["X-Webhook-Secret", "secret", "x-webhook-secret"])
def test_a_secret_in_the_query_lets_nobody_in(edge: Target, name: str) -> None:
    start = b"POST /webhooks/awork?%s=%s HTTP/1.1" % (name.encode(), SECRET)

    reply = say(edge.port, delivery(body(), start=start))

    assert answer(reply) == REFUSED


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(NAME + SECRET, id="as set"),
        pytest.param(b"x-webhook-secret: " + SECRET, id="small letters"),
        pytest.param(b"X-WEBHOOK-SECRET:" + SECRET, id="capitals, no space"),
        pytest.param(NAME + b"\t  " + SECRET, id="spaces before it"),
        pytest.param(NAME + PREVIOUS, id="the previous one"),
    ],
)
def test_whoever_has_a_secret_is_let_in(edge: Target, header: bytes) -> None:
    assert say(edge.port, delivery(good(), header)).status == 202


def test_a_secret_in_a_trailer_is_no_header(edge: Target) -> None:
    end = b"0\r\n" + NAME + SECRET + b"\r\n\r\n"
    part = body()
    chunks = b"%x\r\n%s\r\n" % (len(part), part) + end
    start = (
        b"POST /webhooks/awork HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    )

    reply = say(edge.port, start + chunks)

    assert answer(reply) == REFUSED


def signed(raw_body: bytes, key: bytes = SIGNING_KEY) -> bytes:
    return hmac.digest(key, raw_body, "sha256").hex().encode()


SIGNED = b"X-Awork-Signature: "
BODY = body()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((), id="none"),
        pytest.param((SIGNED,), id="empty"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY + b" "),), id="over other bytes"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY, SECRET),), id="by the secret"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY, b""),), id="by an empty key"),
        pytest.param((SIGNED + signed(BODY),), id="no algorithm"),
        pytest.param((SIGNED + b"sha1=" + signed(BODY),), id="another algorithm"),
        pytest.param((SIGNED + b"SHA256=" + signed(BODY),), id="algorithm in capitals"),
        pytest.param((SIGNED + b"none=",), id="algorithm none"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY).upper(),), id="hex in capitals"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY)[:32],), id="half of it"),
        pytest.param((SIGNED + b"sha256=",), id="algorithm alone"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY),) * 2, id="doubled"),
        pytest.param((SIGNED + b"sha256=" + signed(BODY) + b",sha256=00",), id="a list"),
        pytest.param((SIGNED + b"sha256=\xff\xfe",), id="no text"),
    ],
)
def test_no_entry_without_the_signature(locked: Target, headers: tuple[bytes, ...]) -> None:
    reply = say(locked.port, delivery(BODY, *LET_IN, *headers))

    assert answer(reply) == REFUSED
    assert everything(locked.client) == b""


def test_a_signature_alone_lets_nobody_in(locked: Target) -> None:
    reply = say(locked.port, delivery(BODY, SIGNED + b"sha256=" + signed(BODY)))

    assert answer(reply) == REFUSED


def test_secret_and_signature_let_in_and_nothing_of_them_is_kept_or_told(locked: Target) -> None:
    reply = say(locked.port, delivery(BODY, *LET_IN, SIGNED + b"sha256=" + signed(BODY)))

    assert reply.status == 202
    kept = everything(locked.client) + locked.log
    assert MARK in kept
    told = (SECRET, PREVIOUS, SIGNING_KEY, signed(BODY), PASSWORD.encode(), TOKEN.encode())
    assert not [secret for secret in told if secret in kept]
