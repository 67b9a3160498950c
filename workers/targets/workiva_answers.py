"""What Workiva's answers mean. Performs no I/O.

    2xx with a JSON object, or empty   done
    401                                our token: nothing was applied, and all wait
    409, 408, 425, 429                 busy: certainly not applied
    503 in Workiva's own words         busy, too; by anybody else as 500
    500 and above, 202                 unknown for a write, busy for a read
    404 of one object                  gone, by Workiva's own word
    everything else                    refused

Source: Workiva's developer documentation, 2022-01-01 and 2026-01-01 (tasks, and errors).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from webhooks.errors import TargetBusy, TargetFailed, TargetGone, TargetRefused, TargetUnknown
from workers.targets.answers import TOKEN_REJECTED
from workers.targets.headers import wait_s
from workers.targets.http import Answer, Request

_TRACE_HEADERS = ("x-correlation-id", "x-request-id", "request-id", "trace-id", "traceparent")
_CREATED, _ACCEPTED, _REDIRECT, _BAD, _UNAUTHORIZED = 201, 202, 300, 400, 401
_FORBIDDEN, _NOT_FOUND, _GONE, _SERVER, _UNAVAILABLE = 403, 404, 410, 500, 503
#: conflict, request not received whole, too early, too many: not applied
_BUSY_STATUSES = frozenset({409, 408, 425, 429})
#: Workiva's own code; a 503 without it may be a gateway's that gave up waiting
_OVERLOADED = "503ServiceUnavailable"
#: so many details of an error are told
_MOST_DETAILS = 10
_URL = "is WORKIVA_API_URL right?"


def decipher(
    request: Request,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    secret: str,
) -> Answer:
    """What an answer of Workiva means. Performs no I/O. Errors as in Workiva.send; that our token
    is not taken is TargetBusy with the code `token-rejected`. secret: not told of a refusal, should
    it have it."""
    trace_id = next((headers[name] for name in _TRACE_HEADERS if name in headers), "")
    if status < _REDIRECT:
        return Answer(status, _success(request, status, content, trace_id), headers, trace_id)
    body = _decoded(content)
    # Once it is decoded: in JSON a secret may be written in several ways.
    own = str(body.get("code") or "").replace(secret, "...")
    family, code = _family(request, status, own), _code(request, status, own)
    said = _said(request, status, own, body).replace(secret, "...")
    message = f"{said}{_hint(request, status, headers)}"
    if family is TargetBusy:
        after_s = wait_s(headers)
        raise TargetBusy(
            message, code=code, trace_id=trace_id, status=status, retry_after_s=after_s
        )
    raise family(message, code=code, trace_id=trace_id, status=status)


def is_id(told: object) -> bool:
    """Whether something can name a task; Workiva's own ids are texts."""
    return bool(told) and isinstance(told, str | int) and told is not True


def tasks(page: Any) -> list[dict[str, Any]]:
    """The tasks of one page of a list. Raises TargetBusy when it is none: "not there" must not be
    concluded from it."""
    found = page.get("data") if isinstance(page, dict) else None
    if not isinstance(found, list) or not all(isinstance(task, dict) for task in found):
        raise TargetBusy("GET /tasks: the answer has no list of tasks in it", code="not-a-list")
    return found


def following(page: Mapping[str, Any]) -> dict[str, str]:
    """What the next page is asked for with, beside what the first was; nothing after the last.

    Of the link that Workiva gives its query is all that is used: our token goes to the host that it
    is set for, and to no other. Raises TargetBusy when it leads nowhere.
    """
    link = page.get("@nextLink")
    if not link:
        return {}
    try:
        query = dict(parse_qsl(urlsplit(str(link)).query))
    except ValueError:
        # No address that there can be.
        query = {}
    if not query.get("$next"):
        raise TargetBusy("GET /tasks: its @nextLink has no $next in it", code="not-a-list")
    return query


def _family(request: Request, status: int, own: str) -> type[TargetFailed]:
    if status in _BUSY_STATUSES or status == _UNAUTHORIZED:
        return TargetBusy
    if status == _UNAVAILABLE and own == _OVERLOADED:
        return TargetBusy
    if status >= _SERVER:
        return TargetUnknown if request.writes else TargetBusy
    return TargetGone if _is_gone(request, status, own) else TargetRefused


def _is_gone(request: Request, status: int, own: str) -> bool:
    """By Workiva's own word only: a proxy's 404, or a wrong base URL, says nothing of a task."""
    return status == _NOT_FOUND and bool(own) and request.path.count("/") > 1


def _code(request: Request, status: int, own: str) -> str:
    if status == _UNAUTHORIZED:
        return TOKEN_REJECTED
    if _REDIRECT <= status < _BAD:
        return "redirected"
    return "not-found" if _is_gone(request, status, own) else own or f"status-{status}"


def _success(request: Request, status: int, content: bytes, trace_id: str) -> Any:
    """The JSON object of a successful answer; None when there is none.

    Something else (a proxy's page) must not be read as an empty list: "certainly not there"
    would be concluded from it, and a write made twice. What was created has to be told, by its id.
    """
    unsure = TargetUnknown if request.writes else TargetBusy
    said, word = f"{request.method} {request.path}: {status}", "not-json"
    if status == _ACCEPTED:
        message = f"{said}: it is done later, or not"
        raise unsure(message, code="accepted", trace_id=trace_id, status=status)
    creates = request.method == "POST" and request.path == "/tasks"
    if not content and not creates and status != _CREATED:
        return None
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"{said}, and the answer is not JSON: {error}; {_URL}"
        raise unsure(message, code=word, trace_id=trace_id, status=status) from error
    if not isinstance(found, dict):
        message = f"{said}, and the answer is not an object"
        raise unsure(message, code="not-an-object", trace_id=trace_id, status=status)
    if creates and not is_id(found.get("id")):
        message = f"{said}, and the answer has no id of the task in it"
        raise unsure(message, code="no-id", trace_id=trace_id, status=status)
    return found


def _said(request: Request, status: int, own: str, body: Mapping[str, Any]) -> str:
    """What happened, in Workiva's words: they begin with the status."""
    word = own if own.startswith(str(status)) else f"{status} {own}".strip()
    parts = [str(body.get("message") or ""), *_details(body)]
    told = "; ".join(part for part in parts if part)
    return f"{request.method} {request.path}: {word}{f': {told}' if told else ''}"


def _details(body: Mapping[str, Any]) -> Iterator[str]:
    details = body.get("details")
    for detail in details[:_MOST_DETAILS] if isinstance(details, list) else ():
        if isinstance(detail, dict):
            target, code, message = (
                str(detail.get(k) or "") for k in ("target", "code", "message")
            )
            parts = (target and f"{target}:", message, code and f"({code})")
            yield " ".join(part for part in parts if part)


def _hint(request: Request, status: int, headers: Mapping[str, str]) -> str:
    """What to look at, where Workiva's words do not say it."""
    if _REDIRECT <= status < _BAD:
        return f"; it leads to {headers.get('Location')}; {_URL}"
    if status == _FORBIDDEN:
        scope = "task:write" if request.writes else "task:read"
        return f"; the grant needs the scope {scope}, and its user the right to do it"
    if status == _NOT_FOUND:
        # What is gone by Workiva's own word needs no hint, and is settled.
        return f"; does its location exist, and {_URL}"
    return "; is WORKIVA_API one that Workiva still has?" if status == _GONE else ""


def _decoded(content: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        # A proxy's page: the status says all there is.
        return {}
    return found if isinstance(found, dict) else {}
