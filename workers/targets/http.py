"""One HTTP client for a process, and what its errors mean. What an answer means is the target's.

The distinction everything rests on: a request that certainly did not arrive (not sent) may be
sent again; one that was sent and not answered (unknown) may have been applied. fates.py has the
table.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import httpx
import msgspec

from webhooks.errors import TargetBusy, TargetFailed, TargetRefused, TargetUnknown
from workers.targets import fates
from workers.targets.fates import Fate

#: Per phase, in seconds; `read` is the longest silence, so a request usually ends within 16 s and
#: a lease (60 s) is more than three times that. One that drips longer outlives its lease; whoever
#: claims the event then looks for its effect before writing. A fresh client per request would cost
#: 70 times the CPU: it builds a TLS context each time.
TIMEOUTS = httpx.Timeout(connect=3.0, write=4.0, read=8.0, pool=1.0)

#: Close at once, and forget what the other side has not confirmed. By default the kernel goes on
#: sending it for 100 s after a request was given up: when the line is back, a write is applied for
#: which others have looked in vain, and which they have made.
_NO_LINGER = struct.pack("ii", 1, 0)

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A request to another system, as kept in the ledger before it is sent."""

    method: str
    #: below the target's base URL, with a leading slash
    path: str
    json: Any = None
    #: which other system; `targets` of effects.py
    target: str = "awork"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def named(self) -> set[str]:
        """The ids in its path and its body, in small letters. Elsewhere than in awork ids have
        any form: whatever stands between slashes."""
        told = self.path.encode() + msgspec.json.encode(self.json)
        elsewhere = () if self.target == "awork" else filter(None, self.path.lower().split("/"))
        return {*elsewhere, *(found.decode().lower() for found in _ID.findall(told))}


@dataclass(frozen=True)
class Answer:
    """A successful answer."""

    status: int
    json: Any
    headers: Mapping[str, str]
    trace_id: str = ""


class Target(Protocol):
    """Another system, as far as writes are concerned."""

    def send(self, request: Request) -> Answer:
        """Send one request. Raises the Target… errors."""
        ...


@cache
def trusted() -> ssl.SSLContext:
    """Whom TLS trusts; read once, because it takes 20 ms and more than a megabyte."""
    return httpx.create_ssl_context()


def client(
    base_url: str,
    headers: Mapping[str, str],
    *,
    connections: int,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """The client a process keeps. connections: as many as it has threads."""
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=30
    )
    return httpx.Client(
        base_url=base_url,
        headers=dict(headers),
        timeout=TIMEOUTS,
        limits=limits,
        transport=transport,
        verify=trusted(),
        follow_redirects=False,
    )


def exchange(
    client: httpx.Client,
    request: Request,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send a request and read the whole answer. headers: beside those of the client.

    Raises TargetBusy when it was certainly not sent, or was only a read; TargetUnknown when a
    write was sent and its outcome is not known; TargetRefused when no request can be made of it.
    """
    try:
        made = client.build_request(
            request.method,
            request.path.lstrip("/"),
            json=request.json,
            params=params,
            headers=headers,
            extensions={"trace": _given_up_whole},
        )
    except fates.ERRORS as error:
        # Nothing was sent, and trying again cannot help.
        raise unmade(error, request) from error
    try:
        return client.send(made)
    except fates.ERRORS as error:
        # Beside those of the transport: an answer that is not packed as its headers say, and a
        # redirect that leads nowhere.
        raise translated(error, request) from error


def _given_up_whole(step: str, told: Mapping[str, Any]) -> None:
    """Each new connection, also one to a proxy, takes what it has not delivered with it when it is
    closed. A step of sending, as httpx tells its `trace` extension."""
    if step == "connection.connect_tcp.complete":
        connected = told["return_value"].get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def unmade(error: Exception, request: Request) -> TargetRefused:
    """What an error means that came before there was a request. The address is not told: it may
    be a secret."""
    message = f"{request.method} {request.path}: no request can be made: {type(error).__name__}"
    return TargetRefused(message, code=Fate.NO_REQUEST.value)


def translated(error: Exception, request: Request) -> TargetFailed:
    """What an error of sending means for this request."""
    fate = fates.of_sending(error)
    # A header that cannot be sent is quoted in the error, and one of them is the token.
    told = "" if isinstance(error, httpx.LocalProtocolError) else f": {error}"
    message = f"{request.method} {request.path}: {type(error).__name__}{told}"
    is_unknown = fate is Fate.UNKNOWN and request.writes
    return (TargetUnknown if is_unknown else TargetBusy)(message, code=fate.value)
