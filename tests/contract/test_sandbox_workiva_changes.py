"""The sandbox's Workiva: how tasks are changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.wdesk import (
    EXAMPLE,
    OLD,
    SOMEONE,
    STEP,
    Caller,
    Moment,
    signed_in,
    wrongs,
)

OTHER = {"id": "V1ZOther", "type": "USER"}
_PATHS = (
    "must be one of /approvalSteps, /assignees, /description, /dueDate, /location, /owner, /title"
)


@pytest.fixture(name="clock")
def _clock() -> Moment:
    return Moment()


@pytest.fixture(name="caller")
def _caller(clock: Moment) -> Iterator[Caller]:
    with Sandbox.start(clock=clock) as sandbox:
        yield signed_in(sandbox.workiva)


def test_properties_are_replaced(caller: Caller, clock: Moment) -> None:
    made = caller.made()
    clock.forward(minutes=5)

    changed = caller.replace(
        made["id"], title="New", description="d", dueDate="2026-12-01T09:00:00+01:00", owner="V1"
    )

    assert changed.status_code == 200
    assert changed.json() == caller.ask("GET", f"/tasks/{made['id']}").json()
    assert changed.json() == {
        **made,
        "title": "New",
        "description": "d",
        "dueDate": "2026-12-01T08:00:00Z",
        "owner": "V1",
        "modified": {**made["modified"], "dateTime": "2026-11-20T08:20:30Z"},
    }


@pytest.mark.parametrize(
    ("patch", "target", "message"),
    [
        ({}, "", "must be a list of JSON Patch operations"),
        ([], "", "must be a list of JSON Patch operations"),
        ([{"op": "replace", "path": "/title"}], "[0]", "must have op, path and value"),
        ([{"op": "add", "path": "/title", "value": "a"}], "[0].op", "must be replace, not add"),
        ([{"op": "replace", "path": "title", "value": "a"}], "[0].path", _PATHS),
        ([{"op": "replace", "path": "/status", "value": "Completed"}], "[0].path", _PATHS),
        ([{"op": "replace", "path": "/dueAt", "value": None}], "[0].path", _PATHS),
        (
            [{"op": "replace", "path": "/title", "value": 1}],
            "title",
            "must be a string that is not empty",
        ),
    ],
)
def test_a_patch_that_is_none_changes_nothing(
    caller: Caller, patch: object, target: str, message: str
) -> None:
    made = caller.made()

    answer = caller.ask("PATCH", f"/tasks/{made['id']}", json=patch)

    assert answer.status_code == 400
    assert wrongs(answer) == [(target, message)]
    assert caller.workiva.tasks[made["id"]]["title"] == "Report"


def test_a_patch_is_applied_whole_or_not_at_all(caller: Caller) -> None:
    ident = caller.made()["id"]

    assert caller.replace(ident, title="New", dueDate="soon").status_code == 400
    assert caller.workiva.tasks[ident]["title"] == "Report"


def test_the_prototypes_limits_hold_for_changes(caller: Caller) -> None:
    old = signed_in(caller.workiva, OLD)
    ident = caller.made()["id"]

    assert old.replace(ident, title="t" * 501).status_code == 400
    assert caller.replace(ident, title="t" * 501).status_code == 200


def test_a_location_is_set_once(caller: Caller) -> None:
    ident, place = caller.made()["id"], {"resource": "a", "segment": None}

    first = caller.replace(ident, location=place)
    same = caller.replace(ident, location=place)
    others = [caller.replace(ident, location=other) for other in ({"resource": "b"}, None)]

    assert first.json()["location"] == place
    assert same.status_code == 200
    assert [other.status_code for other in others] == [409, 409]
    assert others[0].json()["code"] == "409Conflict"
    assert wrongs(others[0]) == [
        ("/location", "The location is set, and cannot be changed any more.")
    ]


@pytest.mark.parametrize(
    ("change", "is_restarted"),
    [
        ({"assignees": [OTHER]}, True),
        ({"assignees": [SOMEONE]}, False),
        ({"location": {"resource": "a"}}, True),
        ({"title": "New"}, False),
        ({"approvalSteps": [{**STEP, "participants": [OTHER]}, STEP]}, True),
        ({"approvalSteps": [STEP, {**STEP, "participants": [OTHER]}]}, False),
        ({"approvalSteps": []}, True),
    ],
)
def test_a_change_of_who_or_where_begins_the_task_again(
    caller: Caller, change: dict[str, Any], is_restarted: bool
) -> None:
    ident = caller.made(assignees=[SOMEONE], approvalSteps=[STEP, STEP])["id"]
    caller.act(ident, "SUBMIT")
    caller.act(ident, "APPROVE")

    changed = caller.replace(ident, **change).json()

    given = [len(step["responses"]) for step in changed["approvalSteps"]]
    assert changed["status"] == ("Created" if is_restarted else "Approved")
    assert sum(given) == (0 if is_restarted else 1)


def test_a_done_task_that_begins_again_is_not_completed(caller: Caller) -> None:
    made = caller.ask("POST", json=EXAMPLE).json()

    changed = caller.replace(made["id"], assignees=[OTHER]).json()

    assert (made["status"], changed["status"]) == ("Completed", "Created")
    assert "completed" not in changed
