"""What the errors of the HTTP client mean, and what a request is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.unit.workers.notifying import notification, notifier
from webhooks.errors import TargetBusy, TargetFailed, TargetRefused, TargetUnknown
from workers.targets.fates import ERRORS, FATES, Fate
from workers.targets.http import TIMEOUTS, Request, client, exchange

GET, POST = Request("GET", "/me"), Request("POST", "/tasks", {"name": "x"})


#: all that httpx publishes, and so all that it says it may raise
PUBLISHED = {
    one
    for one in (getattr(httpx, name) for name in httpx.__all__)
    if isinstance(one, type) and issubclass(one, Exception)
}
#: what comes of sending a request
SENDING = sorted(
    (one for one in PUBLISHED if issubclass(one, httpx.RequestError)), key=lambda cls: cls.__name__
)
EACH = pytest.mark.parametrize("error", SENDING, ids=lambda cls: cls.__name__)
#: those after which not one byte can have left
NOT_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "LocalProtocolError",
}


def raising(error: type[httpx.RequestError]) -> httpx.MockTransport:
    def answer(sent: httpx.Request) -> httpx.Response:
        raise error("no luck", request=sent)

    return httpx.MockTransport(answer)


def keeping(sent: list[httpx.Request], answer: httpx.Response) -> httpx.MockTransport:
    def take(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    return httpx.MockTransport(take)


def asked(transport: httpx.BaseTransport, request: Request) -> TargetFailed:
    """What is raised when the client is used as awork's is."""
    with (
        client("http://awork", {}, connections=1, transport=transport) as testing,
        pytest.raises(TargetFailed) as failed,
    ):
        exchange(testing, request)
    return failed.value


def notified(transport: httpx.BaseTransport) -> TargetFailed:
    with pytest.raises(TargetFailed) as failed:
        notifier(transport).send(notification("https://chat.example.com/secret"))
    return failed.value


def test_every_error_that_httpx_publishes_has_one_fate() -> None:
    """Fails when httpx gains one, or one that we know is gone."""
    assert set(FATES) == PUBLISHED
    assert {one.__name__ for one, fate in FATES.items() if fate is Fate.NOT_SENT} == NOT_SENT
    assert {one for one in PUBLISHED if not issubclass(one, ERRORS)} == set()


def test_an_error_that_httpx_gains_has_the_fate_of_its_family() -> None:
    class Newer(httpx.NetworkError):
        pass

    assert asked(raising(Newer), POST).code == "no-answer"


@EACH
def test_a_read_that_was_not_answered_may_be_repeated(error: type[httpx.RequestError]) -> None:
    failed = asked(raising(error), GET)

    assert type(failed) is TargetBusy
    assert isinstance(failed.__cause__, error)
    assert failed.code == ("not-sent" if error.__name__ in NOT_SENT else "no-answer")
    assert (failed.retry_after_s, failed.status) == (None, 0)


@EACH
@pytest.mark.parametrize("send", [lambda t: asked(t, POST), notified], ids=["awork", "notify"])
def test_a_write_is_busy_only_when_it_was_certainly_not_sent(
    error: type[httpx.RequestError], send: Callable[[httpx.BaseTransport], TargetFailed]
) -> None:
    failed = send(raising(error))

    expected: tuple[type[TargetFailed], str] = (
        (TargetBusy, "not-sent") if error.__name__ in NOT_SENT else (TargetUnknown, "no-answer")
    )
    assert (type(failed), failed.code) == expected
    # This one quotes the header it could not send, and that may be the token.
    told = "" if error is httpx.LocalProtocolError else ": no luck"
    assert str(failed).endswith(f": {error.__name__}{told}")
    assert "secret" not in str(failed)


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_what_cannot_be_made_a_request_is_refused_for_good_and_not_sent(request_: Request) -> None:
    sent: list[httpx.Request] = []
    transport = keeping(sent, httpx.Response(200))

    failed = asked(transport, replace(request_, path="/tasks/\x00"))

    assert (type(failed), failed.code, sent) == (TargetRefused, "no-request", [])


def test_an_address_that_cannot_be_one_is_refused_and_not_quoted() -> None:
    request = notification("https://chat.example.com/secret")
    request.json["url"] = "https://chat.example.com/\nsecret"

    with pytest.raises(TargetRefused) as refused:
        notifier(raising(httpx.ReadError)).send(request)

    assert str(refused.value) == (
        "POST https://chat.example.com: no request can be made: InvalidURL"
    )
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(("request_", "family"), [(GET, TargetBusy), (POST, TargetUnknown)])
def test_a_redirect_that_leads_nowhere_comes_after_the_request_was_sent(
    request_: Request, family: type[TargetFailed]
) -> None:
    """httpx reads where it leads although it is not followed, and then says InvalidURL."""
    sent: list[httpx.Request] = []
    away = httpx.Response(302, headers={"Location": "mailto:x"})
    transport = keeping(sent, away)

    failed = asked(transport, request_)

    assert isinstance(failed.__cause__, httpx.InvalidURL)
    assert (type(failed), len(sent)) == (family, 1)


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
