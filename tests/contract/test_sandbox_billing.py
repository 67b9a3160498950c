"""Time entries in batches: what they are booked on, and what is billed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.door import MANAGEMENT, OTHER, RUNNING, TRACKED, Door, lived_in
from tests.contract.test_sandbox_answers import MARA, NOBODY, PROJECT, TASK

BATCH = "/timeentries/batch"


@pytest.fixture(name="door")
def _door() -> Door:
    return lived_in()


def batch(door: Door, operation: str, *entries: str, **form: Any) -> dict[str, list[str]]:
    """The ids in each bucket of a batch of time entries."""
    body = {"timeEntryIds": [*entries], **form}
    status, found = door.asked("POST", f"{BATCH}/{operation}", body)
    assert status == 207
    return {name: bucket["ids"] for name, bucket in found.items() if bucket["ids"]}


#: operation, what it takes, what the entry then has, the event
OPERATIONS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "setTypeOfWork",
        {"newTypeOfWorkId": MANAGEMENT},
        {"typeOfWorkId": MANAGEMENT},
        "type_changed",
    ),
    ("setIsBilled", {"isBilled": True}, {"isBilled": True, "isBillable": True}, "updated"),
    ("setIsBillable", {"isBillable": False}, {"isBillable": False}, "updated"),
    # The project drops the task of before, the task brings its project.
    ("setProject", {"newProjectId": PROJECT}, {"projectId": PROJECT, "taskId": None}, "updated"),
    ("setTask", {"newTaskId": OTHER}, {"projectId": PROJECT, "taskId": OTHER}, "updated"),
    ("setUser", {"newUserId": MARA}, {"userId": MARA}, "updated"),
]


@pytest.mark.parametrize(("operation", "form", "then", "event"), OPERATIONS)
def test_a_batch_changes_what_it_says_and_tells_of_it(
    door: Door, operation: str, form: dict[str, Any], then: dict[str, Any], event: str
) -> None:
    found = batch(door, operation, TRACKED, NOBODY, **form)

    entry = door("GET", f"/timeentries/{TRACKED}")
    assert found == {"ok": [TRACKED], "notFound": [NOBODY]}
    assert {name: entry.get(name) for name in then} == then
    assert door.told() == [f"timetracking_{event}"]


def test_a_private_task_has_no_project_to_bring(door: Door) -> None:
    private = door("POST", "/tasks", {"name": "Numbers", "baseType": "private"})["id"]

    batch(door, "setTask", TRACKED, newTaskId=private)

    assert "projectId" not in door("GET", f"/timeentries/{TRACKED}")


@pytest.mark.parametrize(
    ("operation", "form"),
    [
        ("paint", {}),
        ("setUser", {}),
        ("setTypeOfWork", {"newTypeOfWorkId": NOBODY}),
        ("setProject", {"newProjectId": TASK}),
    ],
)
def test_a_form_that_fits_no_entry_is_refused_whole(
    door: Door, operation: str, form: dict[str, Any]
) -> None:
    body = {"timeEntryIds": [TRACKED], **form}

    assert door.asked("POST", f"{BATCH}/{operation}", body)[0] == 400
    assert door.told() == []


def test_an_admin_makes_a_billed_entry_unbillable_and_so_unbilled(door: Door) -> None:
    batch(door, "setIsBilled", TRACKED, isBilled=True)

    batch(door, "setIsBillable", TRACKED, isBillable=False)

    entry = door("GET", f"/timeentries/{TRACKED}")
    assert (entry["isBillable"], entry["isBilled"]) == (False, False)


FOR_ADMINS: list[tuple[str, dict[str, Any]]] = [
    ("delete", {}),
    ("setIsBillable", {"isBillable": False}),
    ("setIsBilled", {"isBilled": False}),
    ("setProject", {"newProjectId": PROJECT}),
    ("setTask", {"newTaskId": OTHER}),
    ("setUser", {"newUserId": MARA}),
]


@pytest.mark.parametrize(("operation", "form"), FOR_ADMINS)
def test_who_is_no_admin_may_not_touch_billed_entries(
    door: Door, operation: str, form: dict[str, Any]
) -> None:
    batch(door, "setIsBilled", TRACKED, isBilled=True)
    door.world.api_user_is_admin = False

    found = batch(door, operation, TRACKED, RUNNING, **form)

    assert found == {"ok": [RUNNING], "unauthorized": [TRACKED]}
    assert door.refused("DELETE", f"/timeentries/{TRACKED}") == "unauthorized"


def test_the_older_setters_do_it_to_all_or_to_none(door: Door) -> None:
    both = {"ids": [RUNNING, TRACKED]}
    door("POST", "/timeentries/setbilled", {"ids": [TRACKED]})

    refused = door.refused("POST", "/timeentries/setunbillable", both)

    assert refused == "invalid-operation"
    assert door("GET", f"/timeentries/{RUNNING}")["isBillable"]
    door("POST", "/timeentries/setunbilled", both)
    door("POST", "/timeentries/setunbillable", both)
    door("POST", "/timeentries/settypeofwork", {**both, "typeOfWorkId": MANAGEMENT})
    entries = door("GET", "/timeentries")
    flags = [(e["isBillable"], e["isBilled"], e["typeOfWorkId"]) for e in entries]
    assert flags == [(False, False, MANAGEMENT)] * 2
    assert door.refused("POST", "/timeentries/setbillable", {"ids": [NOBODY]}) == "not-found"
    door("POST", "/timeentries/delete", both)
    assert door("GET", "/timeentries") == []


def test_entries_are_listed_by_project_and_in_short(door: Door) -> None:
    of_project = door("GET", f"/projects/{PROJECT}/timeentries")
    short = door("GET", "/timeentries/simplified?filterby=isBillable eq true")

    assert {entry["id"] for entry in of_project} == {TRACKED, RUNNING}
    assert [e["duration"] for e in short] == [3600, 0]
    assert short[0]["task"]["name"] == "Build checkout page"
