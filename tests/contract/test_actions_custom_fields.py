"""Custom fields of a new task: by their ids, each value in the property of its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import MARA, TASK_ID, Try, trying, why
from webhooks.store.client import Client

FIELD, HIGH = "8f7f7b0e-2f43-4f35-a7a4-6f0e5a3f1c11", "c1b7a6f0-58ac-4f0c-8a65-6f1e1f3f7d10"
CREATE = f"create_task: {{name: New, project: Webshop relaunch, custom_fields: {{{FIELD}: %s}}}}"
PATH = "/tasks/.*/setcustomfields"


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        # What the tasks of the project show: one of them has chosen High.
        option = {"id": HIGH, "value": "High", "order": 1.0}
        shown = {"customFieldDefinitionId": FIELD, "selectionOption": option}
        one.sandbox.world.tasks[TASK_ID]["customFields"] = [shown]
        yield one


def fields(attempt: Try) -> Any:
    """Of the new task, as the sandbox has it."""
    tasks = attempt.sandbox.world.tasks.values()
    return next(task["customFields"] for task in tasks if task["name"] == "New")


@pytest.mark.parametrize(
    ("value", "property_", "sent"),
    [
        ("Ready", "textValue", "Ready"),
        ("1250.5", "numberValue", 1250.5),
        ("7", "numberValue", 7),
        ("false", "booleanValue", False),
        ('"${entity.plannedDuration}"', "numberValue", 21_600),
        ("{text: '7'}", "textValue", "7"),
        ("{number: 0}", "numberValue", 0),
        ("{boolean: true}", "booleanValue", True),
        ("{date: 2026-03-27}", "dateValue", "2026-03-27T00:00:00Z"),
        ("{date: 2026-03-27T09:00}", "dateValue", "2026-03-27T08:00:00Z"),  # Berlin, in winter
        ("{user: Mara Jensen}", "userIdValue", MARA),
        (f"{{selection: {HIGH}}}", "selectionOptionIdValue", HIGH),
        ("{selection: High}", "selectionOptionIdValue", HIGH),
    ],
)
def test_a_value_is_sent_in_the_property_of_its_type(
    attempt: Try, value: str, property_: str, sent: object
) -> None:
    run = attempt(CREATE % value)

    form = {"customFieldDefinitionId": FIELD, property_: sent}
    assert run.outcome == "done"
    assert attempt.sent[1:] == [[form]]
    assert fields(attempt) == [form]


def test_they_are_set_last(attempt: Try) -> None:
    run = attempt((CREATE % "1")[:-1] + ", assignees: Mara Jensen, tags: urgent}")

    items = [write.item for write in run.rules[0].actions[0].writes]
    assert items == ["task", "assignees", "tags", "custom_fields"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "fail_after"])
def test_when_setting_them_fails_the_retry_makes_no_second_task(
    attempt: Try, kind: Literal["drop_before", "drop_after", "fail_after"]
) -> None:
    one = attempt.prepare(CREATE % "1")
    attempt.sandbox.faults.add(kind, "POST", PATH)

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, second.outcome) == ("later", "done")
    assert len(attempt.sandbox.writes("/tasks")) == 1
    assert fields(attempt) == [{"customFieldDefinitionId": FIELD, "numberValue": 1}]


def test_what_awork_refuses_is_failed_with_its_words(attempt: Try) -> None:
    attempt.sandbox.faults.add("refuse", "POST", PATH, status=400, code="validation-failed")

    run = attempt(CREATE % "1")

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert "setcustomfields: 400 validation-failed" in run.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "[1, 2]",
            "text, a number, true, false, or a map with one of text, number, date, boolean,"
            " user, selection",
        ),
        (
            "{text: a, number: 1}",
            "text, a number, true, false, or a map with one of text, number,"
            " date, boolean, user, selection",
        ),
        (f"{'x' * 751}", "text of at most 750 characters"),
        ("{text: 7}", "text of at most 750 characters"),
        ("{number: '7'}", "a number"),
        ("{number: true}", "a number"),
        ("{boolean: 'yes'}", "true or false"),
        (
            "{date: soon}",
            "a day like 2026-03-27, or a time like 2026-03-27T09:00 (in the rule's zone)",
        ),
        (
            "{selection: Low}",
            "the id of a choice, or the text of one that a task of the project"
            " has; there are: High",
        ),
    ],
)
def test_a_value_that_makes_no_sense_leaves_no_task_behind(
    attempt: Try, value: str, expected: str
) -> None:
    run = attempt(CREATE % value)

    assert (run.outcome, run.reason, attempt.sent) == ("failed", "invalid-value", [])
    assert run.message.startswith(f"custom_fields.{FIELD} is ")
    assert run.message.endswith(f"; expected {expected}")


def test_a_field_has_no_name_to_go_by(attempt: Try) -> None:
    run = attempt("create_task: {name: New, project: Webshop relaunch, custom_fields: {Budget: 5}}")

    assert why(run) == (
        "failed",
        "invalid-value",
        "custom_fields is 'Budget'; expected the id of a field, as a task with it shows:"
        " customFields.0.customFieldDefinitionId; awork does not tell what fields are called",
    )
    assert attempt.sent == []


def test_a_private_task_shows_no_choices(attempt: Try) -> None:
    run = attempt(
        "create_task: {name: New, private_for: Timo Brandt,"
        f" custom_fields: {{{FIELD}: {{selection: High}}}}}}"
    )

    assert (run.outcome, run.reason, attempt.sent) == ("failed", "invalid-value", [])
    assert run.message.endswith("there are: none")


def test_no_fields_are_no_request(attempt: Try) -> None:
    run = attempt("create_task: {name: New, project: Webshop relaunch, custom_fields: {}}")

    assert (run.outcome, len(attempt.sent)) == ("done", 1)
