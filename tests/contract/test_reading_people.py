"""Whether a person is away, and how much of their time is free, from what the sandbox answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.looking import (
    MARA,
    NOBODY,
    NOW,
    PROJECT,
    TASK,
    TIMO,
    Looking,
    looking_at,
    told,
)
from tests.samples import sample
from workers.rules.facts import ABSENT

HOUR = 3600
BOOKINGS = "/users/projecttimebookings"


@pytest.fixture
def look(sandbox: Sandbox) -> Iterator[Looking]:
    with looking_at(sandbox) as looking:
        yield looking


#: who is away, from, until, half flags, region -> is Timo absent on Friday, 20 November 2026?
AWAY: list[tuple[dict[str, Any], bool]] = [
    ({"userId": TIMO, "startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z"}, True),
    ({"userId": TIMO, "startOn": "2026-11-16T00:00:00Z", "endOn": "2026-11-27T23:59:59Z"}, True),
    ({"userId": TIMO, "startOn": "2026-11-20T12:00:00Z", "endOn": "2026-11-20T23:59:59Z",
      "isHalfDayOnEnd": True}, True),
    ({"userId": TIMO, "startOn": "2026-11-21T00:00:00Z", "endOn": "2026-11-22T23:59:59Z"}, False),
    ({"userId": TIMO, "startOn": "2026-11-18T00:00:00Z", "endOn": "2026-11-19T23:59:59Z"}, False),
    ({"userId": MARA, "startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z"}, False),
    ({"userId": TIMO, "startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z",
      "deletedOn": "2026-11-19T00:00:00Z"}, False),
]  # fmt: skip
DAYS_OFF: list[tuple[dict[str, Any], bool]] = [
    ({"startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z"}, True),
    ({"startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z", "regionId": NOBODY},
     False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "absence", "away"),
    [
        *(("absences", absence, away) for absence, away in AWAY),
        *(("workspaceabsences", absence, away) for absence, away in DAYS_OFF),
    ],
)
def test_absent_today_is_any_absence_that_touches_today(
    look: Looking, table: str, absence: dict[str, Any], away: bool
) -> None:
    look.put(table, **absence)
    facts = look.at_sample("timetracking_added")

    assert told(facts, "user.isAbsent") is away
    assert told(facts, "user.isAbsent") is away
    # Which regions there are is asked only when a day off is of one.
    regions = ["/absenceregions"] if "regionId" in absence else []
    assert look.asked == [f"/users/{TIMO}", "/absences", "/workspaceabsences", *regions]
    assert look.sandbox.calls[1].query["filterby"] == f"userId eq guid'{TIMO}'"


def test_a_day_off_of_a_region_counts_for_the_people_of_the_region(look: Looking) -> None:
    today = {"startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z"}
    region = look.put("absenceregions", name="Hamburg", assignedUsers=[TIMO])
    look.put("workspaceabsences", regionId=region["id"], **today)

    assert told(look.at_sample("timetracking_added"), "user.isAbsent") is True


def test_days_off_of_regions_count_for_nobody_where_they_may_not_be_read(look: Looking) -> None:
    today = {"startOn": "2026-11-20T00:00:00Z", "endOn": "2026-11-20T23:59:59Z"}
    look.put("workspaceabsences", regionId=NOBODY, **today)
    look.sandbox.faults.add("refuse", "GET", "/absenceregions", status=401, code="unauthorized")

    assert told(look.at_sample("timetracking_added"), "user.isAbsent") is False


def test_the_tasks_that_we_planned_for_a_person_are_told_once(look: Looking) -> None:
    me = look.sandbox.world.api_user_id
    over = ("2026-11-19T08:00:00Z", "2026-11-19T09:00:00Z")
    ahead = ("2026-11-27T08:00:00Z", "2026-11-27T09:00:00Z")
    for task, by, (start, end) in [
        (TASK, me, ahead), (TASK, me, ahead), (NOBODY, TIMO, ahead), (NOBODY, me, over),
    ]:  # fmt: skip
        times = {"startDate": start, "endDate": end, "plannedDuration": HOUR}
        schedule = look.put("taskschedules", taskId=task, userId=TIMO, **times)
        schedule["createdBy"] = by

    found = told(look.at_sample("timetracking_added"), "user.plannedTasks")

    assert isinstance(found, list)
    assert [one["id"] for one in found] == [TASK]


def test_the_projects_that_we_booked_a_person_for_are_told_whole(look: Looking) -> None:
    me = look.sandbox.world.api_user_id
    project = sample("project_added")["entity"]["id"]
    for by in (me, me, TIMO):
        days = {"startDate": "2026-11-23", "endDate": "2026-11-24", "duration": 3600}
        booking = look.put("projecttimebookings", projectId=project, userId=TIMO, **days)
        booking["createdBy"] = by

    found = told(look.at_sample("timetracking_added"), "user.bookedProjects")

    assert isinstance(found, list)
    assert [one["id"] for one in found] == [project]
    assert found[0]["name"] == look.sandbox.world.projects[project]["name"]


def test_today_is_the_day_of_the_rules_zone(look: Looking) -> None:
    look.put("absences", userId=TIMO, startOn="2026-11-21T00:00:00Z", endOn="2026-11-21T23:59:59Z")
    late = look.at(sample("timetracking_added"), now=NOW.replace(hour=23, minute=30))

    assert told(late, "user.isAbsent") is False
    assert told(late.in_zone("Europe/Berlin"), "user.isAbsent") is True
    assert len(look.asked) == 3


def test_the_assignee_of_a_task_is_a_person_like_any_other(look: Looking) -> None:
    look.put("absences", userId=TIMO, startOn="2026-11-20T00:00:00Z", endOn="2026-11-20T23:59:59Z")

    assert told(look.at_sample("task_updated"), "assignee.isAbsent") is True


def test_a_person_who_is_gone_is_neither_absent_nor_free(look: Looking) -> None:
    facts = look.at_sample("timetracking_added", userId=NOBODY)

    assert told(facts, "user.isAbsent") is ABSENT
    assert told(facts, "user.freeDuration") is ABSENT
    assert look.asked == [f"/users/{NOBODY}"]


def due(look: Looking, moment: str | None) -> None:
    look.change("tasks", TASK, dueOn=moment)


def test_free_time_is_capacity_less_absences_schedules_and_bookings(look: Looking) -> None:
    due(look, "2026-11-26T17:00:00Z")
    look.put("absences", userId=TIMO, startOn="2026-11-24T00:00:00Z", endOn="2026-11-24T12:00:00Z",
             isHalfDayOnStart=True)  # fmt: skip
    look.put("workspaceabsences", startOn="2026-11-25T00:00:00Z", endOn="2026-11-25T23:59:59Z")
    look.schedule("2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z")
    look.schedule("2026-11-23T09:00:00Z", "2026-11-23T17:00:00Z", user=MARA)
    booking = {"projectId": PROJECT, "duration": 6 * HOUR}
    look.put("projecttimebookings", userId=TIMO, startDate="2026-11-24", endDate="2026-11-26",
             **booking)  # fmt: skip
    facts = look.at_sample("timetracking_added")

    # Fri 8 (12 are left of the day), Mon 8-2, Tue 4-2 (its third of 6), Wed off, Thu 8-4
    assert told(facts, "user.freeDuration") == (8 + 6 + 2 + 0 + 4) * HOUR
    assert sorted(look.asked) == sorted(
        [
            f"/tasks/{TASK}",
            f"/users/{TIMO}",
            f"/users/{TIMO}/capacity",
            "/absences",
            "/workspaceabsences",
            "/taskschedules",
            BOOKINGS,
        ]
    )


def test_a_second_event_asks_only_for_what_changes(look: Looking) -> None:
    due(look, "2026-11-26T17:00:00Z")
    told(look.at_sample("timetracking_added"), "user.freeDuration")
    before = len(look.asked)

    told(look.at_sample("timetracking_added"), "user.freeDuration")

    assert sorted(look.asked[before:]) == sorted([f"/tasks/{TASK}", "/taskschedules", BOOKINGS])


@pytest.mark.parametrize(
    ("moment", "free"),
    [
        (None, ABSENT),
        ("soon", ABSENT),
        ("2026-11-20T12:00:00Z", 0),
        ("2026-11-13T12:00:00Z", 0),
        ("2026-11-20T13:00:00Z", HOUR),
        # ten years of 3660 days: 522 weeks, 4 workdays, less 3 of vacation
        ("9999-12-31T23:59:59Z", (522 * 5 + 4 - 3) * 8 * HOUR),
    ],
)
def test_free_time_ends_when_the_task_is_due(
    look: Looking, moment: str | None, free: object
) -> None:
    # carried by the event, because the sandbox's own answers fit the contract
    facts = look.at_sample("task_updated", dueOn=moment)

    assert told(facts, "assignee.freeDuration") == free
    assert told(facts.in_zone("Europe/Berlin"), "assignee.freeDuration") == free


def test_no_time_is_free_before_what_is_past_and_nobody_is_asked(look: Looking) -> None:
    facts = look.at_sample("task_updated", dueOn="2026-11-20T12:00:00Z")

    assert told(facts, "assignee.freeDuration") == 0
    assert look.asked == [f"/users/{TIMO}"]


def test_free_time_is_counted_in_days_of_the_rules_zone(look: Looking) -> None:
    # 23:30 on Thursday in UTC, half past midnight on Friday in Berlin: eight hours of Friday are
    # to come there, and half of one of Thursday's beside them here.
    now = datetime.fromisoformat("2026-11-19T23:30:00Z")
    payload = sample("task_updated")
    payload = {**payload, "entity": {**payload["entity"], "dueOn": "2026-11-20T22:00:00Z"}}
    facts = look.at(payload, now=now)

    assert told(facts, "assignee.freeDuration") == 8.5 * HOUR
    assert told(facts.in_zone("Europe/Berlin"), "assignee.freeDuration") == 8 * HOUR


def test_what_one_fact_has_read_serves_the_others(look: Looking) -> None:
    facts = look.at_sample("task_updated", dueOn=(NOW + timedelta(days=3)).isoformat())

    told(facts, "assignee.freeDuration")
    before = len(look.asked)

    assert told(facts, "assignee.isAbsent") is False
    assert told(facts, "task.scheduledDuration") == 0
    assert len(look.asked) == before
