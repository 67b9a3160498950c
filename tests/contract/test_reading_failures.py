"""What becomes of an event when its objects are gone, badly named, or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.looking import NOBODY, TASK, TIMO, Looking, looking_at, path_of, told
from webhooks.errors import RunFailed, TargetBusy
from workers.rules.facts import ABSENT


@pytest.fixture
def look(sandbox: Sandbox) -> Iterator[Looking]:
    with looking_at(sandbox) as looking:
        yield looking


@pytest.mark.parametrize("path", ["task", "task.tags", "task.dueOn", "task.openSubtasks"])
def test_what_is_gone_is_absent_but_for_its_id(look: Looking, path: str) -> None:
    look.remove("tasks", TASK)
    facts = look.at_sample("timetracking_added")

    assert told(facts, path) is ABSENT
    assert told(facts, "task.id") == TASK
    assert told(facts, "task.tags") is ABSENT
    assert look.asked == [f"/tasks/{TASK}"]


@pytest.mark.parametrize(
    ("event", "entity", "path"),
    [
        ("timetracking_added", {"taskId": None, "task": None}, "task.name"),
        ("timetracking_added", {"taskId": None, "task": None}, "task"),
        ("timetracking_added", {"taskId": 7, "task": None}, "task.name"),
        ("timetracking_added", {"taskId": "../me", "task": None}, "task.name"),
        ("absence_added", {"userId": "x"}, "user.isAbsent"),
        ("task_updated", {"id": "x"}, "task.openPredecessors"),
        ("task_updated", {"assignees": []}, "assignee.firstName"),
    ],
)
def test_without_a_proper_id_nothing_is_read(
    look: Looking, event: str, entity: dict[str, Any], path: str
) -> None:
    facts = look.at_sample(event, **entity)

    assert facts.at_hand(path_of(path))
    assert told(facts, path) is ABSENT
    assert look.asked == []


@pytest.mark.parametrize("payload", [{}, {"entity": None}, {"entity": 3}, {"entity": []}])
def test_an_event_without_an_object_tells_the_id_of_its_envelope_at_most(
    look: Looking, payload: dict[str, Any]
) -> None:
    bare, named = look.at(payload, "task_deleted"), {**payload, "entityId": TASK}

    assert (told(bare, "task.id"), told(bare, "task.name")) == (ABSENT, ABSENT)
    assert told(look.at(named, "task_deleted"), "task.id") == TASK
    assert told(look.at(named, "taskassignment_added"), "task.name") == "Build checkout page"


def test_an_assignment_that_names_its_task_is_believed(look: Looking) -> None:
    entity = {"id": NOBODY, "taskId": TASK, "userId": TIMO}

    facts = look.at({"entity": entity, "entityId": NOBODY}, "taskassignment_added")

    assert (told(facts, "task.id"), told(facts, "task.name")) == (TASK, "Build checkout page")


def test_a_nested_object_of_another_id_is_not_the_one_meant(look: Looking) -> None:
    facts = look.at_sample("timetracking_added", task={"id": NOBODY, "name": "Another"})

    assert told(facts, "task.name") == "Build checkout page"
    assert look.asked == [f"/tasks/{TASK}"]


def test_what_awork_cannot_answer_now_is_asked_again(look: Looking) -> None:
    look.sandbox.faults.add("fail_after", "GET", status=500)
    facts = look.at_sample("taskassignment_added")

    with pytest.raises(TargetBusy):
        told(facts, "task.name")

    assert not facts.at_hand(("task", "name"))
    assert told(facts, "task.name") == "Build checkout page"


def test_a_refusal_names_what_was_asked_and_the_way_out_and_is_not_asked_for_twice(
    look: Looking,
) -> None:
    look.sandbox.faults.deny("GET")
    facts = look.at_sample("taskassignment_added")

    with pytest.raises(RunFailed) as first:
        told(facts, "task.name")
    with pytest.raises(RunFailed) as second:
        told(facts, "task.dueOn")

    assert first.value.reason == second.value.reason == "read-refused"
    assert str(first.value) == str(second.value)
    assert str(first.value).startswith(
        f"task: awork does not let it be read: GET /tasks/{TASK}: 401 unauthorized: "
    )
    assert str(first.value).endswith(
        "give the user of AWORK_API_TOKEN the permission for it in awork, or write the rule"
        " without it"
    )
    assert facts.at_hand(("task", "name"))
    assert len(look.asked) == 1


def test_another_refusal_sends_the_reader_to_the_address_or_to_support(look: Looking) -> None:
    look.sandbox.faults.add("refuse", "GET", status=400, code="insufficient-subscription-level")

    with pytest.raises(RunFailed) as failed:
        told(look.at_sample("taskassignment_added"), "task.name")

    trace = look.sandbox.calls[0].trace_id
    assert str(failed.value).endswith(
        f"check AWORK_API_URL, or ask awork's support with the trace id {trace}"
    )
