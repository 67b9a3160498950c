"""Every route the sandbox plays, asked once: what it answers fits the contract."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.api import ROUTES
from deploy.sandbox.contract import the_contract
from tests.contract.door import (
    BLOCK,
    BOOKED,
    COMMENT,
    DAY_OFF,
    HAMBURG,
    HOLIDAY,
    HOOK,
    MANAGEMENT,
    OFF,
    OTHER,
    STUCK,
    TRACKED,
    UNUSED_TYPE,
    lived_in,
)
from tests.contract.test_sandbox_answers import (
    BOOKING,
    DEVELOPMENT,
    DONE,
    ENTRY,
    MARA,
    NOBODY,
    PROJECT,
    SCHEDULE,
    SCHEDULE_TIMES,
    TASK,
    TASK_FORM,
    TIMO,
    WEBHOOK,
)

_INTERVAL = f"userIds={TIMO},{MARA}&intervalStart=2026-11-23&intervalEnd=2026-11-23"
READS = [
    "/absenceregions",
    "/absences",
    f"/absences/{OFF}",
    "/workspaceabsences",
    "/me",
    "/me/projecttasks",
    "/me/assignedtasks",
    "/projects",
    f"/projects/{PROJECT}",
    f"/projects/{PROJECT}/members",
    f"/projects/{PROJECT}/projecttasks",
    f"/projects/{PROJECT}/projecttasks/{TASK}",
    f"/projects/{PROJECT}/tags",
    f"/projects/{PROJECT}/tasklists",
    f"/projects/{PROJECT}/taskstatuses",
    f"/projects/{PROJECT}/taskstatuses/{DONE}",
    f"/projects/{PROJECT}/timeentries",
    f"/projects/{PROJECT}/typeofwork",
    "/projecttimebookings",
    "/tasks/tags",
    f"/tasks/{TASK}",
    f"/tasks/{TASK}/activities",
    f"/tasks/{TASK}/tags",
    f"/tasks/{TASK}/comments",
    f"/tasks/{TASK}/comments/{COMMENT}",
    f"/tasks/{TASK}/taskdependencies",
    f"/tasks/{TASK}/timeentries",
    "/taskschedules",
    f"/taskschedules/{BLOCK}",
    "/timeentries",
    "/timeentries/simplified",
    f"/timeentries/{TRACKED}",
    "/typeofwork",
    "/typeofwork/icons",
    f"/typeofwork/{DEVELOPMENT}",
    "/users",
    f"/users/projecttimebookings?{_INTERVAL}",
    f"/users/workload?{_INTERVAL}&roughPlanningFrom=0&fetchDetails=true",
    f"/users/{TIMO}",
    f"/users/{TIMO}/assignedtasks",
    f"/users/{TIMO}/assignedtasks/{TASK}",
    f"/users/{TIMO}/capacity",
    f"/users/{TIMO}/timeentries/last",
    "/webhooks",
    "/webhooks/eventtypes",
    "/webhooks/eventtypes/slack",
    f"/webhooks/{HOOK}",
    f"/webhooks/{HOOK}/logs",
]

_FORM = {"timezone": "Europe/Berlin", "typeOfWorkId": DEVELOPMENT}
_STATUS = {"name": "Waiting", "type": "stuck"}
_ABSENCE = {**DAY_OFF, "userId": MARA}
_PARTY = {**DAY_OFF, "description": "Party", "regionId": HAMBURG}
_TARGET = {"projectId": PROJECT, "taskStatusId": DONE}
_NEW_TAG = {"oldTagName": "billable", "newTag": {"name": "paid"}}
_BILLED = {"timeEntryIds": [TRACKED, NOBODY], "isBilled": True}
_THESE = {"ids": [TRACKED]}
_BATCH = {"taskIds": [TASK, NOBODY], "isPrio": True}

#: method, path, body, status
WRITES: list[tuple[str, str, Any, int]] = [
    ("POST", "/absences", _ABSENCE, 200),
    ("PUT", f"/absences/{OFF}", _ABSENCE, 200),
    ("DELETE", f"/absences/{OFF}", None, 204),
    ("POST", "/workspaceabsences", _PARTY, 200),
    ("PUT", f"/workspaceabsences/{HOLIDAY}", _PARTY, 200),
    ("DELETE", f"/workspaceabsences/{HOLIDAY}", None, 204),
    ("GET", f"/me/assignedtasks/{TASK}", None, 404),
    ("POST", "/projects", {"name": "New shop"}, 200),
    ("PUT", f"/projects/{PROJECT}", {"name": "Old shop"}, 200),
    ("POST", f"/projects/{PROJECT}/projecttasks/{TASK}/changeproject", _TARGET, 204),
    ("POST", f"/projects/{PROJECT}/tasklists", {"name": "Sprint 13"}, 200),
    ("POST", f"/projects/{PROJECT}/taskstatuses", _STATUS, 200),
    ("PUT", f"/projects/{PROJECT}/taskstatuses/{STUCK}", _STATUS, 200),
    ("POST", f"/projects/{PROJECT}/taskstatuses/{STUCK}/delete", {}, 204),
    ("POST", "/projecttimebookings", BOOKING, 200),
    ("PUT", f"/projecttimebookings/{BOOKED}", BOOKING, 200),
    ("DELETE", f"/projecttimebookings/{BOOKED}", None, 204),
    ("POST", "/tasks", TASK_FORM, 200),
    ("POST", "/tasks/batch/SetPrio", _BATCH, 207),
    ("POST", "/tasks/changestatuses", [{"taskId": TASK, "statusId": DONE}], 204),
    ("POST", "/tasks/changesubtasks", [{"taskId": OTHER, "parentId": TASK}], 204),
    ("POST", "/tasks/changesubtaskstoparent", [{"taskId": TASK}], 204),
    ("POST", "/tasks/changetypeofwork", {"taskIds": [TASK], "typeOfWorkId": MANAGEMENT}, 204),
    ("POST", "/tasks/delete", {"taskIds": [OTHER, NOBODY]}, 207),
    ("POST", "/tasks/deletetags", {"name": "billable"}, 204),
    ("POST", "/tasks/updatetags", _NEW_TAG, 204),
    ("POST", "/tasks/settaskpriority", {"taskId": TASK, "isPrio": True}, 204),
    ("PUT", f"/tasks/{TASK}", {"name": "New name"}, 200),
    ("POST", f"/tasks/{TASK}/addtags", [{"name": "new", "color": "red"}], 200),
    ("POST", f"/tasks/{TASK}/deletetags", [{"name": "not there"}], 207),
    ("POST", f"/tasks/{TASK}/comments", {"message": "Yes"}, 200),
    ("DELETE", f"/tasks/{TASK}/comments", None, 204),
    ("PUT", f"/tasks/{TASK}/comments/{COMMENT}", {"message": "No"}, 200),
    ("DELETE", f"/tasks/{TASK}/comments/{COMMENT}", None, 204),
    ("POST", f"/tasks/{TASK}/comments/{COMMENT}/react", {"emoji": "+", "operation": "add"}, 204),
    ("POST", f"/tasks/{TASK}/copy", None, 200),
    ("POST", f"/tasks/{TASK}/setassignees", [MARA], 204),
    ("POST", f"/tasks/{TASK}/setcustomfields", [{"customFieldDefinitionId": NOBODY}], 204),
    ("POST", f"/tasks/{TASK}/setplannedefforts", [{"userId": TIMO}], 204),
    ("POST", "/taskschedules", SCHEDULE, 200),
    ("POST", f"/taskschedules/bytaskid/{TASK}", None, 204),
    ("PUT", f"/taskschedules/{BLOCK}", SCHEDULE_TIMES, 200),
    ("DELETE", f"/taskschedules/{BLOCK}", None, 204),
    ("POST", "/timeentries", ENTRY, 200),
    ("POST", "/timeentries/batch/setIsBilled", _BILLED, 207),
    ("POST", "/timeentries/delete", _THESE, 204),
    ("POST", "/timeentries/setbillable", _THESE, 204),
    ("POST", "/timeentries/setunbillable", _THESE, 204),
    ("POST", "/timeentries/setbilled", _THESE, 204),
    ("POST", "/timeentries/setunbilled", _THESE, 204),
    ("POST", "/timeentries/settypeofwork", {**_THESE, "typeOfWorkId": MANAGEMENT}, 204),
    ("PUT", f"/timeentries/{TRACKED}", _FORM, 200),
    ("DELETE", f"/timeentries/{TRACKED}", None, 204),
    ("POST", f"/timeentries/{TRACKED}/removebreaks", None, 200),
    ("POST", "/typeofwork", {"name": "Travel"}, 200),
    ("PUT", f"/typeofwork/{DEVELOPMENT}", {"name": "Coding"}, 200),
    ("POST", f"/typeofwork/{UNUSED_TYPE}/delete", {}, 204),
    ("POST", f"/typeofwork/{DEVELOPMENT}/setarchived", {"isArchived": True}, 200),
    ("PUT", f"/users/{TIMO}", {"firstName": "Tim"}, 200),
    ("DELETE", f"/users/{TIMO}", None, 204),
    ("PUT", f"/users/{TIMO}/capacity", {"mon": 3600}, 200),
    ("POST", f"/users/{TIMO}/timetracking/start", _FORM, 200),
    ("POST", f"/users/{MARA}/timetracking/stop", None, 200),
    ("POST", f"/users/{MARA}/timetracking/pause", None, 200),
    ("POST", f"/users/{TIMO}/timetracking/resume", None, 204),
    ("POST", "/webhooks", WEBHOOK, 200),
    ("PUT", f"/webhooks/{HOOK}", WEBHOOK, 200),
    ("DELETE", f"/webhooks/{HOOK}", None, 204),
]
CALLS = [*(("GET", path, None, 200) for path in READS), *WRITES]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"), CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS]
)
def test_what_a_route_answers_fits_the_contract(
    method: str, path: str, body: Any, status: int
) -> None:
    door = lived_in()

    assert door.asked(method, path, body)[0] == status


def test_no_route_is_left_out_above() -> None:
    found = [the_contract().find(method, path.partition("?")[0]) for method, path, *_ in CALLS]

    asked = {(one[0].method, one[0].template) for one in found if one}
    assert asked == set(ROUTES)
