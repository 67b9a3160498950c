"""One operation on many things, each in its bucket; and the record a task keeps of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.door import (
    COMMENT,
    DEPENDENCY,
    MANAGEMENT,
    OTHER,
    TODO,
    TRACKED,
    UNUSED_TYPE,
    Door,
    lived_in,
)
from tests.contract.test_sandbox_answers import (
    DEVELOPMENT,
    DONE,
    LIST,
    MARA,
    NOBODY,
    PROJECT,
    TASK,
    TASK_FORM,
    TIMO,
)


@pytest.fixture(name="door")
def _door() -> Door:
    return lived_in()


def batch(door: Door, operation: str, *tasks: str, **form: Any) -> dict[str, list[str]]:
    """The ids in each bucket of a batch of tasks."""
    status, body = door.asked("POST", f"/tasks/batch/{operation}", {"taskIds": [*tasks], **form})
    assert status == 207
    return {name: bucket["ids"] for name, bucket in body.items() if bucket["ids"]}


DUE = "2026-12-01T16:00:00Z"
#: operation, what it takes, what the task then has, the events it raises
OPERATIONS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("setprio", {"isPrio": True}, {"isPrio": True}, ["task_updated"]),
    (
        "changetaskstatus",
        {"newTaskStatusId": DONE},
        {"taskStatusId": DONE},
        ["task_status_changed"],
    ),
    (
        "changetypeofwork",
        {"newTypeOfWorkId": MANAGEMENT},
        {"typeOfWorkId": MANAGEMENT},
        ["task_type_changed"],
    ),
    (
        "setdates",
        {"newDueDate": DUE},
        {"dueOn": DUE, "startOn": "2026-11-23T08:00:00Z"},
        ["task_updated"],
    ),
    ("setdates", {}, {"dueOn": None, "startOn": None}, ["task_updated"]),
    (
        "setdates",
        {"newDueDate": DUE, "removeStartDate": True},
        {"dueOn": DUE, "startOn": None},
        ["task_updated"],
    ),
    # Half a day after 08:00 and 16:00.
    (
        "adjustdates",
        {"daysOffset": 0.5},
        {"startOn": "2026-11-23T20:00:00Z", "dueOn": "2026-11-26T04:00:00Z"},
        ["task_updated"],
    ),
    ("moveundertask", {"newParentTaskId": OTHER}, {"parentId": OTHER}, ["task_updated"]),
]


@pytest.mark.parametrize(("operation", "form", "then", "events"), OPERATIONS)
def test_a_batch_changes_what_it_says_and_tells_of_it(
    door: Door, operation: str, form: dict[str, Any], then: dict[str, Any], events: list[str]
) -> None:
    found = batch(door, operation, TASK, **form)

    task = door("GET", f"/tasks/{TASK}")
    assert found == {"ok": [TASK]}
    assert {name: task.get(name) for name in then} == then
    assert door.told() == events


def test_ids_are_sorted_by_what_became_of_them(door: Door) -> None:
    of_another = door("POST", "/projects", {"name": "Other"})["id"]
    elsewhere = door("POST", "/tasks", {**TASK_FORM, "entityId": of_another, "lists": []})["id"]

    found = batch(door, "changetaskstatus", TASK, NOBODY, elsewhere, TASK, newTaskStatusId=DONE)

    assert found == {"ok": [TASK], "notFound": [NOBODY], "badRequest": [elsewhere]}


@pytest.mark.parametrize(
    ("operation", "form"),
    [
        ("paint", {}),
        ("setprio", {}),
        ("changetaskstatus", {"newTaskStatusId": NOBODY}),
        ("assignusers", {"userIds": [NOBODY]}),
        ("addtags", {"tags": [{"name": " "}]}),
    ],
)
def test_a_batch_that_cannot_be_done_to_any_is_refused_whole(
    door: Door, operation: str, form: dict[str, Any]
) -> None:
    status, _ = door.asked("POST", f"/tasks/batch/{operation}", {"taskIds": [TASK], **form})

    assert status == 400
    assert door.told() == []


def test_people_are_added_put_in_place_and_taken_off(door: Door) -> None:
    steps: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
        ("assignusers", {"userIds": [MARA, TIMO]}, [TIMO, MARA], ["added"]),
        ("unassignusers", {"userIds": [TIMO]}, [MARA], ["deleted"]),
        (
            "assignusers",
            {"userIds": [TIMO], "removeOldAssignments": True},
            [TIMO],
            ["added", "deleted"],
        ),
        ("unassignusers", {}, [], ["deleted"]),
    ]
    for operation, form, people, events in steps:
        batch(door, operation, TASK, **form)

        assignees = door("GET", f"/tasks/{TASK}")["assignees"]
        assert [person["id"] for person in assignees] == people
        assert door.told() == [f"taskassignment_{event}" for event in events]


def test_a_batch_skips_tags_that_are_there(door: Door) -> None:
    batch(door, "addtags", TASK, tags=[{"name": "Billable"}, {"name": "new", "color": "red"}])

    tags = door("GET", f"/tasks/{TASK}/tags")
    assert [tag["name"] for tag in tags] == ["billable", "new"]
    assert door("GET", "/tasks/tags")[0]["name"] == "billable"


def test_tags_are_taken_off_one_task_and_off_all(door: Door) -> None:
    door("POST", f"/tasks/{TASK}/addtags", [{"name": "new"}])

    one, _ = door.asked("POST", f"/tasks/{TASK}/deletetags", [{"name": "New"}])
    door("POST", "/tasks/updatetags", {"oldTagName": "billable", "newTag": {"name": "paid"}})
    renamed = door("GET", "/tasks/tags")
    door("POST", "/tasks/deletetags", {"name": "paid"})

    assert one == 204
    assert [tag["name"] for tag in renamed] == ["paid"]
    assert door("GET", "/tasks/tags") == []


def test_a_type_of_work_reaches_time_entries_only_when_asked_to(door: Door) -> None:
    batch(door, "changetypeofwork", TASK, newTypeOfWorkId=MANAGEMENT)
    before = door("GET", f"/timeentries/{TRACKED}")["typeOfWorkId"]
    batch(door, "changetypeofwork", TASK, newTypeOfWorkId=UNUSED_TYPE, changeTimeEntries=True)

    assert before == DEVELOPMENT
    assert door("GET", f"/timeentries/{TRACKED}")["typeOfWorkId"] == UNUSED_TYPE
    assert "timetracking_type_changed" in door.told()


@pytest.mark.parametrize(("with_entries", "entry"), [(True, None), (False, {})])
def test_a_deleted_task_takes_along_what_hangs_on_it(
    door: Door, with_entries: bool, entry: dict[str, Any] | None
) -> None:
    found = batch(door, "delete", TASK, deleteTimeTrackings=with_entries)

    left = door.world.entries.get(TRACKED)
    assert found == {"ok": [TASK]}
    assert door.refused("GET", f"/tasks/{TASK}") == "not-found"
    assert (COMMENT in door.world.comments, door.world.schedules) == (False, {})
    assert DEPENDENCY not in door.world.table("taskdependencies")
    assert (left is None) == (entry is None)
    assert (left or {}).get("projectId") is None
    assert "task_deleted" in door.told()


def test_tasks_move_to_a_project_with_their_subtasks_and_time(door: Door) -> None:
    target = door("POST", "/projects", {"name": "Café Süd 2"})
    todo = door("GET", f"/projects/{target['id']}/taskstatuses")[0]["id"]
    batch(door, "moveundertask", OTHER, newParentTaskId=TASK)

    batch(door, "movetoproject", TASK, newProjectId=target["id"], newTaskStatusId=todo)

    moved, sub = (door("GET", f"/tasks/{ident}") for ident in (TASK, OTHER))
    assert target["projectKey"] == "CAFSD"
    assert {moved["taskIdentifier"], sub["taskIdentifier"]} == {"CAFSD-1", "CAFSD-2"}
    assert sub["projectId"] == target["id"]
    assert door("GET", f"/timeentries/{TRACKED}")["projectId"] == target["id"]


def test_a_task_moves_to_a_list_and_leaves_the_others_when_told(door: Door) -> None:
    new = door("POST", f"/projects/{PROJECT}/tasklists", {"name": "Sprint 13"})["id"]

    batch(door, "movetotasklist", TASK, newTaskListId=new)
    both = [each["id"] for each in door("GET", f"/tasks/{TASK}")["lists"]]
    batch(door, "movetotasklist", TASK, newTaskListId=new, removeFromCurrentList=True)

    assert both == [LIST, new]
    assert [each["id"] for each in door("GET", f"/tasks/{TASK}")["lists"]] == [new]


def test_a_copy_has_a_number_of_its_own_and_nothing_said_or_tracked(door: Door) -> None:
    copied = door("POST", f"/tasks/{TASK}/copy")

    assert (copied["name"], copied["taskNumber"]) == ("Build checkout page", 43)
    assert (copied["commentCount"], copied["trackedDuration"]) == (0, 0)
    assert copied["correlationId"] == copied["id"] != TASK
    assert len(batch(door, "copy", TASK, OTHER)["ok"]) == 2


def test_activities_say_what_changed_from_what_to_what_and_by_whom(door: Door) -> None:
    door("POST", "/tasks/settaskpriority", {"taskId": TASK, "isPrio": True})
    door("POST", "/tasks/changestatuses", [{"taskId": TASK, "statusId": DONE}])
    door("POST", f"/tasks/{TASK}/setplannedefforts", [{"userId": TIMO, "plannedEffort": 60}])
    door("POST", f"/tasks/{TASK}/setassignees", [MARA])

    found = door("GET", f"/tasks/{TASK}/activities")

    values = ("changedProperty", "oldPropertyValue", "newPropertyValue")
    assert [tuple(each.get(name) for name in values) for each in found[:3]] == [
        ("IsPrio", "False", "True"),
        ("TaskStatusId", TODO, DONE),
        ("PlannedEffort", "21600", "60"),
    ]
    assert [each.get("assignedUserId") or each["unassignedUserId"] for each in found[3:]] == [
        MARA,
        TIMO,
    ]
    assert {each["userId"] for each in found} == {door.world.api_user_id}
    assert {each["eventDate"] for each in found} == {"2026-11-20T08:15:30.000Z"}
