"""Other methods, other paths, other hosts: every one of them is answered, none leads anywhere."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from tests.security.conftest import Target
from tests.security.walking import everything
from tests.security.wire import LET_IN, MARK, body, chunked, delivery, head, say
from webhooks.app import build
from webhooks.settings import Settings
from webhooks.store.connection import async_client

NOT_FOUND = (404, b'{"error":"not-found"}')
#: a console without its password asks for none on this machine, so that it would show what it has
PAGES = ("/", "/events/none")


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "MKCOL"]
)
def test_deliveries_are_posted_and_nothing_else(edge: Target, method: str) -> None:
    start = f"{method} /webhooks/awork HTTP/1.1".encode()
    close = b"Connection: close"

    reply = say(edge.port, head(close, *LET_IN, b"X: " + MARK, start=start))

    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert MARK not in reply.body


@pytest.mark.parametrize("method", ["BREW", "post", "", "GET\x00", "CONNECT"])
def test_a_method_that_is_none_is_refused(edge: Target, method: str) -> None:
    start = f"{method} /webhooks/awork HTTP/1.1".encode()

    assert say(edge.port, head(b"Connection: close", *LET_IN, start=start)).status in (400, 405)


@pytest.mark.parametrize("path", ["/", "/events/none", "/metrics", "/health/live", "/health/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_can_only_be_read(edge: Target, path: str, method: str) -> None:
    start = f"{method} {path} HTTP/1.1".encode()

    reply = say(edge.port, delivery(body(), b"Origin: https://evil.example", start=start))

    assert reply.status == 405
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/awork/",
        "//webhooks/awork",
        "/webhooks//awork",
        "/webhooks/./awork",
        "/webhooks/x/../awork",
        "/webhooks/%2e/awork",
        "/webhooks/awork%00",
        "/webhooks/awork%20",
        "/webhooks/awork;a=b",
        "/webhooks/awork%3Fa",
        "/WEBHOOKS/AWORK",
        "/webhooks/awork.json",
        "/webhooks\\awork",
    ],
)
def test_what_only_looks_like_the_route_is_not_it(edge: Target, path: str) -> None:
    reply = say(edge.port, delivery(body(), *LET_IN, start=f"POST {path} HTTP/1.1".encode()))

    assert (reply.status, reply.body) == NOT_FOUND
    assert "location" not in reply.headers
    assert everything(edge.client) == b""


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e/etc/passwd",
        "/events/../../etc/passwd",
        "/events/..%2f..%2fetc%2fpasswd",
        "/events/%2e%2e",
        "/events/..\\..\\etc\\passwd",
        "/events//etc/passwd",
        "/events/file:%2f%2f%2fetc%2fpasswd",
        "/events/%00",
        "/events/%ff%fe",
        "/events/*",
        "/events/none%0d%0aX-Injected:%20a",
        "/templates/base.html",
        "/static/../webhooks/settings.py",
        "/base.html",
        "/.env",
        "/.git/config",
    ],
)
def test_no_path_leads_to_a_file(edge: Target, path: str) -> None:
    reply = say(edge.port, head(start=f"GET {path} HTTP/1.1".encode()))

    assert reply.status == 404
    assert b"root:" not in reply.body
    assert b"{%" not in reply.body
    assert "x-injected" not in reply.headers


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://localhost/health/live", 200),
        (b"http://evil.example/health/live", 200),
        (b"http://evil.example", 400),
        (b"*", 404),
        (b"evil.example:443", 400),
        (b"/health/live#a", 200),
        (b"/health/live%", 404),
        (b"/health/\xff\xfe", 400),
        (b"?a", 400),
    ],
)
def test_an_address_of_another_form_is_read_by_its_path_or_refused(
    edge: Target, target: bytes, status: int
) -> None:
    reply = say(edge.port, head(start=b"GET %s HTTP/1.1" % target))

    assert reply.status == status
    assert b"evil.example" not in reply.body


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/x/"]
)
def test_there_is_no_redirect(edge: Target, path: str) -> None:
    reply = say(edge.port, head(start=f"GET {path} HTTP/1.1".encode(), host=b"evil.example"))

    assert reply.status in (403, 404)
    assert "location" not in reply.headers
    assert b"evil" not in reply.body


@pytest.mark.parametrize(
    "host", [b"evil.example", b"a" * 2_000, b"localhost:99999", b"\xff", b"[::1", b"", None]
)
def test_who_is_asked_for_does_not_matter_to_a_delivery(edge: Target, host: bytes | None) -> None:
    request = head(b"Content-Length: 4", *LET_IN, host=host) + b"null"

    reply = say(edge.port, request)

    assert reply.status == 202
    assert "location" not in reply.headers


def test_a_chunked_delivery_to_nowhere_is_not_read(edge: Target) -> None:
    start = b"POST /nowhere HTTP/1.1"

    reply = say(edge.port, head(b"Transfer-Encoding: chunked", start=start), chunked(body()))

    assert reply.status == 404


def test_every_route_that_changes_something_is_known(settings: Settings) -> None:
    """A new one must defend itself against pages elsewhere: it belongs into this list then."""
    app = build({"": settings}, async_client(settings))

    changing = {
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or set()
        if method not in ("GET", "HEAD")
    }
    assert changing == {
        ("/webhooks/awork", "POST"),
        ("/webhooks/awork/{workspace}", "POST"),
    }
