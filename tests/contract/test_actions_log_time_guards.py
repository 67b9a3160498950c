"""Logging time that must not be logged: closed days, and what does not fit its task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

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
from webhooks.store import keys
from webhooks.store.client import Client

#: an event that does not carry the task
STARTED = "project_status_changed"
LOG = 'log_time: {user: Timo Brandt, task: "${entity.id}", %s}'
OTHER_ID = "0b9a2f0e-7f43-5c3c-9b54-2f7d0a6f5e11"


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


@pytest.mark.parametrize("days", [0, 1, 400])
def test_an_open_day_may_be_written_on(attempt: Try, days: int) -> None:
    attempt.open_from = attempt.today - timedelta(days=days)

    run = attempt(LOG % "duration: 1h")

    assert (run.outcome, len(attempt.sent)) == ("done", 1)


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("duration: 1h, date: 2026-09-30", "2026-09-30"),
        ("start: 2026-09-30T23:30, duration: 1h", "2026-09-30"),  # it is the first day that counts
        ("start: 2026-09-30T09:00, end: 2026-09-30T10:00", "2026-09-30"),
        # 21:30 in UTC is 23:30 in Berlin, the zone of the entry.
        ("start: 2026-09-30T21:30:00Z, duration: 1h", "2026-09-30"),
    ],
)
def test_nothing_is_written_in_a_closed_period(attempt: Try, given: str, day: str) -> None:
    attempt.open_from = date(2026, 10, 1)

    run = attempt(LOG % given)

    message = f"{day} is before 2026-10-01, and HOOKWORK_CLOSED_BEFORE closes those days"
    assert why(run) == ("failed", "closed-period", message)
    assert attempt.sent == []


def test_the_day_that_is_closed_is_that_of_the_entrys_own_zone(attempt: Try) -> None:
    """05:00 on the 1st in Tokyo is still the 30th in Berlin."""
    attempt.open_from = date(2026, 10, 1)

    run = attempt(LOG % "start: 2026-10-01T05:00, duration: 1h, timezone: Asia/Tokyo")

    assert (run.outcome, len(attempt.sent)) == ("done", 1)


def test_a_task_and_a_project_that_do_not_match_are_refused(attempt: Try) -> None:
    run = attempt(LOG % f"duration: 1h, project: {OTHER_ID}")

    message = (
        f"project is '{OTHER_ID}'; expected none, or the task's own: awork takes it from there"
    )
    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


def test_the_tasks_own_project_may_be_given(attempt: Try) -> None:
    run = attempt(LOG % f"duration: 1h, project: {PROJECT_ID}")

    assert run.outcome == "done"
    assert [body["projectId"] for body in attempt.sent] == [PROJECT_ID]


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("Timo Brandt", ("done", "", "")),
        (
            "Mara Jensen",
            (
                "failed",
                "invalid-value",
                "user is 'Mara Jensen'; expected Timo Brandt, whose private task it is",
            ),
        ),
    ],
)
def test_time_on_a_private_task_is_its_persons(
    attempt: Try, user: str, expected: tuple[str, str, str]
) -> None:
    task = attempt.sandbox.world.tasks[TASK_ID]
    del task["projectId"]
    task |= {"baseType": "private", "userId": TIMO}

    run = attempt(f"log_time: {{user: {user}, task: {TASK_ID}, duration: 1h}}", event=STARTED)

    assert why(run) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "the task's type of work 'Development' is archived in awork; log it as one of: "),
        (
            f", type_of_work: {DEVELOPMENT}",
            "type_of_work 'Development' is archived in awork; log it as one of: ",
        ),
        (f", type_of_work: {TASK_ID}", f"type_of_work {TASK_ID}: awork has no such type of work"),
    ],
)
def test_an_archived_type_of_work_is_refused(attempt: Try, given: str, message: str) -> None:
    attempt.sandbox.world.table("typeofwork")[DEVELOPMENT]["isArchived"] = True

    run = attempt(LOG % f"duration: 1h{given}")

    assert run.outcome == "failed"
    assert run.message.startswith(message)
    assert attempt.sent == []


def test_a_day_that_was_closed_after_a_lost_try_is_not_written_on(attempt: Try) -> None:
    """awork did not take the first try, and did not say so; two looks later the day is closed."""
    attempt.sandbox.faults.add("refuse", "POST", "/timeentries", status=500)
    one = attempt.prepare(LOG % "duration: 1h, date: 2026-11-20")
    tries = []
    for _ in range(2):
        tries.append(one.work())
        attempt.clock.forward(seconds=10)

    last = replace(one, deps=replace(one.deps, open_from=lambda _now: date(2026, 11, 21))).work()

    closed = "2026-11-20 is before 2026-11-21, and HOOKWORK_CLOSED_BEFORE closes those days"
    assert [run.outcome for run in tries] == ["later", "later"]
    assert why(last) == ("failed", "closed-period", closed)
    assert len(attempt.sent) == 1


def test_after_a_wait_for_a_paused_rule_the_task_counts_as_it_is_now(attempt: Try) -> None:
    """The event carries another type of work than the task has when the rule goes on."""
    one = attempt.prepare(LOG % "duration: 1h")
    one.deps.redis.hset(keys.UNNAMED.paused, "r", "by hand")
    held = one.work()
    one.deps.redis.hdel(keys.UNNAMED.paused, "r")
    attempt.sandbox.world.tasks[TASK_ID]["typeOfWorkId"] = MANAGEMENT
    attempt.clock.forward(minutes=1)

    run = one.work()

    assert (held.reason, run.outcome) == ("rule-paused", "done")
    assert [body["typeOfWorkId"] for body in attempt.sent] == [MANAGEMENT]
