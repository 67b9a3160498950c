"""Tasks, what hangs on them, and the time tracked on them, as the sandbox keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import (
    DEVELOPMENT,
    DONE,
    ENTRY,
    LIST,
    MARA,
    NOBODY,
    PROJECT,
    TASK,
    TASK_FORM,
    TIMO,
    TOKEN,
    Caller,
)


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="call")
def _call(sandbox: Sandbox) -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield Caller(client)


def test_a_task_is_made_with_everything_around_it(call: Caller) -> None:
    made = call.made("/tasks", TASK_FORM)

    given = {k: v for k, v in TASK_FORM.items() if k not in ("entityId", "lists")}
    assert made == made | given
    assert (made["projectId"], made["entityId"]) == (PROJECT, PROJECT)
    assert (made["taskNumber"], made["taskIdentifier"]) == (43, "HAFEN-43")
    assert made["taskStatus"]["type"] == "todo"
    assert made["typeOfWork"]["name"] == "Development"
    assert made["project"]["company"]["name"] == "Hafenblick GmbH"
    assert [(each["id"], each["orderOfTask"]) for each in made["lists"]] == [(LIST, 5)]
    assert made["correlationId"] == made["id"]
    assert (made["trackedDuration"], made["taskSchedulesCount"], made["commentCount"]) == (0, 0, 0)
    assert call.made("/tasks", TASK_FORM)["resourceVersion"] > made["resourceVersion"]


def test_a_private_task_is_the_api_users_unless_it_names_another(call: Caller) -> None:
    form = {"name": "Prepare numbers", "baseType": "private"}

    mine, his = call.made("/tasks", form), call.made("/tasks", {**form, "entityId": TIMO})

    assert mine["userId"] == call("GET", "/me").json()["id"]
    assert his["userId"] == TIMO
    assert "projectId" not in mine
    assert [t["id"] for t in call("GET", "/me/assignedtasks").json()] == [mine["id"]]


def test_a_subtask_knows_its_parent_and_adds_to_it(call: Caller) -> None:
    sub = call.made("/tasks", {**TASK_FORM, "parentId": TASK, "plannedDuration": 60})
    parent = call("GET", f"/tasks/{TASK}").json()

    assert (sub["isSubtask"], sub["correlationId"]) == (True, TASK)
    assert sub["parentTask"]["name"] == "Build checkout page"
    assert (parent["numberOfSubtasks"], parent["totalPlannedDuration"]) == (1, 21660)


def test_put_replaces_a_task_and_empties_what_is_left_out(call: Caller) -> None:
    before = call("GET", f"/tasks/{TASK}").json()

    after = call("PUT", f"/tasks/{TASK}", {"name": "Build it", "plannedDuration": 60}).json()

    assert (after["name"], after["plannedDuration"]) == ("Build it", 60)
    assert "dueOn" in before
    assert "dueOn" not in after
    assert after["resourceVersion"] > before["resourceVersion"]


def test_setters_answer_nothing_and_change_the_task(call: Caller) -> None:
    effort = [{"userId": MARA, "plannedEffort": 900}]
    field = [{"customFieldDefinitionId": NOBODY, "textValue": "hookwork"}]
    for setter, body in (
        (f"{TASK}/setassignees", [MARA]),
        (f"{TASK}/setplannedefforts", effort),
        (f"{TASK}/setcustomfields", field),
        ("changestatuses", [{"taskId": TASK, "statusId": DONE}]),
    ):
        answer = call("POST", f"/tasks/{setter}", body)
        assert (answer.status_code, answer.content) == (204, b"")

    task = call("GET", f"/tasks/{TASK}").json()

    assert [(p["firstName"], p["plannedEffort"]) for p in task["assignees"]] == [("Mara", 900)]
    assert task["customFields"] == field
    assert task["taskStatus"]["type"] == "done"
    assert task["closedBy"] == call("GET", "/me").json()["id"]


def test_a_batch_of_statuses_with_an_unknown_task_is_partly_done(call: Caller) -> None:
    forms = [{"taskId": NOBODY, "statusId": DONE}, {"taskId": TASK, "statusId": DONE}]

    assert call("POST", "/tasks/changestatuses", forms).status_code == 207
    assert call("GET", f"/tasks/{TASK}").json()["taskStatus"]["type"] == "done"


def test_tags_are_added_all_or_none(call: Caller) -> None:
    tags = call.made(f"/tasks/{TASK}/addtags", [{"name": "auto", "color": "blue"}])
    doubled = call("POST", f"/tasks/{TASK}/addtags", [{"name": "new"}, {"name": "Auto"}])

    assert [tag["name"] for tag in tags] == ["billable", "auto"]
    assert doubled.status_code == 400
    assert len(call("GET", f"/tasks/{TASK}").json()["tags"]) == 2


def test_comments_are_made_listed_and_counted(call: Caller) -> None:
    made = call.made(f"/tasks/{TASK}/comments", {"message": "No time, no done."})

    assert made["user"]["firstName"] == "Event"
    assert call("GET", f"/tasks/{TASK}/comments").json() == [made]
    assert call("GET", f"/tasks/{TASK}/comments/{made['id']}").json() == made
    assert call("GET", f"/tasks/{TASK}").json()["commentCount"] == 1


def test_a_time_entry_has_both_frames_and_all_it_hangs_on(call: Caller) -> None:
    made = call.made("/timeentries", ENTRY)

    assert made == made | ENTRY
    assert {
        "startDateLocal": "2026-11-20T00:00:00",
        "startTimeLocal": "10:21:00",
        "endDateUtc": "2026-11-20T00:00:00Z",
        "endTimeUtc": "11:45:00",
        "endDateLocal": "2026-11-20T00:00:00",
        "endTimeLocal": "12:45:00",
        "projectId": PROJECT,
        "isBillable": True,
        "isBilled": False,
    }.items() <= made.items()
    nested = {each: made[each]["id"] for each in ("typeOfWork", "user", "task", "project")}
    ids = {"typeOfWork": DEVELOPMENT, "user": TIMO, "task": TASK, "project": PROJECT}
    assert nested == ids
    assert call("GET", f"/tasks/{TASK}").json()["trackedDuration"] == 8640
    assert call("GET", f"/projects/{PROJECT}").json()["trackedDuration"] == 210600 + 8640


def test_a_time_entry_is_changed_listed_and_deleted(call: Caller) -> None:
    made = call.made("/timeentries", ENTRY)
    path = f"/timeentries/{made['id']}"
    form = {"timezone": "Europe/Berlin", "typeOfWorkId": DEVELOPMENT, "taskId": TASK}

    noted = call("PUT", path, {**form, "note": "Cart"}).json()
    shorter = call("PUT", path, {**form, "duration": 60}).json()

    assert (noted["note"], noted["duration"]) == ("Cart", 8640)
    assert (shorter["startTimeUtc"], shorter["endTimeUtc"]) == ("09:21:00", "09:22:00")
    assert shorter["resourceVersion"] > noted["resourceVersion"] > made["resourceVersion"]
    assert call("GET", path).json() == shorter
    assert call("GET", f"/tasks/{TASK}/timeentries").json() == [shorter]
    assert call("DELETE", path).status_code == 204
    assert call("GET", "/timeentries").json() == []
