"""From an answer of awork's to what becomes of the event: the page "Failing", row by row."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from webhooks.errors import TargetFailed
from workers.retry import GiveUp, RetryIn, decide
from workers.targets.answers import decipher
from workers.targets.http import Request

READ, WRITE = Request("GET", "/tasks/t"), Request("POST", "/tasks", {"name": "x"})
#: that of the gateway has no code of its own, and its word is inside the message
GATEWAY = {"message": {"description": "The token is not valid.", "code": "unauthorized"}}


def code(word: str) -> dict[str, Any]:
    """An error as awork shapes it."""
    return {"code": word, "description": "no"}


def met(
    request: Request, status: int, body: object = None, headers: dict[str, str] | None = None
) -> TargetFailed:
    content = b"" if body is None else msgspec.json.encode(body)
    with pytest.raises(TargetFailed) as failed:
        decipher(request, status, headers or {}, content)
    return failed.value


def decided(failed: TargetFailed, *, attempt: int = 0) -> RetryIn | GiveUp:
    return decide(failed, attempt=attempt, tried_for_s=0.0, jitter=lambda longest_s: longest_s)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit-Reset": "7"}, 8),  # 7 asked + up to 1
        ({"Retry-After": "30"}, 31),
        ({"RateLimit-Reset": "7", "Retry-After": "30"}, 31),  # the later
        ({"RateLimit-Reset": "40", "Retry-After": "30"}, 41),
        ({"RateLimit-Reset": "0", "Retry-After": "0"}, 1),
        ({"RateLimit-Reset": "soon", "Retry-After": "30"}, 31),
        ({"Retry-After": "99999999"}, 3601),  # a mistake of whoever asks for it: an hour
        ({}, 1),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
def test_a_429_waits_for_the_later_of_its_headers(
    request_: Request, headers: dict[str, str], seconds: float
) -> None:
    assert decided(met(request_, 429, headers=headers)) == RetryIn(seconds)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (502, None),
        (503, None),
        (504, None),
        (599, None),
        (500, code("server-error")),
        (400, code("database-commit")),
        (400, code("server-error")),
    ],
)
def test_what_passes_and_may_have_been_applied_is_tried_again_after_a_look(
    status: int, body: object
) -> None:
    read, write = (met(request, status, body) for request in (READ, WRITE))

    assert decided(read) == RetryIn(1)
    # 5 s between two looks, + up to 1
    assert decided(write) == RetryIn(6)
    assert (read.reason, write.reason) == ("target-busy", "outcome-unknown")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, code("concurrency-violation")),
        (409, code("concurrency-violation")),
        (408, None),
        (425, None),
        (401, GATEWAY),  # the token is ours to mend, so the event waits
        (401, None),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
def test_what_passes_and_was_not_applied_is_tried_again(
    request_: Request, status: int, body: object
) -> None:
    waits = [decided(met(request_, status, body), attempt=attempt) for attempt in (0, 1, 9, 10, 99)]

    # Full jitter: anything up to 1, 2, 4 ... s, and never more than a quarter of an hour.
    assert waits == [RetryIn(1), RetryIn(2), RetryIn(512), RetryIn(900), RetryIn(900)]


@pytest.mark.parametrize("word", ["not-found", "entity-archived", "deactivated-user"])
@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
def test_what_awork_says_is_gone_is_gone(request_: Request, status: int, word: str) -> None:
    assert decided(met(request_, status, code(word))) == GiveUp("gone")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, code("illegal-property-transition")),
        (400, code("required")),
        (400, {"validationErrors": [{"property": "name", "message": "is empty"}]}),
        (400, None),
        (401, code("unauthorized")),  # a permission is missing
        (403, code("forbidden")),
        (404, None),  # a proxy's, or a wrong base URL: says nothing about the object
        (404, {"error": "no route"}),
        (405, None),
        (409, None),
        (413, None),
        (415, None),
        (302, None),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
def test_the_rest_is_for_good(request_: Request, status: int, body: object) -> None:
    assert decided(met(request_, status, body)) == GiveUp("target-refused")
