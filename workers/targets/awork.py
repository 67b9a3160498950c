"""awork's REST API: how it is asked, and what its answers mean.

Source: https://developers.awork.com (error-handling, rate-limits, pagination) and the OpenAPI
file of awork-io/awork-cli.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from webhooks.errors import TargetBusy, TargetFailed, TargetGone, TargetRefused, TargetUnknown
from workers.targets.http import Answer, Gate, Request, client, exchange

#: awork's largest page; its default is 10, so it is always sent
PAGE_SIZE = 1000
_TRACE_HEADERS = ("trace-id", "traceparent", "x-correlation-id", "request-id")
#: passing, and certainly not applied
_BUSY_CODES = frozenset({"concurrency-violation"})
#: passing, but it may have been applied
_UNSURE_CODES = frozenset({"database-commit", "server-error"})
_GONE_CODES = frozenset({"not-found", "entity-archived", "deactivated-user"})
_REDIRECT, _BAD, _UNAUTHORIZED, _TOO_MANY, _SERVER = 300, 400, 401, 429, 500
#: request not received whole, too early, too many: not applied
_BUSY_STATUSES = frozenset({408, 425, _TOO_MANY})
#: A pause longer than this is a mistake of whoever asked for it (a date, say, sent as seconds).
_LONGEST_PAUSE_S = 3600.0


class Connection:
    """What all threads of a process share: the HTTP client and the pause awork asked for."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        connections: int = 8,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.http = client(f"{base_url}/", headers, connections=connections, transport=transport)
        self.gate = Gate(clock)

    def close(self) -> None:
        """Close every connection to awork."""
        self.http.close()


class Awork:
    """awork, for the work on one event.

    tally: counts requests by status, as `api:awork:STATUS`.
    """

    def __init__(self, connection: Connection, tally: Counter[str] | None = None) -> None:
        self._connection = connection
        self.tally: Counter[str] = Counter() if tally is None else tally

    def send(self, request: Request, params: Mapping[str, str | int] | None = None) -> Answer:
        """Send one request.

        Raises TargetBusy (not applied, try later), TargetUnknown (a write that may have been
        applied), TargetGone (the object does not exist) or TargetRefused (for good).
        """
        self._connection.gate.check()
        try:
            response = exchange(self._connection.http, request, params)
        except (TargetBusy, TargetUnknown) as failed:
            self.tally[f"api:awork:{failed.code}"] += 1
            raise
        self.tally[f"api:awork:{response.status_code}"] += 1
        self._obey(response)
        return decipher(request, response.status_code, response.headers, response.content)

    def get(self, path: str, **params: str | int) -> Any:
        """Read one object."""
        return self.send(Request("GET", path), params).json

    def one(self, path: str) -> dict[str, Any]:
        """Read what must be an object. Raises TargetBusy as well when the answer is none."""
        found = self.get(path)
        if isinstance(found, dict):
            return found
        raise TargetBusy(f"GET {path}: the answer is not an object", code="not-an-object")

    def list(self, path: str, **params: str | int) -> list[Any]:
        """Read a whole list, page by page."""
        found: list[Any] = []
        page = 1
        while True:
            answer = self.send(
                Request("GET", path), {"page": page, "pageSize": PAGE_SIZE, **params}
            )
            items = answer.json
            if not isinstance(items, list):
                # "Certainly not there" must not be concluded from it.
                raise TargetBusy(f"GET {path}: the answer is not a list", code="not-a-list")
            if items and items == found[-len(items) :]:
                # A list that knows no pages answers the same one for ever.
                return found
            found += items
            total = answer.headers.get("aw-totalitems", "")
            if len(items) != PAGE_SIZE or (total.isdigit() and len(found) >= int(total)):
                return found
            page += 1

    def _obey(self, response: httpx.Response) -> None:
        """Hold back once nothing is left of the window, or awork says so."""
        if response.headers.get("RateLimit-Remaining") == "0":
            self._connection.gate.hold(_seconds(response.headers.get("RateLimit-Reset")) or 1.0)
        if response.status_code == _TOO_MANY:
            self._connection.gate.hold(_wait_s(response.headers) or 0.0)


def decipher(request: Request, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """What an answer of awork means. Performs no I/O. Errors as in Awork.send."""
    trace_id = next((headers[name] for name in _TRACE_HEADERS if name in headers), "")
    if status < _REDIRECT:
        return Answer(status, _success(request, status, content, trace_id), headers, trace_id)
    body = _decoded(content)
    code, description = _code(status, body), _description(body)
    if status < _BAD:
        description = f"to {headers.get('Location')}; is AWORK_API_URL right?"
    # awork's own trace id in the body is the one its support knows.
    if isinstance(body, dict) and isinstance(body.get("traceId"), str):
        trace_id = body["traceId"]
    message = f"{request.method} {request.path}: {status} {code}: {description}"
    family = _family(request, status, code)
    if family is TargetBusy:
        wait_s = _wait_s(headers) if status == _TOO_MANY else None
        raise TargetBusy(message, code=code, trace_id=trace_id, status=status, retry_after_s=wait_s)
    raise family(message, code=code, trace_id=trace_id, status=status)


def _family(request: Request, status: int, code: str) -> type[TargetFailed]:
    if status in _BUSY_STATUSES or code == "token-rejected" or code in _BUSY_CODES:
        return TargetBusy
    if status >= _SERVER or code in _UNSURE_CODES:
        return TargetUnknown if request.writes else TargetBusy
    if code in _GONE_CODES:
        # By awork's own word only: a proxy's 404, or a wrong base URL, says nothing about it.
        return TargetGone
    return TargetRefused


def _success(request: Request, status: int, content: bytes, trace_id: str) -> Any:
    """The JSON of a successful answer.

    Something else (a proxy's page) must not be read as an empty list: "certainly not there"
    would be concluded from it, and a write made twice.
    """
    try:
        return msgspec.json.decode(content) if content else None
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"{request.method} {request.path}: {status}, and the answer is not JSON: {error}"
        unsure = TargetUnknown if request.writes else TargetBusy
        raise unsure(message, code="not-json", trace_id=trace_id, status=status) from error


def _code(status: int, body: Any) -> str:
    """awork's code. A 401 has two shapes: the gateway's for a bad token, wrapped in `message`,
    and the usual one for a missing permission. A bad token is ours to mend, so events wait."""
    if isinstance(body, dict):
        if status == _UNAUTHORIZED and isinstance(body.get("message"), dict):
            return "token-rejected"
        if body.get("code"):
            return str(body["code"])
    if _REDIRECT <= status < _BAD:
        return "redirected"
    return "rate-limit" if status == _TOO_MANY else f"status-{status}"


def _description(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    wrapped = body.get("message")
    text = wrapped.get("description", "") if isinstance(wrapped, dict) else wrapped
    parts = [str(body.get("description") or text or "")]
    problems = body.get("validationErrors")
    parts += [
        f"{problem.get('property')}: {problem.get('message')}"
        for problem in (problems if isinstance(problems, list) else [])
        if isinstance(problem, dict)
    ]
    return "; ".join(part for part in parts if part)


def _decoded(content: bytes) -> Any:
    if not content:
        return None
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """The later of what awork documents (RateLimit-Reset) and what HTTP has (Retry-After)."""
    asked = [_seconds(headers.get("RateLimit-Reset")), _seconds(headers.get("Retry-After"))]
    waits = [seconds for seconds in asked if seconds is not None]
    return max(waits) if waits else None


def _seconds(text: str | None) -> float | None:
    """Seconds from now, from a number of them or an HTTP date; at most an hour."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text)
    return min(max(0.0, seconds), _LONGEST_PAUSE_S) if math.isfinite(seconds) else None


def _until(date: str) -> float:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - datetime.now(UTC)).total_seconds()
