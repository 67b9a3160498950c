"""The console's pages: today, and one event with the reason for everything it did or did not do."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from webhooks import health
from webhooks.console.access import refusal
from webhooks.event import Event, NewerWire, from_wire
from webhooks.settings import Settings
from webhooks.store import journal, keys, problems
from webhooks.store.client import AsyncClient
from webhooks.store.reply import texts

_ROWS = 50
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
#: the parameter of `notify`, in JSON: up to its host, and the rest of it
_ADDRESS = re.compile(r'("url":\s*"https?://[^/"?#\\]*)(?:[^"\\]|\\.)+"', re.IGNORECASE)


def routes(settings: Settings, clients: Mapping[str, AsyncClient]) -> list[Route]:
    """The console's routes. clients: of each workspace, by its name; one that has a name has pages
    of its own below it, and the first page of all stands at `/` as well."""
    found: list[Route] = []
    for name, client in clients.items():
        base = f"/workspaces/{name}" if name else ""
        console = _Console(settings, client, base, list(clients))
        if not found:
            found.append(Route("/", console.today))
        if base:
            found.append(Route(base, console.today))
        found.append(Route(f"{base}/events/{{event_id:str}}", console.event))
    return found


class _Console:
    def __init__(
        self, settings: Settings, client: AsyncClient, base: str, workspaces: Sequence[str]
    ) -> None:
        self._settings = settings
        self._client = client
        # autoescape: names of tasks are other people's text
        self._pages = Environment(
            loader=PackageLoader("webhooks.console"), autoescape=True, trim_blocks=True
        )
        self._pages.globals.update(base=base, workspace=client.key.workspace)
        self._pages.globals["workspaces"] = workspaces if any(workspaces) else ()
        self._pages.filters["when"] = _when
        self._pages.filters["pretty"] = lambda value: _pretty(msgspec.json.encode(value))
        self._pages.filters["reformatted"] = lambda text: _discreet(_pretty(text.encode()))
        self._pages.filters["about"] = _about

    async def today(self, request: Request) -> Response:
        """GET /: what is waiting, what was settled, what failed."""
        if refused := refusal(request, self._settings):
            return refused
        try:
            return self._page("today.html", **await self._today())
        except (RedisError, OSError) as error:
            return self._page("away.html", status=503, error=str(error))

    async def event(self, request: Request) -> Response:
        """GET /events/ID: one event, each rule considered, each condition, each write."""
        if refused := refusal(request, self._settings):
            return refused
        event_id = request.path_params["event_id"]
        try:
            entry = await journal.entry(self._client, event_id)
        except (RedisError, OSError) as error:
            return self._page("away.html", status=503, error=str(error))
        if entry is None:
            return self._page("missing.html", status=404, event_id=event_id)
        return self._page("event.html", entry=entry, body=_pretty(entry.body))

    async def _today(self) -> dict[str, Any]:
        known = await problems.current(self._client)
        ready = await health.look([self._client])
        named = {one.cause for one in known}
        return {
            "waiting": await self._client.zcard(self._client.key.waiting),
            "workers": await self._client.zcard(keys.WORKERS),
            "rules": texts(await self._client.hgetall(self._client.key.rules)),
            "problems": known,
            "unready": [why for cause, why in ready.of_redis.items() if cause not in named],
            "failed_in_all": await self._client.zcard(self._client.key.failed),
            "paused": texts(await self._client.hgetall(self._client.key.paused)),
            "held": await journal.newest(self._client, self._client.key.waiting, _ROWS),
            "settled": await journal.newest(self._client, self._client.key.settled, _ROWS),
            "failed": await journal.newest(self._client, self._client.key.failed, _ROWS),
            "quarantine": await journal.newest(self._client, self._client.key.quarantine, _ROWS),
            "now_ms": time.time_ns() // 1_000_000,
        }

    def _page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        html = self._pages.get_template(name).render(**values)
        return HTMLResponse(html, status_code=status, headers=_HEADERS)


def _when(ms: int | str) -> str:
    """A time for people, in UTC."""
    at = datetime.fromtimestamp(int(ms) / 1000, UTC) if ms else None
    return at.strftime("%d %b %Y %H:%M:%S UTC") if at else ""


def _about(entry: journal.Entry) -> Event | None:
    """What is known of an event that has no run yet."""
    try:
        return from_wire(entry.head, entry.body)
    except (NewerWire, msgspec.DecodeError):
        return None


def _discreet(text: str) -> str:
    """A rule without the rest of the addresses that it notifies: a chat's may be a secret."""
    return _ADDRESS.sub(r"\1/…\"", text)


def _pretty(body: bytes) -> str:
    try:
        return msgspec.json.format(body, indent=2).decode(errors="replace")
    except (msgspec.DecodeError, RecursionError):
        return body.decode(errors="replace")
