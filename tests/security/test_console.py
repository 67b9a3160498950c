"""The console: who is let in, and that what it shows is text."""

from __future__ import annotations

import base64
import inspect
from datetime import UTC, datetime

import pytest

from tests import samples
from tests.security.conftest import PASSWORD, Target
from tests.security.wire import LET_IN, Reply, delivery, head, say
from webhooks.console import access
from webhooks.sources import awork

PAGES = ("/", "/events/none")
SCRIPTS = [
    "<script>alert(1)</script>",
    "</pre><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "<!--<script>",
    "\u202e<b>",
]


def get(port: int, path: str, *headers: bytes, **more: bytes) -> Reply:
    return say(port, head(*headers, start=f"GET {path} HTTP/1.1".encode(), **more))


def basic(raw: bytes) -> bytes:
    return b"Authorization: Basic " + base64.b64encode(raw)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((b"X-Forwarded-For: 127.0.0.1",), id="forwarded for this machine"),
        pytest.param((b"X-Forwarded-For: 203.0.113.7",), id="forwarded for a stranger"),
        pytest.param((b"X-Forwarded-For:",), id="forwarded for nobody"),
        pytest.param((b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-For: ::1"), id="twice"),
        pytest.param((b"x-forwarded-for: localhost",), id="forwarded for a name"),
        pytest.param((b"Forwarded: for=127.0.0.1;host=localhost",), id="Forwarded"),
        pytest.param((b"X-Forwarded-Host: localhost",), id="forwarded host"),
        pytest.param((b"X-Forwarded-Proto: https",), id="forwarded scheme"),
        pytest.param((b"X-Real-IP: 127.0.0.1",), id="nginx"),
        pytest.param((b"Via: 1.1 proxy",), id="Via"),
        pytest.param((b"CF-Connecting-IP: 127.0.0.1",), id="Cloudflare"),
        pytest.param((b"Host: localhost", b"Host: evil.example"), id="a second host"),
    ],
)
def test_without_a_password_nobody_comes_in_through_a_proxy(
    edge: Target, page: str, headers: tuple[bytes, ...]
) -> None:
    host = None if headers[0].startswith(b"Host") else b"localhost"

    reply = say(edge.port, head(*headers, start=f"GET {page} HTTP/1.1".encode(), host=host))

    assert reply.status in (400, 403)


def test_without_a_password_nobody_comes_in_through_nginx_as_it_comes(edge: Target) -> None:
    """`proxy_pass http://127.0.0.1:8000;` and nothing else."""
    reply = say(edge.port, head(b"Connection: close", start=b"GET / HTTP/1.0", host=b"127.0.0.1"))

    assert reply.status == 403


@pytest.mark.parametrize(
    "host", [b"evil.example", b"", b"localhost.evil.example", b"0.0.0.0", None]
)
def test_without_a_password_a_name_that_points_here_is_no_way_in(
    edge: Target, host: bytes | None
) -> None:
    reply = say(edge.port, head(start=b"GET / HTTP/1.1", host=host))

    assert reply.status == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((), id="none"),
        pytest.param((basic(b"anyone:wrong"),), id="wrong"),
        pytest.param((basic(b"anyone:"),), id="empty"),
        pytest.param((basic(PASSWORD.encode()),), id="no colon"),
        pytest.param((basic(PASSWORD.encode() + b":"),), id="as the name"),
        pytest.param((basic(b"anyone:" + PASSWORD.encode("latin-1")),), id="in Latin-1"),
        pytest.param((basic(b"anyone:\xff\xfe"),), id="no text"),
        pytest.param((basic(b"a:b:" + PASSWORD.encode()),), id="a colon more"),
        pytest.param((basic(b"anyone:" + PASSWORD.encode() + b"\0"),), id="NUL after it"),
        pytest.param((basic(b"anyone:" + PASSWORD.encode()) + b"!",), id="no base64"),
        pytest.param((b"Authorization: Basic",), id="nothing after Basic"),
        pytest.param((b"Authorization: Basic \xff",), id="bytes after Basic"),
        pytest.param((b"Authorization: Bearer " + PASSWORD.encode(),), id="Bearer"),
        pytest.param((b"Authorization: " + b"a" * 20_000,), id="very long"),
        pytest.param((b"Cookie: password=" + PASSWORD.encode(),), id="in a cookie"),
        pytest.param(LET_IN, id="the webhook's secret"),
    ],
)
def test_no_way_in_without_the_password(
    locked: Target, page: str, headers: tuple[bytes, ...]
) -> None:
    reply = get(locked.port, page, *headers)

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == 'Basic realm="hookwork", charset="UTF-8"'
    assert reply.headers["cache-control"] == "no-store"
    assert b"Today" not in reply.body
    assert PASSWORD.encode() not in reply.body + locked.log


def test_a_password_in_the_query_is_no_way_in(locked: Target) -> None:
    assert get(locked.port, "/?password=hw-attack-password").status == 401


def test_the_password_lets_in_from_anywhere(locked: Target) -> None:
    reply = get(
        locked.port, "/", basic(b"anyone:" + PASSWORD.encode()), b"X-Forwarded-For: 9.9.9.9"
    )

    assert reply.status == 200


@pytest.mark.parametrize("compares", [access.refusal, awork.admit, awork._is_signed])
def test_secrets_are_compared_in_constant_time(compares: object) -> None:
    source = inspect.getsource(compares)  # type: ignore[arg-type]

    assert "hmac.compare_digest(" in source
    assert " == secret" not in source


@pytest.mark.parametrize("script", SCRIPTS)
def test_other_peoples_text_is_shown_as_text(edge: Target, script: str) -> None:
    payload = samples.fresh("task_added", name=script) | {"entityId": script}
    payload["entity"]["customFields"] = {script: script}
    shown = delivery(samples.raw(payload), *LET_IN)
    odd_kind = samples.fresh("task_added") | {"eventType": script}
    ids = [
        say(edge.port, one).body.split(b'"')[3].decode()
        for one in (
            shown,
            delivery(samples.raw(odd_kind), *LET_IN),
            delivery(script.encode(), *LET_IN),
        )
    ]

    pages = [get(edge.port, path) for path in ("/", *(f"/events/{one}" for one in ids))]

    assert [page.status for page in pages] == [200] * 4
    for page in pages:
        text = page.body.decode()
        assert "<script" not in text
        assert "<img" not in text
        assert "<svg" not in text
        assert 'href="javascript' not in text
        assert "\n49" not in text


def test_every_answer_of_the_console_forbids_scripts_frames_and_keeping(edge: Target) -> None:
    answers = [get(edge.port, page) for page in PAGES] + [get(edge.port, "/", host=b"evil.example")]

    assert [answer.status for answer in answers] == [200, 404, 403]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "set-cookie" not in answer.headers


def test_nothing_is_exported_as_csv_yet(edge: Target) -> None:
    """Whoever adds an export: a cell that begins with =, +, -, @, tab or CR is a formula."""
    payload = samples.fresh("task_added", name="=HYPERLINK(1)")
    assert say(edge.port, delivery(samples.raw(payload), *LET_IN)).status == 202
    day = datetime.now(UTC).date()

    answers = [
        get(edge.port, path, b"Accept: text/csv")
        for path in ("/", "/events.csv", f"/?format=csv&day={day}", "/export")
    ]

    assert not [a for a in answers if "csv" in a.headers["content-type"]]
