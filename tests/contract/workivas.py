"""A Workiva of the test's own behind httpx's transport, and workers that ask it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
from pydantic import SecretStr

from webhooks.errors import TargetFailed
from webhooks.store.client import Client
from webhooks.store.problems import Problem, Problems
from workers.targets.circuits import Circuits
from workers.targets.deprecations import Deprecations
from workers.targets.http import Answer, Request
from workers.targets.workiva import Connection, Credentials, Workiva
from workers.targets.workiva_api import CURRENT, Api

CLIENT_ID, SECRET = "grant-1", "the-secret-of-the-grant"
URL = "https://api.workiva.example"
CREATE = Request("POST", "/tasks", {"title": "Check the report"}, target="workiva")
READ = Request("GET", "/tasks/t1", target="workiva")
#: what one request to the API is answered with
Reply = Callable[[httpx.Request], httpx.Response]


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    """Always this answer. headers: with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: (
        httpx.Response(status, headers=named)
        if body is None
        else httpx.Response(status, headers=named, json=body)
    )


def wrong(status: int, code: str, message: str = "because", **headers: str) -> Reply:
    """An error in Workiva's words."""
    return reply(status, {"code": f"{status}{code}", "message": message}, **headers)


FINE = reply(201, {"id": "t1"})
OVERLOADED = wrong(429, "TooManyRequests", Retry_After="30")


@dataclass
class Workivas:
    """One Workiva, and workers that share a Redis."""

    client: Client
    now_ms: int = 1_900_000_000_000
    now: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    #: of the tokens it gives
    life_s: int = 599
    #: what sign-ins are answered with, when not with a token
    refuses: Reply | None = None
    #: what the API does; the last one for ever
    replies: list[Reply] = field(default_factory=lambda: [FINE])
    #: the tokens it takes, the newest last
    valid: list[str] = field(default_factory=list)
    #: everything that was asked, in order
    called: list[httpx.Request] = field(default_factory=list)
    #: a sign-in is answered once this is set
    gate: threading.Event = field(default_factory=threading.Event)
    #: set as soon as a sign-in has come
    signing: threading.Event = field(default_factory=threading.Event)
    #: tokens given so far
    given: int = 0

    def __post_init__(self) -> None:
        self.gate.set()
        self.deprecations = [self._deprecations() for _ in range(2)]
        self.workers = [self.worker(), self.worker()]

    def worker(
        self, *, api: Api = CURRENT, is_alone: bool = False, secret: str = SECRET
    ) -> Workiva:
        """One more worker. is_alone: it shares nothing."""
        client = None if is_alone else self.client
        return Workiva(
            Connection(
                URL,
                Credentials(SecretStr(CLIENT_ID), SecretStr(secret)),
                api=api,
                transport=httpx.MockTransport(self._answer),
                client=client,
                circuits=Circuits(client, now_ms=lambda: self.now_ms),
                deprecations=self.deprecations[0],
                now=lambda: self.now,
                now_ms=lambda: self.now_ms,
            )
        )

    def send(self, request: Request = CREATE, *, worker: int = 0) -> Answer | TargetFailed:
        """Send, and see what became of it."""
        try:
            return self.workers[worker].send(request)
        except TargetFailed as failed:
            return failed

    def failed(self, request: Request = CREATE, *, worker: int = 0) -> TargetFailed:
        """The same, which does not succeed."""
        failed = self.send(request, worker=worker)
        assert isinstance(failed, TargetFailed), failed
        return failed

    def later(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)

    @property
    def sign_ins(self) -> list[httpx.Request]:
        return [one for one in self.called if one.url.path.endswith("/oauth2/token")]

    @property
    def asked(self) -> list[httpx.Request]:
        """Of the API."""
        return [one for one in self.called if not one.url.path.endswith("/oauth2/token")]

    @property
    def problems(self) -> list[Problem]:
        return Problems(self.client).all()

    def _deprecations(self) -> Deprecations:
        return Deprecations(self.client, clock=lambda: self.now_ms / 1000)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.called.append(request)
        if request.url.path.endswith("/oauth2/token"):
            return self._sign_in(request)
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.valid:
            return wrong(401, "Unauthorized", "No valid API token provided")(request)
        does = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        return does(request)

    def _sign_in(self, request: httpx.Request) -> httpx.Response:
        self.signing.set()
        assert self.gate.wait(10)
        form = parse_qs(request.content.decode())
        if (form["client_id"], form["client_secret"]) != ([CLIENT_ID], [SECRET]):
            return httpx.Response(401, json={"error": "invalid_client"})
        if self.refuses:
            return self.refuses(request)
        self.given += 1
        self.valid.append(f"token-number-{self.given}")
        told = {"access_token": self.valid[-1], "expires_in": self.life_s, "token_type": "bearer"}
        return httpx.Response(200, json=told)
