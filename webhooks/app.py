"""The edge: HTTP in, Redis out. Run as `python -m webhooks`, which brings the bounds of heads and
connections along (connections.py).

Nothing but verify, read and store happens before an answer; the edge loads no rules, no HTTP
client and no Celery.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webhooks import console, health, logs, metrics
from webhooks.errors import (
    BodyIncomplete,
    BodyTooLarge,
    Rejected,
    SettingsRejected,
    StorageUnavailable,
)
from webhooks.receive import NO_DOOR, Door, receive
from webhooks.safekeeping import keep_looking
from webhooks.settings import Settings
from webhooks.sources import awork
from webhooks.store.acceptor import PATIENCE_S, Acceptor
from webhooks.store.client import AsyncClient
from webhooks.store.connection import async_client
from webhooks.workspaces import read_all

MAX_BODY_BYTES = 1024 * 1024
#: seconds a body may take to arrive whole
BODY_PATIENCE_S = 10.0
#: seconds awork may wait before it tries again; it has ten tries
RETRY_AFTER_S = 5

_encode = msgspec.json.Encoder().encode


def create() -> Starlette:
    """The application for a process: settings from the environment, one line for each mistake."""
    try:
        workspaces = read_all(os.environ)
    except SettingsRejected as rejected:
        sys.exit("\n".join(rejected.problems))
    settings = next(iter(workspaces.values()))
    logs.configure(settings)
    return build(workspaces, async_client(settings))


def build(
    workspaces: Mapping[str, Settings],
    client: AsyncClient,
    *,
    patience_s: float = PATIENCE_S,
    body_patience_s: float = BODY_PATIENCE_S,
) -> Starlette:
    """The application over a given Redis.

    workspaces: the settings of each, by its name. patience_s: how long a delivery waits for it.
    body_patience_s: how long for a body.
    """
    # Of all workspaces the same, like whatever is not of one alone.
    settings = next(iter(workspaces.values()))
    clients = {name: client.of(name) for name in workspaces}
    acceptor = Acceptor(client, retention_s=settings.retention_s, patience_s=patience_s)
    doors = {name: Door(awork.gate(own), clients[name].key) for name, own in workspaces.items()}
    edge = _Edge(doors, list(clients.values()), acceptor, body_patience_s)

    app = Starlette(
        routes=[
            Route("/webhooks/awork", edge.deliver, methods=["POST"]),
            Route("/webhooks/awork/{workspace}", edge.deliver, methods=["POST"]),
            Route("/health/live", edge.live),
            Route("/health/ready", edge.ready),
            Route("/metrics", edge.metrics),
            *console.routes(settings, clients),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lambda _app: _lifespan(client, list(clients.values())),
    )
    # A redirect would name whatever host the sender claims to have asked for.
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def _lifespan(client: AsyncClient, of_each: Sequence[AsyncClient]) -> AsyncIterator[None]:
    looks = asyncio.create_task(keep_looking(of_each))
    yield
    while not looks.done():
        # While it connects, redis-py takes an end for a failed connection, and goes on.
        looks.cancel()
        await asyncio.wait([looks], timeout=0.1)
    await client.aclose()


class _Edge:
    """The routes, and what they share."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        clients: Sequence[AsyncClient],
        acceptor: Acceptor,
        body_patience_s: float,
    ) -> None:
        self._clients = clients
        self._body_patience_s = body_patience_s
        self._doors = doors
        self._acceptor = acceptor
        self._meter = metrics.Meter()

    async def deliver(self, request: Request) -> Response:
        """POST /webhooks/awork, or that of a workspace that has a name."""
        began = time.perf_counter()
        # Who asks for a workspace that is not here is told no more than who has no secret.
        door = self._doors.get(request.path_params.get("workspace", ""), NO_DOOR)
        try:
            receipt = await receive(
                door,
                self._acceptor,
                headers=_headers(request),
                read_body=lambda: _read_body(request, self._body_patience_s),
                now_ms=time.time_ns() // 1_000_000,
                entropy=os.urandom(5),
            )
        except StorageUnavailable as unavailable:
            return _unavailable(unavailable)
        except Rejected as rejected:
            return _rejected(rejected)
        self._meter.ack.observe(time.perf_counter() - began)
        answer = {"id": receipt.id, "status": receipt.status}
        if receipt.reason:
            answer["reason"] = receipt.reason
        return Response(_encode(answer), status_code=202, media_type="application/json")

    async def live(self, _request: Request) -> Response:
        """GET /health/live: the process runs. Redis is not asked: it restarts on its own."""
        return JSONResponse({"status": "live"})

    async def ready(self, _request: Request) -> Response:
        """GET /health/ready."""
        found = await health.look(self._clients)
        return JSONResponse(found.answer(), status_code=503 if found.problems else 200)

    async def metrics(self, _request: Request) -> Response:
        """GET /metrics."""
        try:
            page = await self._meter.answer(self._clients, time.time_ns() // 1_000_000)
        except (RedisError, OSError) as error:
            return _unavailable(StorageUnavailable(str(error)))
        return Response(page, media_type=metrics.CONTENT_TYPE)


async def _read_body(request: Request, patience_s: float) -> bytes:
    """The body, counted while it is read: Content-Length may be missing or a lie."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(patience_s):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise BodyTooLarge
                parts.append(part)
    except (TimeoutError, ClientDisconnect) as error:
        raise BodyIncomplete from error
    return b"".join(parts)


def _headers(request: Request) -> dict[str, list[bytes]]:
    headers: dict[str, list[bytes]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1"), []).append(value)
    return headers


def _rejected(rejected: Rejected) -> Response:
    """The sender's fault. The connection ends with it: what is still to come is not wanted."""
    return JSONResponse(
        {"error": rejected.reason},
        status_code=rejected.status,
        headers={"Connection": "close"},
    )


def _unavailable(unavailable: StorageUnavailable) -> Response:
    return JSONResponse(
        {"error": unavailable.reason},
        status_code=unavailable.status,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


async def _http_error(_request: Request, error: Exception) -> Response:
    """404 and 405 in the form of every other answer."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "error"
    headers = error.headers if isinstance(error, HTTPException) else None
    slug = detail.lower().replace(" ", "-")
    return JSONResponse({"error": slug}, status_code=status, headers=headers)
