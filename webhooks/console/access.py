"""Who may see the console: those with the password; without one, only this machine itself."""

from __future__ import annotations

import base64
import binascii
import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webhooks.settings import Settings

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: what proxies add; whoever has one of these may be anybody
_MARKS = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def refusal(request: Request, settings: Settings) -> Response | None:
    """The answer for someone who may not come in; None for someone who may."""
    password = settings.hookwork_console_password
    if password is None:
        return None if _is_this_machine(request) else _closed()
    given = _given_password(request.headers.get("authorization", ""))
    if hmac.compare_digest(given, password.get_secret_value().encode()):
        return None
    return PlainTextResponse(
        "The console needs its password; any user name will do.\n",
        status_code=401,
        headers=_HEADERS | {"WWW-Authenticate": 'Basic realm="hookwork", charset="UTF-8"'},
    )


def _closed() -> Response:
    return PlainTextResponse(
        "The console is closed to other machines until HOOKWORK_CONSOLE_PASSWORD is set.\n",
        status_code=403,
        headers=_HEADERS,
    )


def _is_this_machine(request: Request) -> bool:
    """True for a browser on this machine that asked for this machine by name.

    A proxy on this machine forwards strangers, and a page elsewhere may have its name point
    here; so forwarded requests and foreign host names do not count.
    """
    client = request.client
    if client is None or _is_forwarded(request):
        return False
    try:
        local = ip_address(client.host).is_loopback
    except ValueError:
        return False
    return local and _host(request) in _LOCAL_NAMES


def _is_forwarded(request: Request) -> bool:
    # nginx as it comes adds no header, names itself 127.0.0.1, and asks in HTTP/1.0.
    old = request.scope.get("http_version") == "1.0"
    return old or any(n in _MARKS or n.startswith("x-forwarded-") for n in request.headers)


def _host(request: Request) -> str:
    """The name this machine was asked for by, as the browser sent it; empty when unreadable, or
    when there are two."""
    given = request.headers.getlist("host")
    try:
        asked = urlsplit(f"//{''.join(given)}")
        readable = len(given) == 1 and (asked.port is None or asked.port > 0)
    except ValueError:
        return ""
    return (asked.hostname or "") if readable else ""


def _given_password(header: str) -> bytes:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
