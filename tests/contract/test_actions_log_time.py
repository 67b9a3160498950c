"""Logging time: which day, which hours, which type of work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import (
    DEVELOPMENT,
    MANAGEMENT,
    PROJECT_ID,
    TASK_ID,
    TIMO,
    Try,
    trying,
    why,
)
from webhooks.store.client import Client

#: an event that does not carry the task
STARTED = "project_status_changed"
LOG = 'log_time: {user: Timo Brandt, task: "${entity.id}", %s}'


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def entry(attempt: Try) -> dict[str, Any]:
    """The one body that was sent, less its note, which ends with the marker."""
    [body] = attempt.sent
    assert body["note"].endswith("⟩")
    return {name: value for name, value in body.items() if name != "note"}


def times(attempt: Try) -> dict[str, Any]:
    """Only its time fields."""
    body = entry(attempt)
    return {n: v for n, v in body.items() if n.startswith(("start", "end", "duration"))}


def test_a_duration_alone_is_today_in_the_rules_zone(attempt: Try) -> None:
    """Half past midnight in Berlin; in UTC it is still yesterday."""
    run = attempt(LOG % "duration: 30m")

    assert run.outcome == "done"
    assert entry(attempt) == {
        "timezone": "Europe/Berlin",
        "userId": TIMO,
        "taskId": TASK_ID,
        "typeOfWorkId": DEVELOPMENT,
        "startDateLocal": f"{attempt.today}T00:00:00",
        "duration": 1_800,
    }


def test_today_stays_the_day_the_rule_matched_over_retries(attempt: Try) -> None:
    one = attempt.prepare(LOG % "duration: 30m")
    attempt.sandbox.faults.add("refuse", "POST", "/timeentries", status=429)
    matched_on = attempt.today

    one.work()
    one.clock.forward(hours=23)
    run = one.work()

    assert (run.outcome, attempt.today > matched_on) == ("done", True)
    assert [body["startDateLocal"][:10] for body in attempt.sent] == [str(matched_on)] * 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "duration: 1h30m, date: 2026-11-23",
            {"startDateLocal": "2026-11-23T00:00:00", "duration": 5_400},
        ),
        # An instant is the day it falls on in Berlin.
        (
            'duration: 1h, date: "${entity.startOn}"',
            {"startDateLocal": "2026-11-23T00:00:00", "duration": 3_600},
        ),
        # awork's whole seconds, as the event has them: 21600 = 6 h
        (
            'duration: "${entity.plannedDuration}", date: 2026-11-23',
            {"startDateLocal": "2026-11-23T00:00:00", "duration": 21_600},
        ),
        (
            "start: 2026-11-23T09:00, end: 2026-11-23T10:30",
            {
                "startDateUtc": "2026-11-23T00:00:00Z",
                "startTimeUtc": "08:00:00",
                "endDateUtc": "2026-11-23T00:00:00Z",
                "endTimeUtc": "09:30:00",
                "duration": 5_400,
            },
        ),
        # 00:15 in Berlin is 23:15 on the day before in UTC.
        (
            "start: 2026-11-23T00:15, duration: 45m",
            {
                "startDateUtc": "2026-11-22T00:00:00Z",
                "startTimeUtc": "23:15:00",
                "duration": 2_700,
            },
        ),
        # The night of the change to winter: from 01:30 (UTC+2) to 03:30 (UTC+1) are three hours.
        (
            "start: 2026-10-25T01:30, end: 2026-10-25T03:30",
            {
                "startDateUtc": "2026-10-24T00:00:00Z",
                "startTimeUtc": "23:30:00",
                "endDateUtc": "2026-10-25T00:00:00Z",
                "endTimeUtc": "02:30:00",
                "duration": 10_800,
            },
        ),
        (
            "start: 2026-11-23T09:00, duration: 1h, timezone: America/New_York",
            {  # UTC-5 in November
                "startDateUtc": "2026-11-23T00:00:00Z",
                "startTimeUtc": "14:00:00",
                "duration": 3_600,
            },
        ),
    ],
)
def test_times_are_sent_as_awork_wants_them(
    attempt: Try, given: str, expected: dict[str, Any]
) -> None:
    run = attempt(LOG % given)

    assert run.outcome == "done"
    assert times(attempt) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("duration: 0s", "duration is '0s'; expected a duration, or start and end"),
        (
            "start: 2026-11-23T09:00, duration: 0s",
            "duration is '0s'; expected a duration, or start and end",
        ),
        (
            "duration: 24h1s",
            "duration is '24h1s'; expected 24 hours at most; log each day by itself",
        ),
        (
            "start: 2026-11-23T09:00, end: 2026-11-24T09:01",
            "end is '2026-11-24T09:01'; expected 24 hours at most; log each day by itself",
        ),
        (
            "start: 2026-11-23T09:00, end: 2026-11-23T08:00",
            "end is '2026-11-23T08:00'; expected a time after start, 2026-11-23 08:00:00+00:00",
        ),
        (
            'duration: "${entity.name}"',
            "duration is 'Build checkout page'; expected a duration like 1h30m, or whole seconds",
        ),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(attempt: Try, given: str, message: str) -> None:
    run = attempt(LOG % given)

    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


@pytest.mark.parametrize("given", ["duration: 1h", "start: 2026-11-23T09:00, duration: 1h"])
def test_an_unknown_zone_is_refused_at_once(attempt: Try, given: str) -> None:
    run = attempt(LOG % f"{given}, timezone: Europe/Berln")

    assert (run.outcome, run.reason) == ("failed", "invalid-value")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("task: %s", DEVELOPMENT),  # the task's
        ("task: %s, type_of_work: project management", MANAGEMENT),
        (f"task: %s, type_of_work: {MANAGEMENT}", MANAGEMENT),
        (f"project: {PROJECT_ID}", DEVELOPMENT),  # the workspace's first
    ],
)
def test_the_type_of_work_is_the_given_the_tasks_or_the_first(
    attempt: Try, given: str, expected: str
) -> None:
    given = given.replace("%s", '"${entity.id}"')

    run = attempt(f"log_time: {{user: Timo Brandt, duration: 1h, {given}}}")

    assert run.outcome == "done"
    assert entry(attempt)["typeOfWorkId"] == expected


def test_the_tasks_type_of_work_comes_before_the_workspaces_first(attempt: Try) -> None:
    attempt.sandbox.world.tasks[TASK_ID]["typeOfWorkId"] = MANAGEMENT

    attempt(f"log_time: {{user: Timo Brandt, task: {TASK_ID}, duration: 1h}}", event=STARTED)

    assert entry(attempt)["typeOfWorkId"] == MANAGEMENT


def test_a_workspace_without_types_of_work_says_so(attempt: Try) -> None:
    for kind in attempt.sandbox.world.table("typeofwork").values():
        kind["isArchived"] = True

    run = attempt(f"log_time: {{user: Timo Brandt, duration: 1h, project: {PROJECT_ID}}}")

    message = "the workspace has no type of work to log time on"
    assert why(run) == ("failed", "no-type-of-work", message)


def test_a_project_may_be_called_by_name_and_nothing_else_is_sent(attempt: Try) -> None:
    run = attempt("log_time: {user: Timo Brandt, duration: 1h, project: webshop RELAUNCH}")

    assert run.outcome == "done"
    body = entry(attempt)
    assert body["projectId"] == PROJECT_ID
    assert body.keys().isdisjoint({"taskId", "isBillable"})
