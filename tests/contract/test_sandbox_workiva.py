"""The sandbox's Workiva: its two APIs, and the tasks made and read by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.wdesk import (
    EXAMPLE,
    OLD,
    SOMEONE,
    STEP,
    TODAY,
    Caller,
    Moment,
    signed_in,
    wrongs,
)

BOTH = pytest.mark.parametrize("version", [TODAY, OLD])


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(clock=Moment()) as sandbox:
        yield sandbox


@pytest.fixture(name="caller")
def _caller(sandbox: Sandbox) -> Caller:
    return signed_in(sandbox.workiva)


@BOTH
def test_workivas_own_example_becomes_a_task(sandbox: Sandbox, version: str) -> None:
    caller = signed_in(sandbox.workiva, version)

    answer = caller.ask("POST", json=EXAMPLE)

    made = answer.json()
    due = "dueDate" if version == TODAY else "dueAt"
    assert answer.status_code == 201
    assert {name: made[name] for name in EXAMPLE if name not in ("approvalSteps", "dueDate")} == {
        name: value for name, value in EXAMPLE.items() if name not in ("approvalSteps", "dueDate")
    }
    assert made["approvalSteps"] == [{**STEP, "dueDate": "2023-06-11T13:00:00Z", "responses": []}]
    assert (made[due], {"dueDate", "dueAt"} & made.keys()) == (None, {due})
    assert made["created"]["dateTime"] == made["modified"]["dateTime"] == "2026-11-20T08:15:30Z"
    assert made["created"]["user"].keys() == {"id", "displayName", "email"}
    assert made["completed"] == {"dateTime": "2026-11-20T08:15:30Z"}
    assert made["sourceUrl"].endswith(made["id"])
    assert (len(made["id"]), made["owner"]) == (32, made["created"]["user"]["id"])
    assert sandbox.workiva.tasks.keys() == {made["id"]}


def test_a_title_is_all_a_task_needs(caller: Caller) -> None:
    made = caller.made(title="Report")

    assert (made["title"], made["status"], made["description"]) == ("Report", "Created", "")
    assert (made["assignees"], made["approvalSteps"], made["location"]) == ([], [], None)
    assert made["notificationsDisabled"] is False
    assert "completed" not in made


@BOTH
def test_a_task_is_read_by_either_version(sandbox: Sandbox, caller: Caller, version: str) -> None:
    made = caller.made(dueDate="2026-12-01T09:00:00+01:00")

    read = signed_in(sandbox.workiva, version).ask("GET", f"/tasks/{made['id']}")

    assert read.status_code == 200
    assert read.json()["dueDate" if version == TODAY else "dueAt"] == "2026-12-01T08:00:00Z"


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/tasks", {"X-Version": OLD}),
        ("/tasks", {}),
        ("/tasks", {"X-Version": "2025-01-01"}),
        ("/prototype/platform/tasks", {"X-Version": TODAY}),
    ],
)
def test_a_version_that_does_not_fit_the_path_finds_nothing(
    caller: Caller, path: str, header: dict[str, str]
) -> None:
    authorized = {"Authorization": f"Bearer {caller.token}", **header}

    answer = httpx.get(caller.workiva.url + path, headers=authorized)

    assert (answer.status_code, answer.json()["code"]) == (404, "404NotFound")


def test_without_a_version_a_request_is_one_for_the_older(sandbox: Sandbox) -> None:
    old = signed_in(sandbox.workiva, OLD)

    answer = old.ask("POST", headers={"Authorization": f"Bearer {old.token}"}, json={"title": "a"})

    assert answer.status_code == 201
    assert "dueAt" in answer.json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/tasks"),
        ("GET", "/tasks/none"),
        ("GET", "/tasks/a/b/c"),
        ("GET", "/tasks/a/actionSubmission"),
    ],
)
def test_what_is_not_there_is_not_found(caller: Caller, method: str, path: str) -> None:
    assert caller.ask(method, path).status_code == 404


def _step(**parts: Any) -> dict[str, Any]:
    return {"title": "a", "approvalSteps": [{**STEP, **parts}]}


_DATE_TIME = "must be a date-time like 2023-06-11T13:00:00+00:00"
WRONG = [
    ([], "", "must be an object"),
    ({}, "title", "is required"),
    ({"title": " "}, "title", "must be a string that is not empty"),
    ({"title": "a", "dueAt": None}, "dueAt", "is not known"),
    ({"title": "a", "id": "b"}, "id", "is not known"),
    ({"title": "a", "description": None}, "description", "must be a string"),
    ({"title": "a", "dueDate": "2026-12-01"}, "dueDate", _DATE_TIME),
    ({"title": "a", "dueDate": 7}, "dueDate", _DATE_TIME),
    (
        {"title": "a", "notificationsDisabled": "yes"},
        "notificationsDisabled",
        "must be true or false",
    ),
    ({"title": "a", "assignees": SOMEONE}, "assignees", "must be a list"),
    ({"title": "a", "assignees": [{"id": "b"}]}, "assignees[0].type", "is required"),
    (
        {"title": "a", "assignees": [SOMEONE, {"id": "b", "type": "GROUP"}]},
        "assignees[1].type",
        "must be one of USER",
    ),
    (_step(completionMode="TWO"), "approvalSteps[0].completionMode", "must be one of ONE, ALL"),
    (_step(dueDate="soon"), "approvalSteps[0].dueDate", _DATE_TIME),
    (_step(responses=[]), "approvalSteps[0].responses", "is not known"),
    ({"title": "a", "location": {"segment": "b"}}, "location.resource", "is required"),
    (
        {"title": "a", "approvalSteps": [STEP, STEP], "status": "Completed"},
        "status",
        "follows the actions where there are several steps",
    ),
]


@pytest.mark.parametrize(("body", "target", "message"), WRONG)
def test_a_body_that_is_none_is_refused_with_what_is_wrong(
    sandbox: Sandbox, caller: Caller, body: object, target: str, message: str
) -> None:
    answer = caller.ask("POST", json=body)

    said = answer.json()
    assert answer.status_code == 400
    assert said == {
        "code": "400BadRequest",
        "message": "The request was unacceptable, often due to a missing or invalid parameter",
        "target": target,
        "details": [{"code": "400BadRequest", "message": message, "target": target}],
        "version": TODAY,
    }
    assert sandbox.workiva.tasks == {}


def test_every_flaw_is_told_at_once(caller: Caller) -> None:
    answer = caller.ask("POST", json={"status": "Lost", "colour": 1})

    assert [target for target, _ in wrongs(answer)] == ["title", "status", "colour"]


def test_a_body_that_is_no_json_is_refused(caller: Caller) -> None:
    assert wrongs(caller.ask("POST", content=b"{")) == [("", "The body must be JSON.")]


def test_the_prototype_takes_no_more_than_it_says(sandbox: Sandbox) -> None:
    old, today = signed_in(sandbox.workiva, OLD), signed_in(sandbox.workiva)
    longest = {"title": "t" * 500, "description": "d" * 2_000}

    refused = old.ask("POST", json={"title": "t" * 501, "description": "d" * 2_001})

    assert wrongs(refused) == [
        ("title", "must have at most 500 characters, has 501"),
        ("description", "must have at most 2000 characters, has 2001"),
    ]
    assert refused.json()["version"] == OLD
    assert old.ask("POST", json=longest).status_code == 201
    assert today.ask("POST", json={"title": "t" * 501, "description": "d" * 2_001}).is_success


def test_a_body_that_is_too_large_is_refused(caller: Caller) -> None:
    answer = caller.ask("POST", json={"title": "a", "description": "d" * 10_485_760})

    assert answer.status_code == 413


def test_a_deleted_task_is_gone(sandbox: Sandbox, caller: Caller) -> None:
    ident = caller.made()["id"]

    deleted = caller.ask("DELETE", f"/tasks/{ident}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert sandbox.workiva.tasks == {}
    assert caller.ask("GET", f"/tasks/{ident}").status_code == 404
    assert caller.ask("DELETE", f"/tasks/{ident}").status_code == 404
