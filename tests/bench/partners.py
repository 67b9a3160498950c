"""What the edge is measured beside: a bare route, and the usual way to do what the edge does."""

from __future__ import annotations

import hmac
import json
import os

from celery import Celery
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webhooks.settings import Settings, read
from webhooks.store import keys
from webhooks.store.client import AsyncClient
from webhooks.store.connection import async_client, broker_url

#: Celery's queue in the usual design, and so the key of its list
QUEUE = "usual"
PATH = "/deliver"


def bare() -> Starlette:
    """Reads the body, checks the secret, answers 202. The most that Starlette can do here."""
    settings = read(os.environ)

    async def deliver(request: Request) -> Response:
        await request.body()
        return Response(status_code=202 if _is_let_in(settings, request) else 401)

    return Starlette(routes=[Route(PATH, deliver, methods=["POST"])])


def usual() -> Starlette:
    """Secret, `SET NX` against repeats, and one Celery task for each delivery."""
    settings = read(os.environ)
    client, task = async_client(settings), celery(settings).tasks["work"]

    async def deliver(request: Request) -> Response:
        raw_body = await request.body()
        if not _is_let_in(settings, request):
            return Response(status_code=401)
        payload = json.loads(raw_body)
        if await _is_new(client, payload["traceId"]):
            await run_in_threadpool(task.delay, payload)
        return Response(status_code=202)

    return Starlette(routes=[Route(PATH, deliver, methods=["POST"])])


def celery(settings: Settings) -> Celery:
    """Celery with its own settings, but for results: nobody reads them."""
    app = Celery("usual", broker=broker_url(settings), set_as_current=False)
    app.conf.update(task_default_queue=QUEUE, task_ignore_result=True)

    @app.task(name="work")
    def _work(payload: object) -> None:
        """Nobody runs it: only the edge is measured."""

    return app


async def _is_new(client: AsyncClient, trace_id: str) -> bool:
    return bool(await client.set(f"seen:{trace_id}", "", nx=True, ex=keys.DEDUPE_S))


def _is_let_in(settings: Settings, request: Request) -> bool:
    given = request.headers.get(settings.awork_webhook_header, "")
    return hmac.compare_digest(given, settings.awork_webhook_secret.get_secret_value())
