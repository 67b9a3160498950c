"""How Workiva is asked: what is sent where, and what is read of its answers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.workivas import CREATE, FINE, READ, URL, Workivas, reply, wrong
from webhooks.errors import TargetBusy, TargetGone, TargetRefused, TargetUnknown
from webhooks.store import keys
from webhooks.store.client import Client
from workers.targets.http import Answer, Request
from workers.targets.workiva_api import CURRENT, PROTOTYPE, Api

ALL = "title eq 'x'"


@pytest.fixture
def workivas(client: Client) -> Workivas:
    return Workivas(client)


@pytest.mark.parametrize(
    ("api", "version", "signs_in_at", "asks_at"),
    [
        (CURRENT, "2026-01-01", "/oauth2/token", "/tasks"),
        (PROTOTYPE, "2022-01-01", "/iam/v1/oauth2/token", "/prototype/platform/tasks"),
    ],
)
def test_each_api_is_asked_at_its_own_place_with_its_own_version(
    workivas: Workivas, api: Api, version: str, signs_in_at: str, asks_at: str
) -> None:
    answer = workivas.worker(api=api).send(CREATE)

    sign_in, create = workivas.called
    assert answer.json == {"id": "t1"}
    assert (str(sign_in.url), str(create.url)) == (URL + signs_in_at, URL + asks_at)
    assert [one.headers["X-Version"] for one in (sign_in, create)] == [version] * 2
    assert sign_in.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sign_in.content == (
        b"grant_type=client_credentials&client_id=grant-1&client_secret=the-secret-of-the-grant"
    )
    assert "Authorization" not in sign_in.headers
    assert create.headers["Authorization"] == "Bearer token-number-1"
    assert create.headers["Content-Type"] == create.headers["Accept"] == "application/json"
    assert json.loads(create.content) == CREATE.json


def test_what_is_asked_is_counted_by_what_came_of_it(workivas: Workivas) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    workivas.replies = [FINE, wrong(409, "Conflict"), silent]
    for _ in range(3):
        workivas.send()

    assert workivas.workers[0].tally == {
        "api:workiva:201": 1,
        "api:workiva:409": 1,
        "api:workiva:no-answer": 1,
    }


@pytest.mark.parametrize(
    ("error", "for_write", "code"),
    [
        (httpx.ConnectError, TargetBusy, "not-sent"),
        (httpx.ReadTimeout, TargetUnknown, "no-answer"),
        (httpx.RemoteProtocolError, TargetUnknown, "no-answer"),
    ],
)
def test_a_request_without_an_answer_may_have_been_applied_or_not(
    workivas: Workivas, error: type[httpx.TransportError], for_write: type, code: str
) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise error("away", request=request)

    workivas.replies = [silent]

    write, read = workivas.failed(), workivas.failed(READ)

    assert (type(write), write.code) == (for_write, code)
    assert (type(read), read.code) == (TargetBusy, code)


def test_one_task_is_an_object_or_gone(workivas: Workivas) -> None:
    workivas.replies = [reply(200, {"id": "t1"}), reply(200), wrong(404, "NotFound")]
    workiva = workivas.workers[0]

    found = workiva.one("/tasks/t1")
    with pytest.raises(TargetBusy) as empty:
        workiva.one("/tasks/t1")
    with pytest.raises(TargetGone) as gone:
        workiva.one("/tasks/t1")

    assert found == {"id": "t1"}
    assert (empty.value.code, gone.value.code) == ("not-an-object", "not-found")


def page(tasks: list[str], link: str | None = None) -> dict[str, Any]:
    following = {} if link is None else {"@nextLink": link}
    return {"data": [{"id": one} for one in tasks], **following}


def test_a_list_is_read_to_its_end(workivas: Workivas) -> None:
    workivas.replies = [
        reply(200, page(["a", "b"], f"{URL}/tasks?%24next=2%2F%3D")),
        reply(200, page(["c"], "/tasks?$next=3")),
        reply(200, page(["d"])),
    ]

    found = workivas.workers[0].found(ALL)

    assert [one["id"] for one in found] == ["a", "b", "c", "d"]
    assert [dict(one.url.params) for one in workivas.asked] == [
        {"$filter": ALL, "$maxpagesize": "1000"},
        {"$filter": ALL, "$maxpagesize": "1000", "$next": "2/="},
        {"$filter": ALL, "$maxpagesize": "1000", "$next": "3"},
    ]


def test_a_link_to_another_host_is_followed_at_our_own(workivas: Workivas) -> None:
    workivas.replies = [
        reply(200, page(["a"], "https://evil.example:8443/other?$next=2")),
        reply(200, page(["b"])),
    ]

    found = workivas.workers[0].found(ALL)

    assert [one["id"] for one in found] == ["a", "b"]
    assert {(one.url.host, one.url.path) for one in workivas.asked} == {
        ("api.workiva.example", "/tasks")
    }


def test_a_list_that_goes_round_ends(workivas: Workivas) -> None:
    workivas.replies = [
        reply(200, page(["a"], "/tasks?$next=2")),
        reply(200, page(["b"], "/tasks?$next=3")),
        reply(200, page(["c"], "/tasks?$next=2")),
    ]

    found = workivas.workers[0].found(ALL)

    assert [one["id"] for one in found] == ["a", "b", "c"]


def test_a_condition_that_is_not_taken_is_left_to_the_caller(workivas: Workivas) -> None:
    workivas.replies = [
        wrong(400, "BadRequest", "title is no property to filter by"),
        reply(200, page(["a"], "/tasks?$next=2")),
        reply(200, page(["b"])),
    ]

    found = workivas.workers[0].found(ALL)

    assert [one["id"] for one in found] == ["a", "b"]
    assert [one.url.params.get("$filter") for one in workivas.asked] == [ALL, None, None]


@pytest.mark.parametrize("status", [414, 431])
def test_a_condition_that_is_too_long_is_left_out(workivas: Workivas, status: int) -> None:
    workivas.replies = [reply(status), reply(200, page(["a"]))]

    found = workivas.workers[0].found(ALL)

    assert [one["id"] for one in found] == ["a"]


def test_of_many_tasks_those_that_fit_are_kept_and_time_is_told_before_each_page(
    workivas: Workivas,
) -> None:
    workivas.replies = [
        reply(200, page(["a", "b"], "/tasks?$next=2")),
        reply(200, page(["c", "b"])),
    ]
    asked: list[int] = []

    found = workivas.workers[0].found(
        ALL, lambda task: task["id"] == "b", between=lambda: asked.append(len(workivas.asked))
    )

    assert [one["id"] for one in found] == ["b", "b"]
    assert asked == [0, 1]


def test_all_tasks_are_listed_once_even_where_listing_is_refused(workivas: Workivas) -> None:
    workivas.replies = [wrong(400, "BadRequest")]
    workiva = workivas.workers[0]

    with pytest.raises(TargetRefused):
        workiva.found("")

    assert len(workivas.asked) == 1


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": ["t1"]}, page(["a"], "/tasks?page=2")]
)
def test_nothing_is_concluded_from_what_is_no_list(
    workivas: Workivas, body: dict[str, Any]
) -> None:
    workivas.replies = [reply(200, body)]

    with pytest.raises(TargetBusy) as failed:
        workivas.workers[0].found(ALL)

    assert failed.value.code == "not-a-list"


def test_five_tasks_that_cannot_be_made_are_five_failures(workivas: Workivas) -> None:
    """They are all made at one path."""
    workivas.replies = [wrong(500, "InternalServerError")]
    for number in range(5):
        workivas.send(Request("POST", "/tasks", {"title": f"Task {number}"}, target="workiva"))

    (problem,) = workivas.problems
    assert problem.cause == "workiva:away"
    assert problem.message == (
        "Workiva answers with errors: POST /tasks: 500InternalServerError: because"
    )
    assert "WORKIVA_API_URL" in problem.way_out


def test_one_task_that_cannot_be_made_stops_no_other(workivas: Workivas) -> None:
    workivas.replies = [*[wrong(500, "InternalServerError")] * 9, FINE]
    for _ in range(9):
        workivas.send(READ)
        workivas.send(CREATE)

    assert isinstance(workivas.send(), Answer)
    assert workivas.problems == []


def test_workiva_answering_is_known_as_long_as_awork(workivas: Workivas, client: Client) -> None:
    workivas.replies = [wrong(502, "BadGateway")]
    workivas.send()

    assert client.ttl(keys.UNNAMED.circuit("workiva")) == 8 * 24 * 3600
