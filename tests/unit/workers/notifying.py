"""A network of the test's own, and a notifier that sends into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from workers.targets.addresses import Guarded
from workers.targets.http import Request
from workers.targets.notify import Letter, Notifier, place

#: those of the reference libraries' own tests
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
IDENT, AT_S = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"


def reply(status: int, body: bytes = b"", **headers: str) -> httpx.Response:
    """An answer that is still to be read."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


@dataclass
class Net:
    """A network of the test's own: names and their addresses, and who was called there."""

    #: what the name means, one lookup after the other
    names: list[Sequence[str]]
    #: addresses where nobody answers
    silent: tuple[str, ...] = ()
    answer: httpx.Response = field(default_factory=lambda: reply(200))
    asked: list[tuple[str, int]] = field(default_factory=list)
    called: list[httpx.Request] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.names.pop(0)

    def call(self, request: httpx.Request) -> httpx.Response:
        self.called.append(request)
        if request.url.host in self.silent:
            raise httpx.ConnectError("nobody there")
        return self.answer

    def send(self, url: str, *allowed: str, **more: Any) -> None:
        guarded = Guarded(allowed, resolve=self.resolve, inner=httpx.MockTransport(self.call))
        notifier(guarded).send(notification(url, **more))


def notifier(transport: httpx.BaseTransport) -> Notifier:
    secrets = {"NOTIFY_SECRET_A": SecretStr(SECRET)}
    return Notifier(transport, secrets, now=lambda: datetime.fromtimestamp(AT_S, UTC))


def notification(url: str, **more: Any) -> Request:
    letter: Letter = {"id": IDENT, "url": url, "json": {"test": 2432232314}}
    return Request("POST", place(url), letter | more, target="notify")
