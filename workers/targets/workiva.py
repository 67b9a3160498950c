"""Workiva's tasks: how they are asked for and written. What its answers mean is told in
workiva_answers.py, how it is signed in to in workiva_token.py.

Source: Workiva's developer documentation, versions 2022-01-01 and 2026-01-01 (tasks).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import msgspec
import structlog

from webhooks.errors import TargetAway, TargetBusy, TargetRefused, TargetUnknown
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.targets import workiva_api
from workers.targets.answers import TOKEN_REJECTED
from workers.targets.circuits import WORKIVA, Circuits
from workers.targets.deprecations import Deprecations
from workers.targets.http import Answer, Request, exchange
from workers.targets.http import client as http_client
from workers.targets.workiva_answers import decipher, following, tasks
from workers.targets.workiva_api import CURRENT, Api
from workers.targets.workiva_token import Credentials, Tokens, shelf_of

__all__ = ["NAME", "Connection", "Credentials", "Workiva", "unset"]

log = structlog.get_logger()

#: by this name requests say that they go here
NAME = WORKIVA
#: Workiva's largest page
PAGE_SIZE = 1000
#: seconds until what only a restart mends is looked at again
_RESTART_S = 60.0
#: a condition is not taken: it is not documented which properties one may name, or how long it may
#: be in an address
_NO_CONDITION = frozenset({400, 414, 431})
_NOT_CONFIGURED = (
    "Workiva cannot be asked: WORKIVA_CLIENT_ID and WORKIVA_CLIENT_SECRET are not both set; make a"
    " grant in Workiva (Workspace settings, Security), set them and restart the workers"
)


class Connection:
    """What all threads of a process share."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials | None,
        *,
        api: Api = CURRENT,
        connections: int = 8,
        transport: httpx.BaseTransport | None = None,
        client: Client | None = None,
        circuits: Circuits | None = None,
        deprecations: Deprecations | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        """credentials: None where none are set; then nothing is sent, and whoever wants to waits.
        client: by which the token is shared with the other workers. It, circuits, deprecations:
        None for a process of its own. now: aware. now_ms: of the token's life, only for tests;
        production uses Redis's own clock."""
        self.api = api
        headers = {"Accept": "application/json", "X-Version": api.version}
        self.http = http_client(
            f"{base_url}/", headers, connections=connections, transport=transport
        )
        self.circuits = circuits or Circuits()
        self.deprecations = deprecations or Deprecations()
        self._problems = None if client is None else Problems(client)
        self._now = now
        self._tokens: Tokens | None = None
        if credentials is not None:
            shelf = shelf_of(base_url, api, credentials, client=client, now=now, now_ms=now_ms)
            self._tokens = Tokens(self.http, api, credentials, shelf=shelf)

    @property
    def tokens(self) -> Tokens:
        """What requests are signed with. Raises TargetAway when nothing may be sent at all: the API
        is not there any more, or no credentials are set."""
        if self.api.is_gone(self._now().astimezone(UTC).date()):
            raise self._gone()
        if self._tokens is None:
            raise _waiting(f"{NAME}:not-configured", _NOT_CONFIGURED)
        return self._tokens

    def close(self) -> None:
        """Close every connection to Workiva."""
        self.http.close()

    def _gone(self) -> TargetAway:
        cause = f"{NAME}:prototype-gone"
        message, way_out = workiva_api.gone(self.api)
        if self._problems and self._problems.raised(cause, message, way_out=way_out):
            log.error("target_paused", cause=cause, problem=message, way_out=way_out)
        return _waiting(cause, f"{message}; {way_out}")


def unset(api: Api = CURRENT) -> Connection:
    """Where no credentials are set. Nothing is ever sent, so its transport need not be able to:
    one that is takes 30 ms to make."""
    nowhere = httpx.BaseTransport()
    return Connection("https://workiva.invalid", None, api=api, transport=nowhere)


class Workiva:
    """Workiva, for one try of the work on one event.

    tally: counts requests by status, as `api:workiva:STATUS`.
    """

    def __init__(self, connection: Connection, tally: Counter[str] | None = None) -> None:
        self._connection = connection
        self.tally: Counter[str] = Counter() if tally is None else tally

    @property
    def api(self) -> Api:
        """Which of its APIs is used."""
        return self._connection.api

    def send(self, request: Request, params: Mapping[str, str | int] | None = None) -> Answer:
        """Send one request; its path is that of today's API, such as /tasks/ID.

        Raises TargetBusy (not applied, try later; TargetAway when it was not even tried),
        TargetUnknown (a write that may have been applied), TargetGone (the task does not exist) or
        TargetRefused (for good); and what Redis raises: then nothing was applied.
        """
        tokens, circuits = self._connection.tokens, self._connection.circuits
        (leave,) = circuits.may_send(NAME)
        send = partial(self._signed, request, params or {}, tokens)
        return circuits.through(NAME, leave, send, asked=_asked(request, params or {}))

    def one(self, path: str) -> dict[str, Any]:
        """Read what must be an object. Raises as send does, and TargetBusy as well when the answer
        is none."""
        found = self.send(Request("GET", path, target=NAME)).json
        if not isinstance(found, dict):
            raise TargetBusy(f"GET {path}: the answer is empty", code="not-an-object")
        return found

    def found(
        self,
        condition: str,
        fits: Callable[[Mapping[str, Any]], bool] = lambda _task: True,
        *,
        between: Callable[[], None] = lambda: None,
    ) -> list[dict[str, Any]]:
        """The tasks that fit, of those that meet a condition of `$filter`; of all there are where
        it is empty, or Workiva does not take it.

        between: called before each page; there may be so many that a lease ends meanwhile. Raises
        as it does, and as send does.
        """
        wanted = {"$filter": condition} if condition else {}
        try:
            return self._all(wanted, fits, between)
        except TargetRefused as refused:
            if refused.status not in _NO_CONDITION or not wanted:
                raise
            return self._all({}, fits, between)

    def _all(
        self,
        wanted: Mapping[str, str],
        fits: Callable[[Mapping[str, Any]], bool],
        between: Callable[[], None],
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        params: dict[str, str | int] = {**wanted, "$maxpagesize": PAGE_SIZE}
        seen = {""}
        while True:
            between()
            page = self.send(Request("GET", "/tasks", target=NAME), params).json
            found += filter(fits, tasks(page))
            link = following(page)
            if link.get("$next", "") in seen:
                # The last page; or a list that goes round, which has been told once.
                return found
            seen.add(link["$next"])
            params |= link

    def _signed(self, request: Request, params: Mapping[str, str | int], tokens: Tokens) -> Answer:
        """A token that is not taken is replaced, and the request sent again, once: a 401 applies
        nothing."""
        token = tokens.current()
        try:
            return self._sent(request, params, token)
        except TargetBusy as failed:
            if failed.code != TOKEN_REJECTED:
                raise
        tokens.drop(token)
        token = tokens.current()
        try:
            return self._sent(request, params, token)
        except TargetBusy as failed:
            if failed.code == TOKEN_REJECTED:
                # It is not the token that is wrong; events wait, and the next probe asks anew.
                tokens.drop(token)
            raise

    def _sent(self, request: Request, params: Mapping[str, str | int], token: str) -> Answer:
        connection = self._connection
        there = replace(request, path=connection.api.prefix + request.path)
        try:
            response = exchange(
                connection.http, there, params, {"Authorization": f"Bearer {token}"}
            )
        except (TargetBusy, TargetUnknown) as failed:
            self.tally[f"api:{NAME}:{failed.code}"] += 1
            raise
        status, headers = response.status_code, response.headers
        self.tally[f"api:{NAME}:{status}"] += 1
        connection.deprecations.heed(NAME, there, status, headers)
        return decipher(request, status, headers, response.content, secret=token)


def _asked(request: Request, params: Mapping[str, str | int]) -> str:
    """What the failures of a request are told apart by. All tasks are made at one path."""
    said = msgspec.json.encode([dict(params), request.json]).decode()
    return f"{request.method} {request.path} {said}"


def _waiting(cause: str, message: str) -> TargetAway:
    """Nothing is sent before people have done something, and restarted the worker."""
    away = TargetAway(message, code=cause, retry_after_s=_RESTART_S)
    away.target = NAME
    return away
