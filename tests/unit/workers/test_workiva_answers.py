"""What Workiva's answers mean. Its error shapes are those of its documentation."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from webhooks.errors import TargetBusy, TargetFailed, TargetGone, TargetRefused, TargetUnknown
from workers.targets.http import Answer, Request
from workers.targets.workiva_answers import decipher

Family = type[TargetFailed]
TOKEN = "a/token=="
GET = Request("GET", "/tasks/t1", target="workiva")
LIST = Request("GET", "/tasks", target="workiva")
POST = Request("POST", "/tasks", {"title": "x"}, target="workiva")
PATCH = Request("PATCH", "/tasks/t1", [], target="workiva")
ACT = Request("POST", "/tasks/t1/actionSubmission", {"action": "SUBMIT"}, target="workiva")


def answered(
    status: int,
    body: Any = None,
    *,
    request: Request = POST,
    headers: dict[str, str] | None = None,
    raw: bytes | None = None,
) -> Answer:
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    return decipher(request, status, httpx.Headers(headers or {}), content, secret=TOKEN)


def failure(status: int, body: Any = None, **rest: Any) -> TargetFailed:
    with pytest.raises(TargetFailed) as failed:
        answered(status, body, **rest)
    return failed.value


def own(code: str) -> dict[str, str]:
    return {"code": code, "message": "because"}


@pytest.mark.parametrize(
    ("status", "request_", "raw", "expected"),
    [
        (201, POST, b'{"id": "t1"}', {"id": "t1"}),
        (200, GET, b'{"id": "t1"}', {"id": "t1"}),
        (200, ACT, b"", None),
        (204, Request("DELETE", "/tasks/t1"), b"", None),
    ],
)
def test_a_success_is_its_object(
    status: int, request_: Request, raw: bytes, expected: object
) -> None:
    answer = answered(status, raw=raw, request=request_, headers={"X-Correlation-Id": "c-1"})

    assert (answer.status, answer.json, answer.trace_id) == (status, expected, "c-1")


@pytest.mark.parametrize(
    ("status", "raw", "code"),
    [
        (200, b"", "not-json"),
        *((201, b'{"id": %s}' % told, "no-id") for told in (b"null", b'""', b"{}", b"true", b"0")),
        (201, b'{"title": "x"}', "no-id"),
    ],
)
def test_a_creation_that_does_not_say_of_what_is_unknown(
    status: int, raw: bytes, code: str
) -> None:
    failed = failure(status, raw=raw)

    assert (type(failed), failed.code, failed.status) == (TargetUnknown, code, status)


@pytest.mark.parametrize(
    ("status", "raw", "code"),
    [
        (201, b"<html>a proxy's page</html>", "not-json"),
        (201, b"", "not-json"),  # made, and not said as what
        (200, b"[]", "not-an-object"),
        (202, b'{"id": "t1"}', "accepted"),
        (202, b"", "accepted"),
    ],
)
def test_a_success_that_says_nothing_is_unknown_for_a_write_and_nothing_for_a_read(
    status: int, raw: bytes, code: str
) -> None:
    write, read = failure(status, raw=raw), failure(status, raw=raw, request=GET)

    assert (type(write), write.code, write.status) == (TargetUnknown, code, status)
    assert (type(read), read.code, read.status) == (TargetBusy, code, status)


@pytest.mark.parametrize(
    ("status", "body", "for_write", "for_read", "code"),
    [
        # the seed's table
        (400, own("400BadRequest"), TargetRefused, TargetRefused, "400BadRequest"),
        (401, own("401Unauthorized"), TargetBusy, TargetBusy, "token-rejected"),
        (401, None, TargetBusy, TargetBusy, "token-rejected"),
        (403, own("403Forbidden"), TargetRefused, TargetRefused, "403Forbidden"),
        (409, own("409Conflict"), TargetBusy, TargetBusy, "409Conflict"),
        (429, own("429TooManyRequests"), TargetBusy, TargetBusy, "429TooManyRequests"),
        (
            500,
            own("500InternalServerError"),
            TargetUnknown,
            TargetBusy,
            "500InternalServerError",
        ),
        (503, own("503ServiceUnavailable"), TargetBusy, TargetBusy, "503ServiceUnavailable"),
        # a gateway's, which may have passed it on
        (503, None, TargetUnknown, TargetBusy, "status-503"),
        (502, None, TargetUnknown, TargetBusy, "status-502"),
        (504, None, TargetUnknown, TargetBusy, "status-504"),
        # HTTP's
        (408, None, TargetBusy, TargetBusy, "status-408"),
        (425, None, TargetBusy, TargetBusy, "status-425"),
        (429, None, TargetBusy, TargetBusy, "status-429"),
        (301, None, TargetRefused, TargetRefused, "redirected"),
        (410, None, TargetRefused, TargetRefused, "status-410"),
        (413, None, TargetRefused, TargetRefused, "status-413"),
        (422, own("422"), TargetRefused, TargetRefused, "422"),
    ],
)
def test_an_error_says_whether_it_may_have_been_applied(
    status: int, body: Any, for_write: Family, for_read: Family, code: str
) -> None:
    write, read = failure(status, body), failure(status, body, request=GET)

    assert (type(write), write.code, write.status) == (for_write, code, status)
    assert (type(read), read.code, read.status) == (for_read, code, status)


@pytest.mark.parametrize(
    ("request_", "body", "family", "code"),
    [
        (GET, own("404NotFound"), TargetGone, "not-found"),
        (PATCH, own("404NotFound"), TargetGone, "not-found"),
        (ACT, own("404NotFound"), TargetGone, "not-found"),
        (POST, own("404NotFound"), TargetRefused, "404NotFound"),
        (LIST, own("404NotFound"), TargetRefused, "404NotFound"),
        # not Workiva's word: the URL may be wrong, and every task would be gone
        (PATCH, None, TargetRefused, "status-404"),
        (GET, "not an object", TargetRefused, "status-404"),
    ],
)
def test_a_task_is_gone_by_workivas_own_word_only(
    request_: Request, body: Any, family: Family, code: str
) -> None:
    failed = failure(404, body, request=request_)

    assert (type(failed), failed.code) == (family, code)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "1000000"}, 3600.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [409, 429, 503])
def test_the_pause_it_asks_for_is_told(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    failed = failure(status, own("503ServiceUnavailable"), headers=headers)

    assert isinstance(failed, TargetBusy)
    assert failed.retry_after_s == seconds


def test_a_refusal_does_not_tell_the_token_however_it_is_written() -> None:
    raw = rb'{"code": "400", "message": "a\/token== and a/token\u003d\u003d and \u0061/token=="}'

    assert str(failure(400, raw=raw)) == "POST /tasks: 400: ... and ... and ..."


def test_a_refusal_is_told_in_workivas_words() -> None:
    flaws = [
        {"code": "InvalidUser", "message": "There is no such user", "target": "assignees[0]"},
        {"message": "It is too long", "target": "title"},
        {"code": "Odd"},
        "odd",
    ]
    body = {"code": "400BadRequest", "message": "The request was unacceptable", "details": flaws}

    failed = failure(400, body, headers={"x-request-id": "r-1"})

    assert str(failed) == (
        "POST /tasks: 400BadRequest: The request was unacceptable; assignees[0]: There is no such"
        " user (InvalidUser); title: It is too long; (Odd)"
    )
    assert failed.trace_id == "r-1"


@pytest.mark.parametrize(
    ("status", "body", "request_", "headers", "expected"),
    [
        (
            403,
            own("403Forbidden"),
            POST,
            {},
            "POST /tasks: 403Forbidden: because; the grant needs the scope task:write, and its user"
            " the right to do it",
        ),
        (
            403,
            None,
            LIST,
            {},
            "GET /tasks: 403; the grant needs the scope task:read, and its user the right to do it",
        ),
        (
            404,
            own("404NotFound"),
            POST,
            {},
            "POST /tasks: 404NotFound: because; does its location exist, and is WORKIVA_API_URL"
            " right?",
        ),
        (
            301,
            None,
            POST,
            {"Location": "https://elsewhere.example/"},
            "POST /tasks: 301; it leads to https://elsewhere.example/; is WORKIVA_API_URL right?",
        ),
        (410, None, POST, {}, "POST /tasks: 410; is WORKIVA_API one that Workiva still has?"),
        (500, own("Odd"), PATCH, {}, "PATCH /tasks/t1: 500 Odd: because"),
    ],
)
def test_the_way_out_is_told_where_workivas_words_do_not(
    status: int, body: Any, request_: Request, headers: dict[str, str], expected: str
) -> None:
    assert str(failure(status, body, request=request_, headers=headers)) == expected
