"""awork as a table of answers, behind httpx's transport."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from workers.targets.awork import Awork, Connection
from workers.targets.budget import LocalBudget
from workers.targets.cache import Cache, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "token-that-nobody-sees"


@dataclass
class Answering:
    """Answers each request from a function, and keeps what it was asked."""

    answer: Callable[[httpx.Request], httpx.Response]
    #: seconds, as the test says
    now: float = 0.0
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    def connection(self) -> Connection:
        return Connection(
            "http://awork",
            TOKEN,
            transport=httpx.MockTransport(self),
            budget=LocalBudget(lambda: self.now),
            cache=Cache(clock=lambda: self.now),
        )

    @contextmanager
    def awork(self) -> Iterator[Awork]:
        """awork as actions see it; closed afterwards."""
        connection = self.connection()
        try:
            yield Awork(connection)
        finally:
            connection.close()


def lists(**of_path: Any) -> Answering:
    """Answers with a list or an object for each path, as `users=[...]`; 404 for all others."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.strip("/").rpartition("/")[2]
        if name not in of_path:
            return httpx.Response(404, json={"code": "not-found", "description": "not there"})
        return httpx.Response(200, json=of_path[name])

    return Answering(answer)


@dataclass
class Asked:
    """A read that answers 1, 2, 3 ... and knows how often it was asked."""

    #: the moment of its answers, in microseconds by awork's clock
    at_us: int | None = None
    #: happens between the answer and its arrival
    meanwhile: Callable[[], object] = lambda: None
    times: int = field(default=0)

    def __call__(self) -> Known:
        self.times += 1
        answer = Known(self.times, self.at_us)
        self.meanwhile()
        return answer
