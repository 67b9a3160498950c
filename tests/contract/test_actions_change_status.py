"""Moving tasks between statuses: by id, by name, back to where they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import PROJECT_ID, TASK_ID, TIMO, Try, trying, why
from tests.setters import REVIEW, TODO
from webhooks.store.client import Client
from webhooks.store.journal import Run

PROGRESS = "a449df50-65c0-5858-bd8c-d510efae7e2e"
FOREIGN = "7a0c7bde-4d0e-4d61-9f63-0d2f7a1f0c11"
CHANGE = 'change_status: {task: "${entity.id}", status: %s}'


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def task(attempt: Try) -> dict[str, Any]:
    return attempt.sandbox.world.tasks[TASK_ID]


def activity(attempt: Try, at: str, **parts: object) -> None:
    """Something that happened to the task at a time of one day."""
    happened: dict[str, Any] = {"changedProperty": "TaskStatusId", **parts}
    happened |= {"id": TASK_ID, "eventType": "updated", "eventDate": f"2026-11-20T{at}:00Z"}
    attempt.sandbox.world.activities[TASK_ID].append(happened)


def comment_on(attempt: Try, action: str) -> Run:
    """Work on the action, and comment on what it told the later ones."""
    told = "${done.change_status.status} ${done.change_status.previousId}"
    comment = f'\n      - add_comment: {{task: "${{entity.id}}", message: "{told}"}}'
    return attempt(action + comment)


@pytest.mark.parametrize(
    "status", [REVIEW, REVIEW.upper(), "Review", "REVIEW", f"{{id: {REVIEW}}}"]
)
def test_a_status_goes_by_its_id_or_its_name(attempt: Try, status: str) -> None:
    run = attempt(CHANGE % status)

    assert run.outcome == "done"
    assert attempt.sent == [[{"taskId": TASK_ID, "statusId": REVIEW}]]
    [write] = run.rules[0].actions[0].writes
    assert write.summary == "status 'Review' for 'Build checkout page'"


@pytest.mark.parametrize("status", ["review", REVIEW])
def test_later_actions_know_the_status_and_the_one_before(attempt: Try, status: str) -> None:
    run = comment_on(attempt, CHANGE % status)

    assert run.outcome == "done"
    assert attempt.sent[1] == {"message": f"Review {TODO}"}


def test_the_previous_status_is_told_by_the_event_itself(attempt: Try) -> None:
    # Its sample: from To do to In progress.
    run = attempt(CHANGE % "previous", event="task_status_changed")

    assert run.outcome == "done"
    assert attempt.sent == [[{"taskId": TASK_ID, "statusId": TODO}]]
    assert not [call for call in attempt.sandbox.calls if call.path.endswith("/activities")]


@pytest.mark.parametrize(
    "told",
    [
        {"oldPropertyValue": PROGRESS},
        {"oldPropertyValue": "In progress"},
        {"oldProperty": {"id": PROGRESS, "name": "In progress"}, "oldPropertyValue": "?"},
        {"changedProperty": "TaskStatus", "oldPropertyValue": "In progress"},
    ],
)
def test_else_it_is_told_by_the_newest_activity_that_changed_it(
    attempt: Try, told: dict[str, object]
) -> None:
    activity(attempt, "10:00", **told)
    activity(attempt, "09:00", oldPropertyValue=REVIEW)
    activity(attempt, "11:00", changedProperty="Name", oldPropertyValue="Build")

    run = attempt(CHANGE % "previous")

    assert run.outcome == "done"
    assert attempt.sent == [[{"taskId": TASK_ID, "statusId": PROGRESS}]]


def test_the_changes_of_another_task_do_not_tell_it(attempt: Try) -> None:
    other = attempt.sandbox.world.add("tasks", {**task(attempt), "name": "Another"})
    attempt.sandbox.world.activities[other["id"]].clear()

    run = attempt(
        f"change_status: {{task: {other['id']}, status: previous}}", event="task_status_changed"
    )

    assert why(run) == (
        "failed",
        "unknown-previous",
        "status is 'previous', but neither the event nor the activities of 'Another' tell what it"
        " was; name a status of its project",
    )


def test_an_unknown_name_lists_the_statuses_of_the_project(attempt: Try) -> None:
    run = attempt(CHANGE % "Finished")

    assert why(run) == (
        "failed",
        "unknown-name",
        "no task status is called 'Finished'; there are: Done, In progress, Review, Stuck, To do",
    )


def a_private_task(attempt: Try) -> str:
    own = {**task(attempt), "name": "Taxes", "baseType": "private", "userId": TIMO}
    own.pop("projectId")
    return str(attempt.sandbox.world.add("tasks", own)["id"])


def test_a_private_task_takes_no_name_of_a_status(attempt: Try) -> None:
    run = attempt(f"change_status: {{task: {a_private_task(attempt)}, status: Done}}")

    assert why(run) == (
        "failed",
        "invalid-value",
        "status is 'Done'; expected an id: 'Taxes' is a private task, and only projects name their"
        " statuses",
    )


def test_a_private_task_takes_the_id_of_one(attempt: Try) -> None:
    own = a_private_task(attempt)

    run = attempt(f"change_status: {{task: {own}, status: {REVIEW}}}")

    assert run.outcome == "done"
    assert attempt.sent == [[{"taskId": own, "statusId": REVIEW}]]


def test_a_status_that_awork_did_not_take_is_a_refusal(attempt: Try) -> None:
    with attempt.sandbox.world.muted():
        foreign = {"id": FOREIGN, "name": "Paused", "type": "stuck", "projectId": TASK_ID}
        attempt.sandbox.world.add("taskstatuses", foreign)

    run = attempt(CHANGE % FOREIGN)

    assert why(run) == (
        "failed",
        "target-refused",
        "POST /tasks/changestatuses: 207: awork left 'Build checkout page' at 'To do'; check that"
        f" '{FOREIGN}' is a status of its project, and that the user of AWORK_API_TOKEN may change"
        " the task",
    )


def test_an_answer_of_207_about_a_task_that_has_the_status_is_no_failure(attempt: Try) -> None:
    attempt.sandbox.faults.add("fail_after", "POST", "/tasks/changestatuses", status=207)

    run = attempt(CHANGE % "Review")

    assert (run.outcome, task(attempt)["taskStatusId"]) == ("done", REVIEW)


def test_a_task_that_is_not_there_any_more_is_gone(attempt: Try) -> None:
    run = attempt(f"change_status: {{task: {PROJECT_ID}, status: Review}}")

    assert (run.outcome, attempt.sent) == ("gone", [])


def test_the_statuses_of_a_project_are_read_once(attempt: Try) -> None:
    attempt(CHANGE % "Review")

    paths = [call.path for call in attempt.sandbox.calls if call.method == "GET"]
    assert paths == ["/me", f"/projects/{PROJECT_ID}/taskstatuses"]
