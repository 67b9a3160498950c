"""What cron rules run over, as the sandbox lists it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.sandbox.contract import the_contract
from deploy.sandbox.server import Sandbox
from tests.contract.looking import MARA, NOBODY, PROJECT, TASK, TIMO, Looking, looking_at, told
from tests.samples import sample
from webhooks.errors import RunFailed, TargetBusy
from workers.facts.listing import listing
from workers.rules.facts import ABSENT
from workers.rules.model import Listing

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 20)


@pytest.fixture
def look(sandbox: Sandbox) -> Iterator[Looking]:
    with looking_at(sandbox) as looking:
        yield looking


def listed(look: Looking, name: str, **arguments: object) -> list[dict[str, Any]]:
    return listing(Listing(name, arguments), look.awork(), look.directory, TODAY, zone=BERLIN)


def entry(look: Looking, **fields: Any) -> str:
    like = sample("timetracking_added", "timer started (running)")["entity"]
    kept = {key: like[key] for key in ("taskId", "projectId", "typeOfWorkId", "userId", "timezone")}
    return str(look.put("timeentries", **{**kept, "duration": 0, **fields})["id"])


def test_running_timers_are_everybodys_entries_without_an_end(look: Looking) -> None:
    started = {"startTimeUtc": "08:00:00", "startDateUtc": "2026-11-20T00:00:00Z"}
    running = [entry(look, **started), entry(look, **started, userId=MARA)]
    entry(look, **started, endTimeUtc="09:00:00", duration=3600)
    entry(look, startDateUtc="2026-11-20T00:00:00Z", duration=3600)
    entry(look, **started, duration=3600)  # awork has not filled in its end

    found = listed(look, "running_timers")

    assert [one["id"] for one in found] == running
    assert found[0]["task"]["id"] == TASK
    fields = the_contract().schema("TimeTracking")
    assert [the_contract().flaws(fields, one) for one in found] == [[], []]


def test_tasks_are_all_project_tasks_by_default(look: Looking) -> None:
    other = look.task(projectId=PROJECT)
    look.task(baseType="private", userId=TIMO)

    assert {one["id"] for one in listed(look, "tasks")} == {TASK, other}
    assert look.asked == ["/me/projecttasks"]


@pytest.mark.parametrize("project", [PROJECT, "webshop RELAUNCH", {"id": PROJECT}])
def test_tasks_are_those_of_a_project_by_name_or_id(look: Looking, project: object) -> None:
    assert [one["id"] for one in listed(look, "tasks", project=project)] == [TASK]
    assert look.asked[-1] == f"/projects/{PROJECT}/projecttasks"


@pytest.mark.parametrize("project", [{}, {"project": PROJECT}])
def test_the_filter_is_aworks_own(look: Looking, project: dict[str, object]) -> None:
    done = look.task("done")

    found = listed(look, "tasks", filter="taskstatus/type eq 'done'", **project)

    assert [one["id"] for one in found] == [done]


def test_many_tasks_come_page_by_page(look: Looking) -> None:
    with look.sandbox.world.lock:
        for _ in range(1001):
            look.task()

    found = listed(look, "tasks", project=PROJECT)

    assert len({one["id"] for one in found}) == 1002
    assert look.asked == [f"/projects/{PROJECT}/projecttasks"] * 2


#: start, end, on the 20th of November in Berlin (23:00Z to 23:00Z)?
SPANS = [
    ("2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z", True),
    ("2026-11-19T22:00:00Z", "2026-11-19T23:00:00Z", False),
    ("2026-11-19T22:00:00Z", "2026-11-19T23:00:01Z", True),
    ("2026-11-20T22:59:59Z", "2026-11-20T23:30:00Z", True),
    ("2026-11-20T23:00:00Z", "2026-11-20T23:30:00Z", False),
    ("2026-11-18T08:00:00Z", "2026-11-23T08:00:00Z", True),
]


@pytest.mark.parametrize(("start", "end", "touches"), SPANS)
@pytest.mark.parametrize("day", [{}, {"day": "today"}, {"day": "2026-11-20"}])
def test_schedules_are_those_that_touch_the_day_of_the_zone(
    look: Looking, day: dict[str, object], start: str, end: str, touches: bool
) -> None:
    look.schedule(start, end)

    found = listed(look, "schedules", **day)

    assert [one["startDate"] for one in found] == [start] * touches


def test_another_day_has_other_schedules(look: Looking) -> None:
    look.schedule("2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z")
    look.schedule("2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z", user=MARA)

    assert [one["userId"] for one in listed(look, "schedules", day="2026-11-24")] == [MARA]


def test_users_are_people_who_can_work(look: Looking) -> None:
    everybody = {one["id"] for one in listed(look, "users")}
    look.change("users", TIMO, isDeactivated=True)
    gone = look.put("users", firstName="Gone", deletedOn="2026-11-01T00:00:00Z")["id"]
    off = look.put("users", firstName="Off", status={"isDeactivated": True})["id"]

    left = {one["id"] for one in listed(look, "users")}

    assert {TIMO, MARA} <= everybody
    assert everybody - left == {TIMO}
    assert left.isdisjoint({gone, off})


@pytest.mark.parametrize(
    ("arguments", "reason", "message"),
    [
        ({"project": "Nowhere"}, "unknown-name", "no project is called 'Nowhere'"),
        ({"project": NOBODY}, "list-gone", "name another project"),
        ({"filter": "nmae eq 'x'"}, "read-refused", "^for_each: .* no property nmae"),
    ],
)
def test_a_list_that_cannot_be_had_says_why(
    look: Looking, arguments: dict[str, object], reason: str, message: str
) -> None:
    with pytest.raises(RunFailed, match=message) as failed:
        listed(look, "tasks", **arguments)

    assert failed.value.reason == reason


@pytest.mark.parametrize("name", ["running_timers", "tasks", "schedules", "users"])
def test_a_list_that_cannot_be_had_now_is_tried_again_later(look: Looking, name: str) -> None:
    look.sandbox.faults.add("fail_after", "GET", times=None)

    with pytest.raises(TargetBusy):
        listed(look, name)


def test_a_schedule_names_its_task_and_only_the_task_its_project(look: Looking) -> None:
    schedule = {"id": NOBODY, "taskId": TASK, "userId": TIMO}
    facts = look.at({"entity": schedule}, "cron:schedules")

    assert (told(facts, "task.id"), told(facts, "user.id")) == (TASK, TIMO)
    assert look.asked == []
    assert told(facts, "project.id") == PROJECT
    assert told(facts, "task.name") == "Build checkout page"
    assert look.asked == [f"/tasks/{TASK}"]


def test_an_item_of_a_list_is_whole_as_it_is(look: Looking) -> None:
    task = {"id": TASK, "name": "As listed"}

    assert told(look.at({"entity": task}, "cron:tasks"), "task.name") == "As listed"
    assert told(look.at({"entity": task}, "cron:tasks"), "task.dueOn") is ABSENT
    assert look.asked == []
