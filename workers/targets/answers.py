"""What awork's answers mean. Performs no I/O.

Source: https://developers.awork.com (error-handling, rate-limits) and the OpenAPI file of
awork-io/awork-cli.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from webhooks.errors import TargetBusy, TargetFailed, TargetGone, TargetRefused, TargetUnknown
from workers.targets import batch
from workers.targets.headers import wait_s
from workers.targets.http import Answer, Request

_TRACE_HEADERS = ("trace-id", "traceparent", "x-correlation-id", "request-id")
#: passing, and certainly not applied
_BUSY_CODES = frozenset({"concurrency-violation"})
#: passing, but it may have been applied
_UNSURE_CODES = frozenset({"database-commit", "server-error"})
_GONE_CODES = frozenset({"not-found", "entity-archived", "deactivated-user"})
_REDIRECT, _BAD, _UNAUTHORIZED, TOO_MANY, _SERVER = 300, 400, 401, 429, 500
#: our word for the gateway's 401
TOKEN_REJECTED = "token-rejected"  # noqa: S105  a word
#: request not received whole, too early, too many: not applied
_BUSY_STATUSES = frozenset({408, 425, TOO_MANY})


def decipher(request: Request, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """What an answer of awork means. Performs no I/O. Errors as in Awork.send."""
    trace_id = next((headers[name] for name in _TRACE_HEADERS if name in headers), "")
    if status < _REDIRECT:
        json = _success(request, status, content, trace_id)
        if status == batch.MULTI_STATUS:
            json = batch.result(f"{request.method} {request.path}", json, trace_id)
        return Answer(status, json, headers, trace_id)
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
        after_s = wait_s(headers) if status == TOO_MANY else None
        raise TargetBusy(
            message, code=code, trace_id=trace_id, status=status, retry_after_s=after_s
        )
    raise family(message, code=code, trace_id=trace_id, status=status)


def _family(request: Request, status: int, code: str) -> type[TargetFailed]:
    if status in _BUSY_STATUSES or code == TOKEN_REJECTED or code in _BUSY_CODES:
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
    """awork's code. A 401 has two shapes: the usual one for a missing permission, and that of the
    gateway, which has no code of its own, for a bad token. That is ours to mend, so events wait."""
    if isinstance(body, dict) and body.get("code"):
        return str(body["code"])
    if status == _UNAUTHORIZED:
        return TOKEN_REJECTED
    if _REDIRECT <= status < _BAD:
        return "redirected"
    return "rate-limit" if status == TOO_MANY else f"status-{status}"


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
