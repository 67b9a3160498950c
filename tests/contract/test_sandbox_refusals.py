"""What the sandbox refuses, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.sandbox.contract import the_contract
from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import (
    BOOKING,
    ENTRY,
    LIST,
    NOBODY,
    SCHEDULE,
    TASK,
    TASK_FORM,
    TIMO,
    TOKEN,
    WEBHOOK,
)

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers=AUTHORIZED) as client:
        yield client


NO_SPAN = {k: ENTRY[k] for k in ("timezone", "typeOfWorkId", "userId")}
A_DAY = {**NO_SPAN, "startDateLocal": "2026-11-20T00:00:00"}
SCHEDULES, BOOKINGS = "taskschedules", "projecttimebookings"
COMMENTS = f"tasks/{TASK}/comments"

UNFIT, INVALID = "validation-failed", "invalid-model"
LATE, GONE = "date-dependency", "not-found"

BAD_BODIES: list[tuple[str, Any, str, str]] = [
    (SCHEDULES, {}, INVALID, "taskId"),
    (SCHEDULES, [], UNFIT, ""),
    (SCHEDULES, {**SCHEDULE, "note": "x"}, UNFIT, "note"),
    (SCHEDULES, {**SCHEDULE, "taskId": "42"}, UNFIT, "taskId"),
    (SCHEDULES, {**SCHEDULE, "taskId": None}, UNFIT, "taskId"),
    (SCHEDULES, {**SCHEDULE, "startDate": "soon"}, UNFIT, "startDate"),
    (SCHEDULES, {**SCHEDULE, "endDate": "2026-13-01T00:00Z"}, UNFIT, "endDate"),
    (SCHEDULES, {**SCHEDULE, "endDate": SCHEDULE["startDate"]}, LATE, "endDate"),
    (SCHEDULES, {**SCHEDULE, "taskId": NOBODY}, GONE, ""),
    (SCHEDULES, {**SCHEDULE, "userId": NOBODY}, GONE, ""),
    (BOOKINGS, {}, INVALID, "userId"),
    (BOOKINGS, {**BOOKING, "startDate": "2026-11-24T00:00:00Z"}, UNFIT, "startDate"),
    (BOOKINGS, {**BOOKING, "endDate": "2026-11-23"}, LATE, "endDate"),
    (BOOKINGS, {**BOOKING, "duration": 2**31}, UNFIT, "duration"),
    (BOOKINGS, {**BOOKING, "duration": "8h"}, UNFIT, "duration"),
    (BOOKINGS, {**BOOKING, "projectId": NOBODY}, INVALID, "projectId"),
    ("tasks", {"name": "x", "baseType": "projecttask"}, INVALID, "entityId"),
    ("tasks", {"baseType": "private"}, UNFIT, "name"),
    ("tasks", {**TASK_FORM, "baseType": "subtask"}, UNFIT, "baseType"),
    ("tasks", {**TASK_FORM, "name": "x" * 1001}, UNFIT, "name"),
    ("tasks", {**TASK_FORM, "entityId": TIMO}, INVALID, "entityId"),
    ("tasks", {**TASK_FORM, "dueOn": "2026-11-01T00:00:00Z"}, LATE, "dueOn"),
    ("tasks", {**TASK_FORM, "lists": [{"id": LIST}]}, UNFIT, "lists.0.order"),
    ("tasks", {**TASK_FORM, "lists": [{"id": NOBODY, "order": 1}]}, INVALID, "lists"),
    ("tasks", {**TASK_FORM, "taskStatusId": NOBODY}, INVALID, "taskStatusId"),
    ("timeentries", {}, UNFIT, "timezone"),
    ("timeentries", NO_SPAN, INVALID, "duration"),
    ("timeentries", A_DAY, INVALID, "duration"),
    ("timeentries", {**NO_SPAN, "duration": 60}, INVALID, "startDateUtc"),
    ("timeentries", {**ENTRY, "duration": -1}, INVALID, "duration"),
    ("timeentries", {**ENTRY, "timezone": "Europe/Kiel"}, INVALID, "timezone"),
    ("timeentries", {**ENTRY, "typeOfWorkId": NOBODY}, INVALID, "typeOfWorkId"),
    ("timeentries", {**ENTRY, "startTimeUtc": "9:21"}, INVALID, "startTimeUtc"),
    ("timeentries", {**ENTRY, "endTimeUtc": "09:20:00"}, LATE, "endTimeUtc"),
    (COMMENTS, {"message": ""}, UNFIT, "message"),
    (f"tasks/{TASK}/setassignees", [NOBODY], GONE, ""),
    (f"tasks/{TASK}/setassignees", ["x"], UNFIT, "0"),
    (f"tasks/{TASK}/setplannedefforts", [{"userId": NOBODY}], INVALID, "userId"),
    (f"tasks/{TASK}/addtags", [{"name": " "}], INVALID, "name"),
    (f"tasks/{TASK}/addtags", [{"name": "x", "color": "pink"}], INVALID, "color"),
    (f"tasks/{NOBODY}/comments", {"message": "x"}, GONE, ""),
    ("tasks/42/comments", {"message": "x"}, UNFIT, "taskId"),
    ("webhooks", {**WEBHOOK, "events": "task_added,task_changed"}, INVALID, "events"),
    ("webhooks", {**WEBHOOK, "authenticationType": "hmac"}, INVALID, "authenticationType"),
    ("webhooks", {**WEBHOOK, "authentication": "x"}, INVALID, "authentication"),
    ("webhooks", {**WEBHOOK, "uri": "ftp://x"}, INVALID, "uri"),
]


def test_a_bad_body_is_refused_with_its_property_and_nothing_is_written(
    sandbox: Sandbox, client: httpx.Client, subtests: pytest.Subtests
) -> None:
    for path, body, code, property_ in BAD_BODIES:
        with subtests.test(path=path, body=str(body)[:200]):
            answer = client.post(path, json=body)

            error = answer.json()
            assert error["code"] == code
            assert answer.status_code == (404 if code == GONE else 400)
            assert (
                property_ in [f["property"] for f in error.get("validationErrors", [])]
                or not property_
            )
            assert the_contract().flaws(the_contract().schema("ErrorResponse"), error) == []
            assert error["traceId"] == answer.headers["trace-id"]
    assert sandbox.writes() == []


def test_a_body_that_is_not_json_is_refused(client: httpx.Client) -> None:
    answer = client.post("tasks", content=b"{not json")

    assert (answer.status_code, answer.json()["code"]) == (400, "validation-failed")


def test_what_the_contract_lacks_is_not_found_and_what_is_not_played_says_so(
    client: httpx.Client,
) -> None:
    lacking = [client.get("tasks"), client.patch(f"tasks/{TASK}"), client.get("nothing")]
    unplayed = client.get(f"tasks/{TASK}/recurrency")

    assert [answer.status_code for answer in lacking] == [404, 404, 404]
    assert (unplayed.status_code, unplayed.json()["code"]) == (501, "not-in-sandbox")


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}]
)
def test_a_bad_token_meets_the_gateways_401(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{sandbox.url}/me", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["message"]["code"] == "unauthorized"
    assert len(answer.headers["trace-id"]) == 32


def test_a_missing_permission_meets_the_other_401(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.deny("POST", "/taskschedules")

    answer = client.post("taskschedules", json=SCHEDULE)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert sandbox.world.schedules == {}


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_too_many_calls_in_a_minute_are_limited_until_it_ends() -> None:
    clock = Clock()
    with Sandbox.start(token=TOKEN, clock=clock, per_minute=2) as sandbox:
        statuses = [httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED).status_code for _ in "12"]
        limited = httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED)
        # The clock says half past, so 30 s of the minute are left.
        clock.now += timedelta(seconds=30)
        after = httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED)

    assert statuses == [200, 200]
    assert (limited.status_code, limited.json()) == (429, {"message": "API rate limit exceeded"})
    assert limited.headers["RateLimit-Limit"] == "2"
    assert limited.headers["RateLimit-Remaining"] == "0"
    assert limited.headers["RateLimit-Reset"] == "30"
    assert limited.headers["X-RateLimit-Remaining-Minute"] == "0"
    assert after.status_code == 200
    assert after.headers["X-RateLimit-Remaining-Minute"] == "1"


def test_too_many_calls_in_a_second_are_limited_until_it_ends() -> None:
    clock = Clock()
    with Sandbox.start(token=TOKEN, clock=clock, per_second=1) as sandbox:
        httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED)
        limited = httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED)
        clock.now += timedelta(seconds=1)
        after = httpx.get(f"{sandbox.url}/me", headers=AUTHORIZED)

    assert limited.status_code == 429
    assert limited.headers["RateLimit-Reset"] == "1"
    assert limited.headers["X-RateLimit-Limit-Second"] == "1"
    assert limited.headers["X-RateLimit-Remaining-Second"] == "0"
    assert limited.headers["X-RateLimit-Limit-Minute"] == "1000"
    assert after.status_code == 200
