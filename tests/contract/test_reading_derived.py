"""Facts that awork has no field for, each from what the sandbox answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
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
from webhooks.errors import RunFailed, TargetBusy
from workers.rules.facts import ABSENT

HOUR = 3600
TASKS_OF_PROJECT = f"/projects/{PROJECT}/projecttasks"
BOOKINGS = "/users/projecttimebookings"


@pytest.fixture
def look(sandbox: Sandbox) -> Iterator[Looking]:
    with looking_at(sandbox) as looking:
        yield looking


def test_open_subtasks_are_those_not_done(look: Looking) -> None:
    for status in ("todo", "progress", "review", "stuck", "done", "done"):
        look.task(status, parentId=TASK)
    look.task("todo", parentId=NOBODY)
    facts = look.at_sample("task_status_changed")

    assert told(facts, "task.openSubtasks") == 4
    assert told(facts, "task.openSubtasks") == 4
    assert look.asked == [TASKS_OF_PROJECT]


def test_a_task_without_subtasks_has_none_open(look: Looking) -> None:
    assert told(look.at_sample("task_updated"), "task.openSubtasks") == 0


def test_subtasks_of_a_private_task_are_among_those_of_its_person(look: Looking) -> None:
    payload = sample("task_added", "private task")
    owner = payload["entity"]["userId"]
    for status in ("todo", "done"):
        look.task(status, parentId=payload["entityId"], baseType="private", userId=owner)

    assert told(look.at(payload), "task.openSubtasks") == 1
    assert look.asked == [f"/users/{owner}/assignedtasks"]
    assert look.sandbox.calls[0].query["inProgress"] == "false"


def test_a_task_of_no_place_has_no_count_of_subtasks(look: Looking) -> None:
    facts = look.at_sample("task_updated", projectId=None)

    assert told(facts, "task.openSubtasks") is ABSENT
    assert look.asked == []


def test_open_predecessors_are_those_not_done_and_still_there(look: Looking) -> None:
    tasks = [look.task(status) for status in ("todo", "progress", "done")]
    for before in (*tasks, NOBODY):
        look.put("taskdependencies", predecessorId=before, successorId=TASK)
    look.put("taskdependencies", predecessorId=TASK, successorId=look.task("todo"))
    facts = look.at_sample("task_status_changed")

    assert told(facts, "task.openPredecessors") == 2
    assert told(facts, "task.openPredecessors") == 2
    each = [f"/tasks/{ident}" for ident in (*tasks, NOBODY)]
    assert sorted(look.asked) == sorted([f"/tasks/{TASK}/taskdependencies", *each])


def test_a_task_deleted_meanwhile_has_no_count_of_predecessors(look: Looking) -> None:
    look.remove("tasks", TASK)

    assert told(look.at_sample("task_status_changed"), "task.openPredecessors") is ABSENT


def test_scheduled_duration_is_that_of_its_schedules_of_everybody(look: Looking) -> None:
    look.schedule("2026-11-18T09:00:00Z", "2026-11-18T10:30:00Z")
    look.schedule("2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z", user=MARA)
    look.schedule("2026-11-24T09:00:00Z", "2026-11-24T17:00:00Z", task=look.task())
    facts = look.at_sample("task_updated")

    assert told(facts, "task.scheduledDuration") == 3.5 * HOUR
    assert look.asked == ["/taskschedules"]


def test_a_task_without_schedules_has_none_scheduled(look: Looking) -> None:
    assert told(look.at_sample("task_updated"), "task.scheduledDuration") == 0


def test_an_old_count_of_schedules_is_settled_by_asking(look: Looking) -> None:
    facts = look.at_sample("task_updated", taskSchedulesCount=2)

    assert told(facts, "task.scheduledDuration") == 0
    assert look.asked == ["/taskschedules", f"/tasks/{TASK}"]


def test_a_list_that_does_not_show_every_schedule_tells_no_sum(look: Looking) -> None:
    look.schedule("2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z")
    facts = look.at_sample("taskassignment_added")
    assert told(facts, "task.taskSchedulesCount") == 1
    look.sandbox.world.schedules.clear()

    assert told(facts, "task.scheduledDuration") is ABSENT


@pytest.mark.parametrize(
    ("planned", "tracked", "remaining"),
    [
        (7200, 1800, 5400),
        (7200, None, 7200),
        (7200, 9000, 0),
        (0, 0, 0),
        (None, 0, ABSENT),
        ("2h", 0, ABSENT),
    ],
)
def test_remaining_is_planned_less_tracked_and_costs_nothing(
    look: Looking, planned: Any, tracked: Any, remaining: object
) -> None:
    facts = look.at_sample("task_updated", plannedDuration=planned, trackedDuration=tracked)

    assert told(facts, "task.remainingDuration") == remaining
    assert look.asked == []


def test_what_remains_of_an_entrys_task_needs_the_whole_task(look: Looking) -> None:
    entry = {"taskId": TASK, "duration": 1800, "projectId": PROJECT, "userId": TIMO}
    look.put("timeentries", **entry, typeOfWorkId=sample("task_added")["entity"]["typeOfWorkId"])
    planned = sample("task_added")["entity"]["plannedDuration"]

    assert told(look.at_sample("timetracking_added"), "task.remainingDuration") == planned - 1800
    assert look.asked == [f"/tasks/{TASK}"]


@pytest.mark.parametrize(
    ("variant", "running"),
    [
        ("timer started (running)", True),
        ("manual entry, duration only", False),
        ("manual finished entry with start and end", False),
    ],
)
def test_a_timer_runs_from_its_start_until_it_has_an_end(
    look: Looking, variant: str, running: bool
) -> None:
    facts = look.at_sample("timetracking_added", variant)

    assert told(facts, "timeEntry.isRunning") is running
    assert look.asked == []


def test_a_paused_timer_is_still_running(look: Looking) -> None:
    breaks = [{"startDate": "2026-11-20T09:00:00Z"}]
    facts = look.at_sample("timetracking_added", "timer started (running)", breaks=breaks)

    assert told(facts, "timeEntry.isRunning") is True


def test_what_our_api_user_causes_is_ours_and_who_that_is_is_asked_once(look: Looking) -> None:
    assert told(look.at({"eventType": "task_updated"}), "event.isOurs") is False
    assert look.asked == []
    theirs = look.at_sample("task_status_changed", "todo to progress")
    ours = look.at_sample("task_status_changed", "caused by our own API user (loop guard test)")

    assert [told(theirs, "event.isOurs"), told(ours, "event.isOurs")] == [False, True]
    assert ours.at_hand(("event", "isOurs"))
    assert look.asked == ["/me"]


def test_the_envelope_is_copied_without_what_is_worked_out(look: Looking) -> None:
    envelope: Any = told(look.at_sample("task_updated"), "event")

    assert envelope["eventType"] == "task_updated"
    assert "isOurs" not in envelope
    assert look.asked == []


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("task.openSubtasks", TASKS_OF_PROJECT),
        ("task.openPredecessors", f"/tasks/{TASK}/taskdependencies"),
        ("task.scheduledDuration", "/taskschedules"),
        ("assignee.isAbsent", "/absences"),
        ("assignee.isAbsent", "/workspaceabsences"),
        ("assignee.freeDuration", f"/users/{TIMO}/capacity"),
        ("assignee.freeDuration", BOOKINGS),
    ],
)
def test_a_fact_that_cannot_be_worked_out_now_or_ever_is_not_guessed(
    look: Looking, path: str, call: str
) -> None:
    facts = look.at_sample("task_updated", dueOn=(NOW + timedelta(days=3)).isoformat())
    look.sandbox.faults.add("fail_after", "GET", call)
    with pytest.raises(TargetBusy):
        told(facts, path)

    look.sandbox.faults.deny("GET", call)
    with pytest.raises(RunFailed) as failed:
        told(facts, path)

    assert failed.value.reason == "read-refused"
    assert str(failed.value).startswith(f"{path}: awork does not let it be read: GET {call}: 401")
