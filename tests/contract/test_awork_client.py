"""What awork's answers mean. Its error shapes are those of its documentation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from webhooks.errors import TargetBusy, TargetFailed, TargetGone, TargetRefused, TargetUnknown
from workers.targets.answers import decipher
from workers.targets.http import Answer, Request

GET, POST = Request("GET", "/tasks/t1"), Request("POST", "/tasks", {"name": "x"})
Family = type[TargetFailed]
_GATEWAY_401 = {"message": {"description": "The token is not valid.", "code": "unauthorized"}}


def answered(
    status: int,
    body: Any = None,
    *,
    request: Request = POST,
    headers: dict[str, str] | None = None,
    raw: bytes | None = None,
) -> Answer:
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    return decipher(request, status, httpx.Headers(headers or {}), content)


def failure(status: int, body: Any = None, **rest: Any) -> TargetFailed:
    with pytest.raises(TargetFailed) as failed:
        answered(status, body, **rest)
    return failed.value


def code(word: str) -> dict[str, str]:
    return {"code": word, "description": "because"}


@pytest.mark.parametrize(
    ("status", "raw", "expected"),
    [
        (200, b'{"id": "t1"}', {"id": "t1"}),
        (200, b"[]", []),
        (201, b'{"id": "t1"}', {"id": "t1"}),
        (204, b"", None),
        (207, b'{"ok": {"ids": ["a"]}}', {"ok": {"ids": ["a"]}}),
    ],
)
def test_a_success_is_its_body(status: int, raw: bytes, expected: object) -> None:
    answer = answered(status, raw=raw, headers={"aw-totalitems": "3"})

    assert (answer.status, answer.json) == (status, expected)
    assert answer.headers["AW-TotalItems"] == "3"


@pytest.mark.parametrize(
    ("status", "body", "of_read", "of_write", "word"),
    [
        (400, code("concurrency-violation"), TargetBusy, TargetBusy, "concurrency-violation"),
        (400, code("database-commit"), TargetBusy, TargetUnknown, "database-commit"),
        (400, code("server-error"), TargetBusy, TargetUnknown, "server-error"),
        (400, code("not-found"), TargetGone, TargetGone, "not-found"),
        (400, code("entity-archived"), TargetGone, TargetGone, "entity-archived"),
        (400, code("deactivated-user"), TargetGone, TargetGone, "deactivated-user"),
        (400, code("invalid-model"), TargetRefused, TargetRefused, "invalid-model"),
        (400, None, TargetRefused, TargetRefused, "status-400"),
        (401, _GATEWAY_401, TargetBusy, TargetBusy, "token-rejected"),
        (401, {"message": "Unauthorized"}, TargetBusy, TargetBusy, "token-rejected"),
        (401, None, TargetBusy, TargetBusy, "token-rejected"),
        (401, code("unauthorized"), TargetRefused, TargetRefused, "unauthorized"),
        (403, code("forbidden"), TargetRefused, TargetRefused, "forbidden"),
        (404, code("not-found"), TargetGone, TargetGone, "not-found"),
        (404, None, TargetRefused, TargetRefused, "status-404"),  # a proxy's, or a wrong address
        (429, {"message": "API rate limit exceeded"}, TargetBusy, TargetBusy, "rate-limit"),
        (429, None, TargetBusy, TargetBusy, "rate-limit"),
        (500, code("server-error"), TargetBusy, TargetUnknown, "server-error"),
        (500, None, TargetBusy, TargetUnknown, "status-500"),
        (502, None, TargetBusy, TargetUnknown, "status-502"),
        (503, code("concurrency-violation"), TargetBusy, TargetBusy, "concurrency-violation"),
        (503, None, TargetBusy, TargetUnknown, "status-503"),
        (400, [1, 2], TargetRefused, TargetRefused, "status-400"),
        (400, "text", TargetRefused, TargetRefused, "status-400"),
    ],
)
def test_each_refusal_has_its_meaning(
    status: int, body: Any, of_read: Family, of_write: Family, word: str
) -> None:
    read, write = failure(status, body, request=GET), failure(status, body)

    assert (type(read), read.code, read.status) == (of_read, word, status)
    assert (type(write), write.code, write.status) == (of_write, word, status)


@pytest.mark.parametrize("raw", [b"", b"<html><h1>Bad gateway</h1></html>", b'{"cut', b"\xff\xfe"])
@pytest.mark.parametrize(("status", "family"), [(502, TargetUnknown), (400, TargetRefused)])
def test_an_answer_that_is_no_json_is_judged_by_its_status(
    status: int, family: Family, raw: bytes
) -> None:
    failed = failure(status, raw=raw)

    assert (type(failed), str(failed)) == (family, f"POST /tasks: {status} status-{status}: ")


def test_a_body_nested_without_end_is_no_json() -> None:
    assert type(failure(502, raw=b"[" * 100_000)) is TargetUnknown


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            400,
            {
                "code": "invalid-model",
                "description": "The model is invalid.",
                "validationErrors": [
                    {"property": "Name", "message": "is too long"},
                    {"property": "DueOn", "message": "is before StartOn"},
                    "something else",
                ],
            },
            "POST /tasks: 400 invalid-model: The model is invalid.; Name: is too long; "
            "DueOn: is before StartOn",
        ),
        (401, _GATEWAY_401, "POST /tasks: 401 token-rejected: The token is not valid."),
        (
            429,
            {"message": "API rate limit exceeded"},
            "POST /tasks: 429 rate-limit: API rate limit exceeded",
        ),
    ],
)
def test_the_message_has_what_awork_said(status: int, body: Any, message: str) -> None:
    assert str(failure(status, body)) == message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"RateLimit-Reset": "7"}, 7.0),
        ({"RateLimit-Reset": "7", "Retry-After": "30"}, 30.0),  # the later of the two
        ({"RateLimit-Reset": "31", "Retry-After": "30"}, 31.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "soon", "RateLimit-Reset": "7"}, 7.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),  # in the past
        ({"Retry-After": ""}, None),
    ],
)
def test_a_429_waits_as_long_as_the_later_header_says(
    headers: dict[str, str], seconds: float | None
) -> None:
    failed = failure(429, headers=headers)

    assert isinstance(failed, TargetBusy)
    assert failed.retry_after_s == seconds


def test_retry_after_may_be_a_date() -> None:
    at = datetime.now(UTC) + timedelta(hours=1)

    failed = failure(429, headers={"Retry-After": format_datetime(at, usegmt=True)})

    assert isinstance(failed, TargetBusy)
    assert failed.retry_after_s == pytest.approx(3600, abs=60)


@pytest.mark.parametrize("text", ["Wed, 21 Oct 2015 07:28:00 -0000", "Wed, 21 Oct 2015 07:28:00"])
def test_a_retry_after_without_a_zone_is_a_date_too(text: str) -> None:
    failed = failure(429, headers={"Retry-After": text})

    assert isinstance(failed, TargetBusy)


def test_a_wait_is_only_taken_from_a_429() -> None:
    failed = failure(503, headers={"Retry-After": "30"}, request=GET)

    assert isinstance(failed, TargetBusy)
    assert failed.retry_after_s is None


@pytest.mark.parametrize(
    ("headers", "body", "trace_id"),
    [
        ({}, code("x"), ""),
        ({"trace-id": "from-header"}, code("x"), "from-header"),
        ({"request-id": "r", "traceparent": "p"}, code("x"), "p"),
        ({"X-Correlation-Id": "c"}, code("x"), "c"),
        ({"trace-id": "from-header"}, code("x") | {"traceId": "from-body"}, "from-body"),
        ({"trace-id": "from-header"}, [], "from-header"),
    ],
)
def test_the_trace_id_is_what_aworks_support_asks_for(
    headers: dict[str, str], body: Any, trace_id: str
) -> None:
    assert failure(400, body, headers=headers).trace_id == trace_id


def test_a_success_has_its_trace_id_too() -> None:
    assert answered(200, {"id": "t1"}, headers={"trace-id": "abc"}).trace_id == "abc"


@pytest.mark.parametrize("trace_id", [None, 7, {"a": 1}])
def test_a_trace_id_is_always_text(trace_id: object) -> None:
    """Anything else could be written into the event's record, and never be read again."""
    body = code("x") | {"traceId": trace_id}

    failed = failure(400, body, headers={"trace-id": "from-header"})

    assert isinstance(failed.trace_id, str)


@pytest.mark.parametrize("errors", [5, True])
def test_validation_errors_of_another_shape_are_passed_over(errors: object) -> None:
    assert type(failure(400, code("x") | {"validationErrors": errors})) is TargetRefused


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_no_success(status: int) -> None:
    """An address with http:// instead of https:// must not count every write as done."""
    failed = failure(status, headers={"Location": "https://api.awork.com/api/v1/tasks"})

    assert isinstance(failed, TargetRefused)
    assert failed.code == "redirected"
    assert "to https://api.awork.com/api/v1/tasks; is AWORK_API_URL right?" in str(failed)


def test_a_success_that_cannot_be_read_is_not_an_empty_list() -> None:
    """A proxy's page must not mean "certainly not there": the write would be made twice."""
    failed = failure(200, raw=b"<html>Please log in</html>", request=GET)

    assert isinstance(failed, TargetBusy)
