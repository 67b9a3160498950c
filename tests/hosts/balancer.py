"""Delivers as awork does through a load balancer: to the other edge when one does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from deploy.sandbox.refusals import Model
from tests.chaos.driver import Driver, Sent
from tests.chaos.people import Edit

#: seconds between two looks at an edge, and the longest one may take
_LOOK_EACH_S, _LOOK_S = 1.0, 2.0
#: awork waits so long for an answer; the balancer a second for a connection
_PATIENCE = httpx.Timeout(30.0, connect=1.0)


@dataclass(frozen=True)
class Ask:
    """One request to an edge, and what came of it."""

    url: str
    #: monotonic seconds
    at: float
    took_s: float
    #: 0 for no answer
    status: int
    #: since the delivery was tried for the first time; 0 when it was acknowledged before
    since_first_s: float


@dataclass
class Balancer(Driver):
    """Sends to edges that say they are ready; each is asked every second."""

    asks: list[Ask] = field(default_factory=list)
    #: whether some are doubled and some come late
    pranks: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._over = threading.Event()
        self._ready = dict.fromkeys(self.urls, True)
        #: id of what is on its way -> when it was first tried
        self._first: dict[int, float] = {}

    def begin(self) -> None:
        super().begin()
        for url in self.urls:
            threading.Thread(target=self._look_after, args=(url,), daemon=True).start()

    def deliver(self, envelope: Model, edit: Edit | None) -> None:
        if self.pranks:
            super().deliver(envelope, edit)
        else:
            self.deliver_once(envelope, edit)

    def end(self) -> None:
        self._over.set()
        super().end()

    def _post(self, http: httpx.Client, sent: Sent) -> tuple[int, str]:
        for url in self._order():
            began = time.monotonic()
            first = self._first.setdefault(id(sent), began)
            status, event_id, was_sent = self._asked(http, url, sent)
            now = time.monotonic()
            waited_s = 0.0 if sent.event_id else now - first
            self.asks.append(Ask(url, began, now - began, status, waited_s))
            if was_sent:
                return status, event_id
            self._ready[url] = False
        return 0, ""

    def _asked(self, http: httpx.Client, url: str, sent: Sent) -> tuple[int, str, bool]:
        """Status, the event's id, and whether the edge may have taken it: then only awork may
        deliver it again."""
        try:
            answer = http.post(url, content=sent.body, headers=self.headers, timeout=_PATIENCE)
            return answer.status_code, answer.json()["id"] if answer.is_success else "", True
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return 0, "", False
        except (httpx.TransportError, ValueError):
            return 0, "", True

    def _order(self) -> Iterator[str]:
        """The edges that are ready, any of them first; when none is, all."""
        urls = [url for url in self.urls if self._ready[url]] or list(self.urls)
        first = self.chance.randrange(len(urls))
        yield from urls[first:]
        yield from urls[:first]

    def _look_after(self, url: str) -> None:
        page = url.replace("/webhooks/awork", "/health/ready")
        with httpx.Client(timeout=_LOOK_S) as http:
            while not self._over.wait(_LOOK_EACH_S):
                try:
                    self._ready[url] = http.get(page).is_success
                except httpx.TransportError:
                    self._ready[url] = False
