"""Deliveries all the time, each repeated until it is acknowledged, as awork does it."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from typing import Any

import httpx

from tests import samples

#: before a delivery is repeated; awork waits far longer
_PAUSE_S = 0.03
#: of so many deliveries one comes twice
_DOUBLED = 10


class Deliveries:
    """A load. Each delivery tells of an entity of its own, by whose name its effect is known."""

    def __init__(
        self, url: str, secret: str, *, senders: int = 3, pause_s: float = _PAUSE_S
    ) -> None:
        """pause_s: between two deliveries of one sender."""
        self._url, self._pause_s = url, pause_s
        self._headers = {"X-Webhook-Secret": secret, "Content-Type": "application/json"}
        self._mark = secrets.token_hex(4)
        self._over = threading.Event()
        self._given_up = threading.Event()
        self._news = threading.Condition()
        #: names of those that got a 202, in that order
        self.acknowledged: list[str] = []
        #: what other tries came to: a status, or the name of an error -> how often
        self.others: Counter[str] = Counter()
        self._threads = [
            threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(senders)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int) -> None:
        """Wait until this many more are acknowledged."""
        with self._news:
            wanted = len(self.acknowledged) + more
            assert self._news.wait_for(lambda: len(self.acknowledged) >= wanted, 120), self.others

    def stop(self) -> list[str]:
        """No more after those that are on their way. Returns the names of all."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self.acknowledged

    def give_up(self) -> None:
        """No more at all, whether they were acknowledged or not."""
        self._given_up.set()
        self.stop()

    def _send(self, sender: int) -> None:
        number = 0
        with httpx.Client(headers=self._headers, timeout=30) as router:
            while not self._over.is_set():
                number += 1
                name = f"delivery {self._mark}-{sender}-{number}"
                body = samples.raw(_event(name))
                for _ in range(2 if number % _DOUBLED == 0 else 1):
                    self._until_taken(router, body, name)
                self._over.wait(self._pause_s)

    def _until_taken(self, router: httpx.Client, body: bytes, name: str) -> None:
        while (told := self._told(router, body)) != "202":
            with self._news:
                self.others[told] += 1
            # Also when no more are wanted: this one may have been stored.
            if self._given_up.wait(_PAUSE_S):
                return
        with self._news:
            self.acknowledged.append(name)
            self._news.notify_all()

    def _told(self, router: httpx.Client, body: bytes) -> str:
        try:
            return str(router.post(self._url, content=body).status_code)
        except httpx.TransportError as error:
            # Taken or not, the same is sent again; Heroku's router says 503 to awork then.
            return type(error).__name__


def _event(name: str) -> dict[str, Any]:
    event = samples.fresh("task_updated", name=name)
    event["entityId"] = event["entity"]["id"] = event["traceId"]
    return event
