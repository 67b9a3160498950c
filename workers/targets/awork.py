"""awork's REST API: how it is asked. What its answers mean is told in answers.py.

Source: https://developers.awork.com (rate-limits, pagination).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from webhooks.errors import BudgetSpent, TargetAway, TargetBusy, TargetUnknown
from workers.targets.answers import TOO_MANY, decipher
from workers.targets.budget import Budget, LocalBudget, Taken
from workers.targets.cache import Cache, Known
from workers.targets.circuits import AWORK, Circuits
from workers.targets.deprecations import Deprecations
from workers.targets.headers import answered_us, left, pause_s
from workers.targets.http import Answer, Request, client, exchange

#: awork's largest page; its default is 10, so it is always sent
PAGE_SIZE = 1000


class Connection:
    """What all threads of a process share: the HTTP client, what may be sent, what was read.

    token: an API key or an OAuth access token; both are sent alike, as a bearer. An API key acts
    as a user of its own. An OAuth token acts as the person who gave it: what that person does in
    awork by hand is then taken for ours, and triggers nothing unless a rule says `own_events:
    handle`. It runs out and is not renewed here.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        connections: int = 8,
        transport: httpx.BaseTransport | None = None,
        budget: Budget | None = None,
        cache: Cache | None = None,
        circuits: Circuits | None = None,
        deprecations: Deprecations | None = None,
    ) -> None:
        """budget, cache, circuits, deprecations: None for a process of its own, which keeps the
        pauses awork asks for, and what it has read itself."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.http = client(f"{base_url}/", headers, connections=connections, transport=transport)
        self.budget = budget or LocalBudget(time.monotonic)
        self.cache = cache or Cache()
        self.circuits = circuits or Circuits()
        self.deprecations = deprecations or Deprecations()

    def close(self) -> None:
        """Close every connection to awork."""
        self.http.close()


class Awork:
    """awork, for one try of the work on one event.

    tally: counts requests by status, as `api:awork:STATUS`. urgent: a person waits for it.
    """

    def __init__(
        self, connection: Connection, tally: Counter[str] | None = None, *, urgent: bool = True
    ) -> None:
        self._connection = connection
        self._urgent = urgent
        self._begun = False
        self._spent: BudgetSpent | TargetAway | None = None
        self.tally: Counter[str] = Counter() if tally is None else tally

    @property
    def cache(self) -> Cache:
        """What was read, kept for all work of this process and of the others."""
        return self._connection.cache

    def send(self, request: Request, params: Mapping[str, str | int] | None = None) -> Answer:
        """Send one request.

        Raises TargetBusy (not applied, try later; BudgetSpent and TargetAway when it was not even
        tried), TargetUnknown (a write that may have been applied), TargetGone (the object does not
        exist) or TargetRefused (for good).
        """
        taken = self._taken()
        return self._connection.circuits.through(
            AWORK, taken.leave, lambda: self._sent(request, params, taken), asked=_asked(request)
        )

    def _sent(
        self, request: Request, params: Mapping[str, str | int] | None, taken: Taken
    ) -> Answer:
        try:
            response = exchange(self._connection.http, request, params)
        except (TargetBusy, TargetUnknown) as failed:
            self.tally[f"api:awork:{failed.code}"] += 1
            raise
        finally:
            if request.writes:
                # Whatever the answer was: it may have been applied.
                self.cache.drop(request.named)
        self.tally[f"api:awork:{response.status_code}"] += 1
        self._obey(response.status_code, response.headers, taken)
        self._connection.deprecations.heed(AWORK, request, response.status_code, response.headers)
        return decipher(request, response.status_code, response.headers, response.content)

    def get(self, path: str, **params: str | int) -> Any:
        """Read one object."""
        return self.send(Request("GET", path), params).json

    def one(self, path: str) -> dict[str, Any]:
        """Read what must be an object. Raises TargetBusy as well when the answer is none."""
        found: dict[str, Any] = self.known(path).value
        return found

    def known(self, path: str) -> Known:
        """The same, with the moment of the answer."""
        answer = self.send(Request("GET", path))
        if not isinstance(answer.json, dict):
            raise TargetBusy(f"GET {path}: the answer is not an object", code="not-an-object")
        return Known(answer.json, answered_us(answer.headers))

    def list(self, path: str, **params: str | int) -> list[Any]:
        """Read a whole list, page by page."""
        found: list[Any] = self.known_list(path, **params).value
        return found

    def known_list(self, path: str, **params: str | int) -> Known:
        """The same, with the moment of the first answer."""
        found: list[Any] = []
        at_us: int | None = None
        page = 1
        while True:
            answer = self.send(
                Request("GET", path), {"page": page, "pageSize": PAGE_SIZE, **params}
            )
            items = answer.json
            if not isinstance(items, list):
                # "Certainly not there" must not be concluded from it.
                raise TargetBusy(f"GET {path}: the answer is not a list", code="not-a-list")
            at_us = answered_us(answer.headers) if page == 1 else at_us
            if items and items == found[-len(items) :]:
                # A list that knows no pages answers the same one for ever.
                return Known(found, at_us)
            found += items
            total = answer.headers.get("aw-totalitems", "")
            if len(items) != PAGE_SIZE or (total.isdigit() and len(found) >= int(total)):
                return Known(found, at_us)
            page += 1

    def _taken(self) -> Taken:
        """One request of the budget. Work that got none sends nothing more: it has a place in
        line, and asking again would take a second one."""
        if self._spent:
            raise self._spent
        try:
            taken = self._connection.budget.take(urgent=self._urgent, begun=self._begun)
        except (BudgetSpent, TargetAway) as spent:
            self._spent = spent
            raise
        self._begun = True
        return taken

    def _obey(self, status: int, headers: Mapping[str, str], taken: Taken) -> None:
        """Pause when awork says so; else count with what it says is left."""
        if pause := pause_s(headers, is_too_many=status == TOO_MANY):
            self._connection.budget.hold(pause)
        elif told := left(headers):
            self._connection.budget.told(taken, *told)


def _asked(request: Request) -> str:
    """What the failures of a request are told apart by. Who we are is asked before all work, so
    that each time it is somebody else who asks."""
    return "" if request.path == "/me" else f"{request.method} {request.path}"
