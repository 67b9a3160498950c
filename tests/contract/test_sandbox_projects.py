"""Projects, their boards, types of work and people: made and changed, with their events."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.contract import the_contract
from deploy.sandbox.projects import change_project
from tests.contract.door import COMMENT, MANAGEMENT, STUCK, TODO, TRACKED, Door, lived_in
from tests.contract.test_sandbox_answers import (
    DEVELOPMENT,
    DONE,
    MARA,
    NOBODY,
    PROJECT,
    TASK,
    TASK_FORM,
    TIMO,
)

STATUSES = f"/projects/{PROJECT}/taskstatuses"


@pytest.fixture(name="door")
def _door() -> Door:
    return lived_in()


def form_of(door: Door, project_id: str) -> dict[str, Any]:
    """A project as its PUT takes it."""
    project = door("GET", f"/projects/{project_id}")
    properties = the_contract().resolve(the_contract().schema("ProjectPutForm"))["properties"]
    return {name: project[name] for name in properties if name in project}


def test_a_new_project_has_a_key_and_five_statuses_and_takes_tasks(door: Door) -> None:
    twins = [door("POST", "/projects", {"name": "Webshop"}) for _ in range(2)]

    statuses = door("GET", f"/projects/{twins[0]['id']}/taskstatuses")
    task = door("POST", "/tasks", {**TASK_FORM, "entityId": twins[0]["id"], "lists": []})

    assert [twin["projectKey"] for twin in twins] == ["WEBSH", "WEBSH2"]
    assert [status["type"] for status in statuses] == [
        "todo",
        "progress",
        "review",
        "stuck",
        "done",
    ]
    assert twins[0]["projectStatus"]["type"] == "not-started"
    assert task["taskIdentifier"] == "WEBSH-1"
    assert door.told() == ["project_added", "project_added", "task_added"]


def test_a_project_takes_company_type_and_status_that_are_known(door: Door) -> None:
    known = door("GET", f"/projects/{PROJECT}")
    names = ("companyId", "projectTypeId", "projectStatusId")

    made = door("POST", "/projects", {"name": "New", **{name: known[name] for name in names}})

    nested = ("company", "projectType", "projectStatus")
    assert {name: made[name] for name in nested} == {name: known[name] for name in nested}
    refused = door.refused("POST", "/projects", {"name": "New", "companyId": NOBODY})
    assert refused == "invalid-model"


def test_a_change_of_a_project_is_told_with_what_changed(door: Door) -> None:
    form = {**form_of(door, PROJECT), "timeBudget": 1152000}

    door("PUT", f"/projects/{PROJECT}", form)

    (event,) = door.events
    assert event["eventType"] == "project_updated"
    budget = {"property": "TimeBudget", "old": "1440000", "new": "1152000"}
    assert [each for each in event["changes"] if "old" in each] == [budget]
    assert event["entity"]["company"]["name"] == "Hafenblick GmbH"


def test_a_project_without_its_type_is_told_of_as_such(door: Door) -> None:
    door("PUT", f"/projects/{PROJECT}", {**form_of(door, PROJECT), "projectTypeId": None})

    assert door.told()[0] == "project_type_changed"
    assert "projectType" not in door("GET", f"/projects/{PROJECT}")


BAD_PROJECTS = [
    ({"isPrivate": True}, "invalid-operation"),
    ({"startDate": "2026-12-02T00:00:00Z", "dueDate": "2026-12-01T00:00:00Z"}, "date-dependency"),
    ({"projectStatusId": NOBODY}, "validation-failed"),
]


@pytest.mark.parametrize(("form", "code"), BAD_PROJECTS)
def test_a_project_is_not_changed_to_what_cannot_be(
    door: Door, form: dict[str, Any], code: str
) -> None:
    # Time is tracked on it, so it cannot become private.
    assert door.refused("PUT", f"/projects/{PROJECT}", {"name": "x", **form}) == code
    assert door.told() == []


def test_whoever_holds_a_changed_project_is_told_apart_from_it(door: Door) -> None:
    nested: list[dict[str, Any]] = []
    door.world.nested_listeners.append(nested.append)
    tags = [{"id": NOBODY, "name": "vip", "color": "red"}]

    change_project(door.world, door.world.projects[PROJECT], {"tags": tags})

    assert door.told() == ["project_updated"]
    # Two tasks and two time entries; nothing about them has changed itself.
    types = [event["eventType"] for event in nested]
    assert types == ["task_updated"] * 2 + ["timetracking_updated"] * 2
    assert all("changes" not in event for event in nested)
    assert [tag["name"] for tag in door("GET", f"/projects/{PROJECT}/tags")] == ["vip"]


def test_a_list_is_told_of_with_its_project(door: Door) -> None:
    made = door("POST", f"/projects/{PROJECT}/tasklists", {"name": "Sprint 13"})

    (event,) = door.events
    assert (event["eventType"], event["entity"]["projectId"]) == ("tasklist_added", PROJECT)
    assert made["id"] in [each["id"] for each in door("GET", f"/projects/{PROJECT}/tasklists")]


def test_a_status_is_added_last_renamed_and_deleted_with_its_tasks_moved(door: Door) -> None:
    made = door("POST", STATUSES, {"name": "Waiting", "type": "stuck"})
    path = f"{STATUSES}/{made['id']}"
    door("POST", "/tasks/changestatuses", [{"taskId": TASK, "statusId": made["id"]}])
    door("PUT", path, {"name": "Parked", "type": "stuck"})

    assert made["order"] == 6
    assert door("GET", f"/tasks/{TASK}")["taskStatus"]["name"] == "Parked"
    assert door.refused("POST", f"{path}/delete", {}) == "invalid-model"
    door("POST", f"{path}/delete", {"taskStatusId": STUCK})
    assert door("GET", f"/tasks/{TASK}")["taskStatusId"] == STUCK
    assert door.refused("GET", path) == "not-found"


@pytest.mark.parametrize("last", [TODO, DONE])
def test_the_last_status_to_begin_or_end_with_stays(door: Door, last: str) -> None:
    refused = door.refused("POST", f"{STATUSES}/{last}/delete", {"taskStatusId": STUCK})

    assert refused == "invalid-operation"


def test_an_unknown_type_of_status_is_refused(door: Door) -> None:
    assert door.refused("POST", STATUSES, {"name": "x", "type": "open"}) == "invalid-model"


def test_an_archived_type_of_work_is_hidden_until_asked_for(door: Door) -> None:
    door("POST", f"/typeofwork/{MANAGEMENT}/setarchived", {"isArchived": True})

    shown = [each["id"] for each in door("GET", "/typeofwork")]
    of_project = [each["id"] for each in door("GET", f"/projects/{PROJECT}/typeofwork")]

    assert MANAGEMENT not in shown
    assert of_project == shown
    assert MANAGEMENT in [each["id"] for each in door("GET", "/typeofwork?showArchived=true")]


def test_a_deleted_type_of_work_is_replaced_where_it_is_used(door: Door) -> None:
    path = f"/typeofwork/{DEVELOPMENT}/delete"

    assert door.refused("POST", path, {}) == "invalid-model"
    door("POST", path, {"typeOfWorkId": MANAGEMENT})
    assert door("GET", f"/tasks/{TASK}")["typeOfWorkId"] == MANAGEMENT
    assert door("GET", f"/timeentries/{TRACKED}")["typeOfWork"]["name"] == "Project management"


def test_a_person_is_changed_and_softly_deleted(door: Door) -> None:
    door("PUT", f"/users/{MARA}", {"firstName": "Mara", "lastName": "Voss"})
    renamed = {c["property"]: c.get("new") for c in door.events[0]["changes"]}
    door("DELETE", f"/users/{MARA}")

    assert renamed["LastName"] == "Voss"
    assert "FirstName" not in renamed
    assert door.told() == ["user_updated", "user_deleted"]
    assert MARA not in [user["id"] for user in door("GET", "/users")]
    assert door("GET", f"/users/{MARA}")["isDeactivated"]


def test_a_task_is_found_under_its_project_and_its_people_only(door: Door) -> None:
    elsewhere = door("POST", "/projects", {"name": "Other"})["id"]
    mine = door("POST", "/tasks", {"name": "x", "baseType": "private"})["id"]

    assert door("GET", f"/projects/{PROJECT}/projecttasks/{TASK}")["id"] == TASK
    assert door("GET", f"/users/{TIMO}/assignedtasks/{TASK}")["id"] == TASK
    assert door("GET", f"/me/assignedtasks/{mine}")["id"] == mine
    for path in (f"/projects/{elsewhere}/projecttasks", f"/users/{MARA}/assignedtasks"):
        assert door.refused("GET", f"{path}/{TASK}") == "not-found"


def test_a_comment_is_changed_answered_and_deleted_with_its_answers(door: Door) -> None:
    path = f"/tasks/{TASK}/comments"
    reply = {"message": "Hello", "inReplyToCommentId": COMMENT}
    door("POST", path, reply)
    changed = door("PUT", f"{path}/{COMMENT}", {"message": "Hi all"})
    door("POST", f"{path}/{COMMENT}/react", {"emoji": "+1", "operation": "add"})

    assert (changed["message"], changed["userId"]) == ("Hi all", TIMO)
    assert len(door("GET", f"{path}/{COMMENT}")["reactions"]) == 1
    assert len(door("GET", path)) == 2
    door("DELETE", f"{path}/{COMMENT}")
    assert door("GET", path) == []
    assert door.told() == ["task_comment_added"]
