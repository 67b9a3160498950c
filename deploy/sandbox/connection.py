"""Closing a connection without a single byte of answer, which ASGI itself has no way to ask for."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "hookwork.transport"


class HangUpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, handing the connection's transport on to the application.

    ASGI hides the transport, and an application that returns without an answer gets a 500 from
    uvicorn. The per-request `state` of the scope is the one place a protocol may put things.
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT] = self.transport


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection now, then wait until uvicorn knows: it must not answer after that."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    transport.close()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Returns when the caller has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
