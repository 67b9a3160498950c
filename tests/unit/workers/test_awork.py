"""Reading lists, keeping to awork's budget, counting requests, and keeping the token secret."""

from __future__ import annotations

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.unit.workers.answering import TOKEN, Answering
from webhooks.errors import BudgetSpent, TargetBusy, TargetFailed, TargetRefused
from workers.targets.awork import PAGE_SIZE, Awork, Connection
from workers.targets.http import Request


def pages(total: int, *, counted: bool = True) -> Answering:
    """A list of `total` numbers; counted: with awork's aw-* headers."""

    def answer(request: httpx.Request) -> httpx.Response:
        page, size = (int(request.url.params[name]) for name in ("page", "pageSize"))
        shown = list(range(total))[(page - 1) * size : page * size]
        headers = {"aw-page": str(page), "aw-totalitems": str(total)} if counted else {}
        return httpx.Response(200, json=shown, headers=headers)

    return Answering(answer)


@pytest.mark.parametrize(
    ("total", "requests"),
    [
        (0, 1),
        (999, 1),
        (1000, 1),  # a full page, and the total says that this is all
        (1001, 2),
        (2000, 2),
        (2500, 3),
    ],
)
def test_a_list_is_read_to_its_end_and_no_further(total: int, requests: int) -> None:
    server = pages(total)

    with server.awork() as awork:
        found = awork.list("/things", filterby="a eq 1")

    assert found == list(range(total))
    assert [dict(request.url.params) for request in server.asked] == [
        {"page": str(page), "pageSize": str(PAGE_SIZE), "filterby": "a eq 1"}
        for page in range(1, requests + 1)
    ]


def test_a_list_without_a_total_is_one_page() -> None:
    """Some lists of awork have no paging: they answer everything at once, however much it is."""
    server = Answering(lambda _request: httpx.Response(200, json=list(range(1500))))

    with server.awork() as awork:
        found = awork.list("/taskschedules")

    assert (len(found), len(server.asked)) == (1500, 1)


def test_a_short_page_ends_a_list_whatever_its_total_says() -> None:
    answer = httpx.Response(200, json=[1, 2], headers={"aw-totalitems": "9999"})
    server = Answering(lambda _request: answer)

    with server.awork() as awork:
        found = awork.list("/things")

    assert (found, len(server.asked)) == ([1, 2], 1)


def test_a_list_the_sandbox_gives_in_pages_is_whole() -> None:
    with Sandbox.start() as sandbox:
        connection = Connection(sandbox.url, sandbox.token)
        names = [status["name"] for status in Awork(connection).list(_statuses(sandbox))]
        connection.close()

    assert names == ["To do", "In progress", "Review", "Stuck", "Done"]


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("", 1.0),
        ("soon", 1.0),
        ("1795255200", 60.0),  # a moment in place of seconds: no minute lasts longer than one
    ],
)
def test_when_nothing_is_left_the_next_request_waits_for_the_reset(
    reset: str, seconds: float
) -> None:
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset}
    server = Answering(lambda _request: httpx.Response(200, json={}, headers=headers))

    connection = server.connection()
    Awork(connection).get("/me")
    server.now = seconds - 0.5
    with pytest.raises(BudgetSpent) as held:
        Awork(connection).get("/me")
    sent_meanwhile = len(server.asked)
    server.now = seconds
    Awork(connection).get("/me")
    connection.close()

    assert (held.value.code, held.value.retry_after_s) == ("budget", 0.5)
    assert (sent_meanwhile, len(server.asked)) == (1, 2)


def test_while_something_is_left_nothing_waits() -> None:
    headers = {"RateLimit-Remaining": "1", "RateLimit-Reset": "60"}
    server = Answering(lambda _request: httpx.Response(200, json={}, headers=headers))

    with server.awork() as awork:
        awork.get("/me")
        awork.get("/me")

    assert len(server.asked) == 2


def test_a_pause_one_event_met_holds_all_events_of_the_process() -> None:
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": "9"}
    server = Answering(lambda _request: httpx.Response(429, headers=headers))
    connection = server.connection()

    with pytest.raises(TargetBusy):
        Awork(connection).get("/me")
    with pytest.raises(BudgetSpent):
        Awork(connection).send(Request("POST", "/tasks", {}))
    connection.close()

    assert len(server.asked) == 1


def test_work_that_got_no_request_asks_for_none_again() -> None:
    """It has a place in line; asking again would take a second one."""
    server = Answering(lambda _request: httpx.Response(200, json={}))
    connection = server.connection()
    connection.budget.hold(9)
    awork = Awork(connection)
    with pytest.raises(BudgetSpent) as first:
        awork.get("/me")
    server.now = 10

    with pytest.raises(BudgetSpent) as second:
        awork.get("/me")
    connection.close()

    assert second.value is first.value
    assert server.asked == []


def test_requests_are_counted_by_what_came_of_them() -> None:
    answers = iter([httpx.Response(200, json={}), httpx.Response(404)])

    def answer(_request: httpx.Request) -> httpx.Response:
        if (one := next(answers, None)) is None:
            raise httpx.ConnectError("no")
        return one

    with Answering(answer).awork() as awork:
        awork.get("/me")
        for _ in range(2):
            with pytest.raises(TargetFailed):
                awork.get("/me")

    assert awork.tally == {"api:awork:200": 1, "api:awork:404": 1, "api:awork:not-sent": 1}


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_the_token_is_sent_and_never_shown(status: int) -> None:
    server = Answering(lambda _request: httpx.Response(status, json={"code": "x"}))
    connection = server.connection()

    with pytest.raises(TargetFailed) as failed:
        Awork(connection).send(Request("POST", "/tasks", {}))
    shown = [str(failed.value), repr(failed.value), repr(connection), repr(connection.http)]
    shown += [repr(connection.http.headers), str(vars(failed.value))]
    connection.close()

    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert [text for text in shown if TOKEN in text] == []


def test_a_token_that_is_no_header_is_not_quoted() -> None:
    """A newline at the end, as copied from a file: the message is kept and shown on pages."""
    with Sandbox.start() as sandbox:
        connection = Connection(sandbox.url, TOKEN + "\n")
        with pytest.raises((TargetBusy, TargetRefused)) as failed:
            Awork(connection).get("/me")
        connection.close()

    assert TOKEN not in str(failed.value)


def _statuses(sandbox: Sandbox) -> str:
    return f"/projects/{next(iter(sandbox.world.projects))}/taskstatuses"


@pytest.mark.parametrize(
    ("date", "at_s"),
    [
        ("Sat, 21 Nov 2026 10:00:00 GMT", 1_795_255_200),
        ("Sat, 21 Nov 2026 11:00:00 +0100", 1_795_255_200),
        ("", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 10:00:00 +99999999999999999999", None),
        ("Thu, 01 Jan 1960 00:00:00 GMT", None),  # before any clock of awork's
    ],
)
def test_the_moment_of_an_answer_is_its_date_if_that_is_one(date: str, at_s: int | None) -> None:
    server = Answering(lambda _request: httpx.Response(200, json={}, headers={"Date": date}))

    with server.awork() as awork:
        known = awork.known("/me")

    assert known.at_us == (None if at_s is None else at_s * 1_000_000)
