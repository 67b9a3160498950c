"""What the errors of the HTTP client mean, and what a request is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from webhooks.errors import TargetBusy, TargetFailed, TargetUnknown
from workers.targets.http import NOT_SENT, TIMEOUTS, UNKNOWN, Request, client, exchange

GET, POST = Request("GET", "/me"), Request("POST", "/tasks", {"name": "x"})


def leaves(cls: type[httpx.TransportError]) -> Iterator[type[httpx.TransportError]]:
    """The classes below this one that have none below them: what httpx raises."""
    below = cls.__subclasses__()
    for one in below:
        yield from leaves(one)
    if not below:
        yield cls


EVERY = sorted(leaves(httpx.TransportError), key=lambda cls: cls.__name__)
EACH = pytest.mark.parametrize("error", EVERY, ids=lambda cls: cls.__name__)


def meaning(error: type[httpx.TransportError], request: Request) -> TargetFailed:
    def raising(sent: httpx.Request) -> httpx.Response:
        raise error("no luck", request=sent)

    with (
        client(
            "http://awork", {}, connections=1, transport=httpx.MockTransport(raising)
        ) as testing,
        pytest.raises(TargetFailed) as failed,
    ):
        exchange(testing, request)
    assert isinstance(failed.value.__cause__, error)
    return failed.value


@EACH
def test_every_error_of_the_client_has_exactly_one_meaning(
    error: type[httpx.TransportError],
) -> None:
    """Fails when httpx gains an error that is not mapped."""
    assert [error in NOT_SENT, error in UNKNOWN].count(True) == 1


def test_no_meaning_is_given_to_a_whole_family() -> None:
    """A parent class in the tuples would quietly cover errors that are new."""
    assert {*NOT_SENT, *UNKNOWN} == set(EVERY)


@EACH
def test_a_read_that_was_not_answered_may_be_repeated(error: type[httpx.TransportError]) -> None:
    failed = meaning(error, GET)

    assert isinstance(failed, TargetBusy)
    assert failed.code == ("not-sent" if error in NOT_SENT else "no-answer")
    assert failed.retry_after_s is None


@EACH
def test_a_write_is_busy_only_when_it_was_certainly_not_sent(
    error: type[httpx.TransportError],
) -> None:
    failed = meaning(error, POST)

    expected: tuple[type[TargetFailed], str] = (
        (TargetBusy, "not-sent") if error in NOT_SENT else (TargetUnknown, "no-answer")
    )
    assert (type(failed), failed.code) == expected
    # This one quotes the header it could not send, and that may be the token.
    told = "" if error is httpx.LocalProtocolError else ": no luck"
    assert str(failed) == f"POST /tasks: {error.__name__}{told}"


@pytest.mark.parametrize(
    ("method", "writes"),
    [("GET", False), ("POST", True), ("PUT", True), ("DELETE", True), ("PATCH", True)],
)
def test_everything_but_a_read_writes(method: str, writes: bool) -> None:
    assert Request(method, "/x").writes is writes


def test_the_path_goes_below_the_base_url_with_its_parameters() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    with client(
        "http://awork/api/v1/", {"X-A": "b"}, connections=1, transport=httpx.MockTransport(answer)
    ) as testing:
        exchange(testing, Request("GET", "/users"), {"page": 2})
        exchange(testing, POST)

    assert [str(one.url) for one in seen] == [
        "http://awork/api/v1/users?page=2",
        "http://awork/api/v1/tasks",
    ]
    assert [one.headers["X-A"] for one in seen] == ["b", "b"]
    assert seen[1].read() == b'{"name":"x"}'


def test_a_lease_outlasts_three_of_the_longest_requests() -> None:
    phases = (TIMEOUTS.connect, TIMEOUTS.write, TIMEOUTS.read, TIMEOUTS.pool)

    assert sum(phase or 0 for phase in phases) * 3 <= 60


A, B = "00000000-0000-4000-8000-0000000000ab", "00000000-0000-4000-8000-0000000000cd"


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (Request("POST", f"/tasks/{A}/comments", {"message": "x"}), {A}),
        (Request("POST", "/timeentries", {"taskId": A, "users": [{"id": B.upper()}]}), {A, B}),
        (Request("POST", "/tasks", {"name": "x"}), set()),
        (Request("DELETE", f"/tasks/{A}"), {A}),
    ],
)
def test_a_request_names_the_ids_in_its_path_and_its_body(
    request_: Request, named: set[str]
) -> None:
    assert request_.named == named


@pytest.mark.parametrize(("request_", "family"), [(GET, TargetBusy), (POST, TargetUnknown)])
def test_an_answer_that_cannot_be_unpacked_is_none(
    request_: Request, family: type[TargetFailed]
) -> None:
    def garbled(_request: httpx.Request) -> httpx.Response:
        packed = {"Content-Encoding": "gzip"}
        return httpx.Response(200, headers=packed, stream=httpx.ByteStream(b"not packed"))

    with (
        client("http://awork", {}, connections=1, transport=httpx.MockTransport(garbled)) as one,
        pytest.raises(family, match="DecodingError"),
    ):
        exchange(one, request_)
