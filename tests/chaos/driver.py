"""Delivers events as awork does: until a 2xx came, to either edge, some twice and some late."""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

import httpx

from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import without_nulls
from tests.chaos.people import Edit

_SENDERS = 16
_TIMEOUT_S = 30.0


@dataclass
class Sent:
    """One event on its way."""

    envelope: Model
    #: the edit it tells of; None when our own API user caused it
    edit: Edit | None
    body: bytes
    #: the id it was acknowledged with
    event_id: str = ""
    #: another id it was acknowledged with: must stay empty
    other_id: str = ""


@dataclass
class Driver:
    """Sends from threads. Every event is repeated until it is acknowledged."""

    urls: Sequence[str]
    headers: dict[str, str]
    chance: Random
    sent: list[Sent] = field(default_factory=list)
    #: answers by status, 0 for none
    answers: Counter[int] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self._due: list[tuple[float, int, Sent]] = []
        self._under_way = 0
        self._ended = False
        self._hold = 0.1
        self._numbers = count()
        #: entity and kind -> what waits until the next one of them is sent
        self._held: dict[tuple[str, str], Sent] = {}
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_SENDERS)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def deliver(self, envelope: Model, edit: Edit | None) -> None:
        """Deliver an event, perhaps twice, perhaps behind the next one of its entity."""
        key = (envelope["entityId"], envelope["eventType"])
        with self._news:
            sent = self._new(envelope, edit)
            roll = self.chance.random()
            held = self._held.pop(key, None)
            if held is None and roll < self._hold:
                self._held[key] = sent
                self.counts["shuffled"] += 1
                return
            self._put(sent, 0.0)
            if held is not None:
                self._put(held, self.chance.choice([0.0, 0.1, 1.0, 8.0]))
            if self.chance.random() < 0.12:
                self._put(sent, self.chance.choice([0.0, 0.05, 1.0, 10.0, 40.0]))
                self.counts["doubled"] += 1

    def deliver_once(self, envelope: Model, edit: Edit | None) -> None:
        """Deliver an event, once it is acknowledged only."""
        with self._news:
            self._put(self._new(envelope, edit), 0.0)

    def let_go(self) -> None:
        """Send what was held back, and hold nothing back any more."""
        with self._news:
            self._hold = 0.0
            for sent in self._held.values():
                self._put(sent, 0.0)
            self._held.clear()

    def left(self) -> int:
        """Deliveries that are not done."""
        with self._news:
            return len(self._due) + self._under_way + len(self._held)

    def end(self) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()
        for thread in self._threads:
            thread.join(timeout=2)

    def _new(self, envelope: Model, edit: Edit | None) -> Sent:
        sent = Sent(envelope, edit, json.dumps(without_nulls(envelope)).encode())
        self.sent.append(sent)
        return sent

    def _put(self, sent: Sent, in_s: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + in_s, next(self._numbers), sent))
        self._news.notify()

    def _work(self) -> None:
        with httpx.Client(timeout=_TIMEOUT_S) as http:
            while (sent := self._next()) is not None:
                answer = self._post(http, sent)
                with self._news:
                    self._under_way -= 1
                    self._answered(sent, *answer)

    def _next(self) -> Sent | None:
        with self._news:
            while not self._ended:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    self._under_way += 1
                    return heapq.heappop(self._due)[2]
                self._news.wait(self._due[0][0] - now if self._due else None)
        return None

    def _post(self, http: httpx.Client, sent: Sent) -> tuple[int, str]:
        try:
            url = self.urls[self.chance.randrange(len(self.urls))]
            answer = http.post(url, content=sent.body, headers=self.headers)
            return answer.status_code, answer.json()["id"] if answer.is_success else ""
        except (httpx.TransportError, ValueError):
            return 0, ""

    def _answered(self, sent: Sent, status: int, event_id: str) -> None:
        self.answers[status] += 1
        if not event_id:
            # As awork does: the same again, later.
            self.counts["repeated"] += 1
            self._put(sent, self.chance.uniform(0.3, 1.5))
        elif not sent.event_id:
            sent.event_id = event_id
        elif sent.event_id != event_id:
            sent.other_id = event_id
