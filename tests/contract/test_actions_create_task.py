"""Creating tasks: where, with whom, and never twice, whichever of its requests fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import (
    DEVELOPMENT,
    MANAGEMENT,
    MARA,
    PROJECT_ID,
    TASK_ID,
    TIMO,
    Try,
    trying,
    why,
)
from webhooks.store.client import Client

CREATE = "create_task: {name: New, project: Webshop relaunch, %s}"
REVIEW, SPRINT = "6ded13c5-f677-51d0-9725-d3ce55aa6492", "47b64931-0f63-567b-81de-493758ea88f1"


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def made(attempt: Try) -> list[dict[str, Any]]:
    """The tasks of this name that the sandbox has now."""
    return [task for task in attempt.sandbox.world.tasks.values() if task["name"] == "New"]


def test_a_task_has_what_the_rule_says(attempt: Try) -> None:
    run = attempt(
        CREATE % "start_on: 2026-11-23T09:00, due_on: 2026-11-27T17:00, planned_duration: 1h30m, "
        "status: review, lists: [sprint 12], type_of_work: Project management, "
        'parent: "${entity.id}", prio: true, description: Do it'
    )

    [body] = attempt.sent
    assert run.outcome == "done"
    assert body.pop("description").startswith("Do it\n\n⟨hw:")
    assert body == {
        "name": "New",
        "baseType": "projecttask",
        "entityId": PROJECT_ID,
        "startOn": "2026-11-23T08:00:00Z",
        "dueOn": "2026-11-27T16:00:00Z",
        "plannedDuration": 5_400,
        "taskStatusId": REVIEW,
        "lists": [{"id": SPRINT, "order": 1.7976931348623157e308}],
        "typeOfWorkId": MANAGEMENT,
        "parentId": TASK_ID,
        "isPrio": True,
    }


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ("2026-03-27", "2026-03-27T00:00:00Z"),
        ('"${date(entity.dueOn)}"', "2026-11-25T00:00:00Z"),
        ("\"${add_workdays('2026-03-27', 3)}\"", "2026-04-01T00:00:00Z"),  # a Friday; a Wednesday
    ],
)
def test_a_day_is_midnight_utc_as_awork_has_days(attempt: Try, given: str, due: str) -> None:
    run = attempt(CREATE % f"start_on: 2026-03-20, due_on: {given}")

    [body] = attempt.sent
    assert run.outcome == "done"
    assert (body["startOn"], body["dueOn"]) == ("2026-03-20T00:00:00Z", due)


@pytest.mark.parametrize("person", ["Timo Brandt", TIMO, '"${entity.assignees.0}"'])
def test_a_task_may_be_private_for_a_person(attempt: Try, person: str) -> None:
    run = attempt(f"create_task: {{name: New, private_for: {person}, type_of_work: development}}")

    [body] = attempt.sent
    assert run.outcome == "done"
    assert (body["baseType"], body["entityId"]) == ("private", TIMO)
    assert body["typeOfWorkId"] == DEVELOPMENT


def test_assignees_and_tags_are_set_after_it_was_made(attempt: Try) -> None:
    tags = '[invoice, "", "  ", invoice, "${entity.project.name}"]'

    run = attempt(CREATE % f"assignees: [Timo Brandt, {MARA}], tags: {tags}")

    [task] = made(attempt)
    assert run.outcome == "done"
    assert [person["id"] for person in task["assignees"]] == [TIMO, MARA]
    assert [tag["name"] for tag in task["tags"]] == ["invoice", "Webshop relaunch"]
    assert [w.item for w in run.rules[0].actions[0].writes] == ["task", "assignees", "tags"]


def test_one_assignee_and_one_tag_need_no_list(attempt: Try) -> None:
    attempt(CREATE % "assignees: Timo Brandt, tags: urgent")

    [task] = made(attempt)
    assert [person["id"] for person in task["assignees"]] == [TIMO]
    assert [tag["name"] for tag in task["tags"]] == ["urgent"]


@pytest.mark.parametrize("tags", ["[]", '[""]', '"  "'])
def test_tags_without_a_name_are_no_request(attempt: Try, tags: str) -> None:
    run = attempt(CREATE % f"tags: {tags}")

    assert (run.outcome, len(attempt.sent)) == ("done", 1)


def test_tags_that_differ_in_case_are_one(attempt: Try) -> None:
    run = attempt(CREATE % "tags: [Invoice, invoice]")

    assert run.outcome == "done"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            "create_task: {name: New, private_for: Timo Brandt, status: Done}",
            "status is 'Done'; expected no status: a private task takes awork's first",
        ),
        (
            "create_task: {name: New, private_for: Timo Brandt, lists: [Sprint 12]}",
            "lists is ['Sprint 12']; expected no lists: only a project has them",
        ),
        (
            'create_task: {name: "", project: Webshop relaunch}',
            "name is '0 characters'; expected 1 to 1000 characters",
        ),
        (
            f'create_task: {{name: "{"x" * 1_001}", project: Webshop relaunch}}',
            "name is '1001 characters'; expected 1 to 1000 characters",
        ),
        (
            CREATE % f'description: "{"x" * 25_000}"',
            "description is '25000 characters'; expected at most 24970",
        ),
        (
            CREATE % 'parent: "${entity.name}"',
            "parent is 'Build checkout page'; expected an id, like ${entity.id}",
        ),
    ],
    ids=["status", "lists", "no-name", "long-name", "long-text", "parent"],
)
def test_a_task_that_makes_no_sense_is_refused(attempt: Try, action: str, message: str) -> None:
    run = attempt(action)

    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "status: Finished",
            "no task status is called 'Finished'; there are: Done, In progress, Review, Stuck, "
            "To do",
        ),
        ("lists: [Sprint 13]", "no task list is called 'Sprint 13'; there are: Sprint 12"),
        (
            "type_of_work: Desing",
            "no type of work is called 'Desing'; there are: Development, Project management",
        ),
    ],
)
def test_an_unknown_name_lists_what_there_is(attempt: Try, given: str, message: str) -> None:
    run = attempt(CREATE % given)

    assert why(run) == ("failed", "unknown-name", message)
    assert attempt.sent == []


def test_an_unknown_assignee_leaves_no_task_behind(attempt: Try) -> None:
    run = attempt(CREATE % "assignees: [Nobody Known]")

    assert (run.outcome, run.reason) == ("failed", "unknown-name")
    assert attempt.sent == []


SETTERS = pytest.mark.parametrize("path", ["/tasks/.*/setassignees", "/tasks/.*/addtags"])


@SETTERS
@pytest.mark.parametrize("kind", ["rate_limit", "drop_before"])
def test_when_a_setter_was_not_applied_the_retry_makes_no_second_task(
    attempt: Try, path: str, kind: Any
) -> None:
    one = attempt.prepare(CREATE % "assignees: [Timo Brandt], tags: [urgent]")
    attempt.sandbox.faults.add(kind, "POST", path)

    run = one.work()
    assert run.outcome == "later"
    while run.outcome == "later":
        one.clock.forward(seconds=10)
        run = one.work()

    [task] = made(attempt)
    assert run.outcome == "done"
    assert [person["id"] for person in task["assignees"]] == [TIMO]
    assert [tag["name"] for tag in task["tags"]] == ["urgent"]


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/.*/setassignees",
        "/tasks/.*/addtags",
    ],
)
@pytest.mark.parametrize("kind", ["drop_after", "fail_after"])
def test_when_the_answer_of_a_setter_was_lost_it_is_repeated_and_done(
    attempt: Try, path: str, kind: Any
) -> None:
    one = attempt.prepare(CREATE % "assignees: [Timo Brandt], tags: [urgent]")
    attempt.sandbox.faults.add(kind, "POST", path)

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, second.outcome) == ("later", "done")
    assert len(made(attempt)) == 1


def test_a_private_task_whose_answer_was_lost_is_found_again(attempt: Try) -> None:
    one = attempt.prepare("create_task: {name: New, private_for: Timo Brandt}")
    attempt.sandbox.faults.add("drop_after", "POST", "/tasks")

    one.work()
    one.clock.forward(seconds=10)
    run = one.work()

    assert (run.outcome, len(made(attempt))) == ("done", 1)


def test_a_quote_in_a_name_does_not_keep_it_from_being_found_again(attempt: Try) -> None:
    one = attempt.prepare("create_task: {name: \"Timo's 'list'\", project: Webshop relaunch}")
    attempt.sandbox.faults.add("drop_after", "POST", "/tasks")

    one.work()
    one.clock.forward(seconds=10)
    run = one.work()

    assert [w.outcome for w in run.rules[0].actions[0].writes] == ["adopted"]
    assert len(attempt.sandbox.writes("/tasks")) == 1
