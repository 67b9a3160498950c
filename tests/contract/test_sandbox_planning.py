"""What holds work up in the sandbox, and blocks made from a task."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.door import Door
from tests.contract.test_sandbox_answers import (
    MARA,
    NOBODY,
    TASK,
    TASK_FORM,
    TIMO,
    TOKEN,
    Caller,
)

BY_TASK = f"/taskschedules/bytaskid/{TASK}"
FOR_ALL = "createSchedulesForAllAssignees=true"


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="call")
def _call(sandbox: Sandbox) -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield Caller(client)


def test_a_task_shows_the_dependencies_it_is_one_end_of(call: Caller, sandbox: Sandbox) -> None:
    others = [call.made("/tasks", TASK_FORM)["id"] for _ in range(3)]
    for before, after in ((others[0], TASK), (TASK, others[1]), (others[1], others[2])):
        sandbox.world.add("taskdependencies", {"predecessorId": before, "successorId": after})

    found = call("GET", f"/tasks/{TASK}/taskdependencies").json()

    ends = [(one["predecessorId"], one["successorId"]) for one in found]
    assert ends == [(others[0], TASK), (TASK, others[1])]
    assert call("GET", f"/tasks/{others[0].upper()}/taskdependencies").json() == found[:1]
    assert call("GET", f"/tasks/{NOBODY}/taskdependencies").status_code == 404


def test_days_off_of_everybody_are_listed_page_by_page(call: Caller, sandbox: Sandbox) -> None:
    assert call("GET", "/workspaceabsences").json() == []
    for day in ("2026-12-25", "2026-12-26", "2027-01-01"):
        ends = {"startOn": f"{day}T00:00:00Z", "endOn": f"{day}T23:59:59Z"}
        sandbox.world.add("workspaceabsences", {**ends, "description": "Holiday"})

    page = call("GET", "/workspaceabsences", pageSize=2)
    late = call("GET", "/workspaceabsences", filterby="startOn ge datetime'2027-01-01T00:00'")

    assert (len(page.json()), page.headers["aw-totalitems"]) == (2, "3")
    assert [one["startOn"] for one in late.json()] == ["2027-01-01T00:00:00Z"]


def test_a_task_is_put_into_the_calendar_of_its_assignee_from_start_to_due() -> None:
    door = Door()

    door("POST", BY_TASK)

    # Monday 08:00 to Wednesday 16:00: 56 hours.
    (block,) = door("GET", "/taskschedules")
    assert (block["taskId"], block["userId"], block["plannedDuration"]) == (TASK, TIMO, 56 * 3600)
    assert block["startDate"] == "2026-11-23T08:00:00Z"
    assert door.refused("POST", f"/taskschedules/bytaskid/{NOBODY}") == "not-found"


def test_several_assignees_need_to_be_opted_in() -> None:
    door = Door()
    door("POST", f"/tasks/{TASK}/setassignees", [TIMO, MARA])

    refused = door.refused("POST", BY_TASK)
    door.world.api_user_is_admin = False
    unauthorized = door.refused("POST", f"{BY_TASK}?{FOR_ALL}")
    door.world.api_user_is_admin = True
    door("POST", f"{BY_TASK}?{FOR_ALL}")

    assert (refused, unauthorized) == ("invalid-operation", "unauthorized")
    assert [each["userId"] for each in door("GET", "/taskschedules")] == [TIMO, MARA]


@pytest.mark.parametrize("missing", ["startOn", "dueOn", "assignees"])
def test_a_task_without_dates_or_people_makes_no_blocks(missing: str) -> None:
    door = Door()
    door.world.tasks[TASK][missing] = None

    assert door.refused("POST", BY_TASK) == "invalid-operation"
    assert door("GET", "/taskschedules") == []
