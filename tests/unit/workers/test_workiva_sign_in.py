"""What the answer to a sign-in at Workiva means."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from webhooks.errors import TargetBusy
from workers.targets.signing import Signed, Turn
from workers.targets.workiva_token import deciphered

SECRET = "a/secret=="
#: as Workiva documents it
GIVEN = {
    "access_token": "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmVk",
    "expires_in": 599,
    "scope": "task:read task:write",
    "token_type": "bearer",
}


def signed(status: int, body: Any, **headers: str) -> Signed:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return deciphered("/oauth2/token", status, httpx.Headers(named), content, secret=SECRET)


def failure(status: int, body: Any, **headers: str) -> TargetBusy:
    with pytest.raises(TargetBusy) as failed:
        signed(status, body, **headers)
    return failed.value


def test_a_token_is_asked_for_anew_a_minute_before_its_end() -> None:
    long = signed(200, GIVEN | {"expires_in": 3600})

    assert long.token == GIVEN["access_token"]
    assert (long.life_ms, long.early_ms) == (3_600_000, 60_000)


@pytest.mark.parametrize(
    ("told", "life_ms", "early_ms"),
    [
        (599, 599_000, 59_900),  # a tenth is less than a minute
        ("599", 599_000, 59_900),
        (10, 10_000, 1_000),
        (None, 599_000, 59_900),
        (0, 599_000, 59_900),
        (-5, 599_000, 59_900),
        ("soon", 599_000, 59_900),
        ([], 599_000, 59_900),
        (1e12, 86_400_000, 60_000),
        ("nan", 599_000, 59_900),
    ],
)
def test_a_life_that_is_not_said_is_the_usual_one(
    told: object, life_ms: int, early_ms: int
) -> None:
    found = signed(200, GIVEN | {"expires_in": told})

    assert (found.life_ms, found.early_ms) == (life_ms, early_ms)


@pytest.mark.parametrize("scope", [None, "", "task:write", "task:read task:write", 7])
def test_a_token_that_is_good_for_writing_tasks_is_taken(scope: object) -> None:
    assert signed(200, GIVEN | {"scope": scope}).token == GIVEN["access_token"]


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (
            401,
            {"error": "invalid_client"},
            "token-rejected",
            "POST /oauth2/token: 401 invalid_client",
        ),
        (
            400,
            {"error": "invalid_grant", "error_description": "the grant has expired"},
            "token-rejected",
            "POST /oauth2/token: 400 invalid_grant: the grant has expired",
        ),
        (
            403,
            {"code": "403Forbidden", "message": "not from this address"},
            "token-rejected",
            "POST /oauth2/token: 403 403Forbidden: not from this address",
        ),
        (
            200,
            GIVEN | {"scope": "task:read"},
            "token-rejected",
            "POST /oauth2/token: 200, but the token is good for 'task:read' only, not task:write",
        ),
        (500, b"", "status-500", "POST /oauth2/token: 500"),
        (429, {"error": "slow_down"}, "status-429", "POST /oauth2/token: 429 slow_down"),
        (
            404,
            b"<html>",
            "no-token",
            "POST /oauth2/token: 404; is WORKIVA_API_URL right?",
        ),
        (302, b"", "no-token", "POST /oauth2/token: 302; is WORKIVA_API_URL right?"),
        (
            200,
            b"<html>",
            "no-token",
            "POST /oauth2/token: 200, and no token in the answer; is WORKIVA_API_URL right?",
        ),
        (
            200,
            {"access_token": "line\nbreak"},
            "no-token",
            "POST /oauth2/token: 200, and no token in the answer; is WORKIVA_API_URL right?",
        ),
    ],
)
def test_what_is_no_token_says_whose_fault_it_is(
    status: int, body: Any, code: str, message: str
) -> None:
    failed = failure(status, body)

    assert (failed.code, failed.status, str(failed)) == (code, status, message)


@pytest.mark.parametrize("name", ["error", "error_description", "message"])
def test_the_secret_is_not_told_however_it_is_written(name: str) -> None:
    raw = b'{"%s": "not a\\/secret\\u003d="}' % name.encode()

    assert str(failure(401, raw)) == "POST /oauth2/token: 401 not ..."


def test_the_pause_a_sign_in_asks_for_is_told() -> None:
    assert failure(429, b"", Retry_After="7").retry_after_s == 7
    assert failure(503, b"", Retry_After="9").retry_after_s == 9


def test_a_token_is_not_shown() -> None:
    token = str(GIVEN["access_token"])
    found = [signed(200, GIVEN), Turn(token, "mark")]

    assert token not in f"{found}"
