"""Who does a task and how much of it; its tags and its priority."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import MARA, TASK_ID, TIMO, Try, trying, why
from webhooks.store.client import Client

ASSIGN = 'set_assignees: {task: "${entity.id}", %s}'
EFFORTS = 'set_planned_efforts: {task: "${entity.id}", efforts: %s}'
TAGS = 'add_tags: {task: "${entity.id}", tags: %s}'


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def assign(attempt: Try, *people: str) -> None:
    """Somebody assigns these, after the event of the sample."""
    with attempt.sandbox.world.muted():
        task = attempt.sandbox.world.tasks[TASK_ID]
        known = dict(task["assignees"][0])
        task["assignees"] = [{**known, "id": one, "plannedEffort": 10_800} for one in people]


def person(attempt: Try, ident: str) -> dict[str, Any]:
    task = attempt.sandbox.world.tasks[TASK_ID]
    return next(one for one in task["assignees"] if one["id"] == ident)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("assignees: [Mara Jensen, Timo Brandt]", [MARA, TIMO]),
        ("assignees: [mara jensen, Mara Jensen]", [MARA]),
        (f"assignees: {MARA}", [MARA]),
        (f"assignees: {MARA.upper()}", [MARA]),
        ('assignees: ["${entity.createdBy}"]', [MARA]),
        ("assignees: []", []),
        ("assignees: Mara Jensen, keep: true", [TIMO, MARA]),
        ("assignees: Mara Jensen, keep: false", [MARA]),
    ],
)
def test_the_whole_list_is_sent(attempt: Try, given: str, sent: list[str]) -> None:
    run = attempt(ASSIGN % given)

    assert (run.outcome, attempt.sent) == ("done", [sent])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("assignees: Mara Jensen", "'Build checkout page' assigned to Mara Jensen"),
        ("assignees: []", "'Build checkout page' assigned to nobody"),
    ],
)
def test_people_read_who_it_is(attempt: Try, given: str, told: str) -> None:
    run = attempt(ASSIGN % given)

    assert run.rules[0].actions[0].writes[0].summary == told


def test_the_same_people_in_another_order_are_not_sent(attempt: Try) -> None:
    assign(attempt, MARA, TIMO)

    run = attempt(ASSIGN % "assignees: [Timo Brandt, Mara Jensen]")

    assert (run.outcome, attempt.sent) == ("done", [])


def test_who_was_assigned_since_the_event_stays_with_keep(attempt: Try) -> None:
    assign(attempt, MARA)

    run = attempt(ASSIGN % "assignees: Timo Brandt, keep: true")

    assert (run.outcome, attempt.sent) == ("done", [[MARA, TIMO]])


def test_an_unknown_person_changes_nothing(attempt: Try) -> None:
    run = attempt(ASSIGN % "assignees: [Timo Brandt, Nobody Known]")

    assert (run.outcome, run.reason, attempt.sent) == ("failed", "unknown-name", [])


@pytest.mark.parametrize(
    ("efforts", "sent"),
    [
        ("4h", {TIMO: 14_400, MARA: 14_400}),
        ("600", {TIMO: 600, MARA: 600}),
        ("0", {TIMO: 0, MARA: 0}),
        ('"${entity.plannedDuration}"', {TIMO: 21_600, MARA: 21_600}),
        ("{Timo Brandt: 6h, Mara Jensen: 90m}", {TIMO: 21_600, MARA: 5_400}),
        (f"{{{MARA}: 1h}}", {MARA: 3_600}),
        (f"{{{MARA.upper()}: 1h}}", {MARA: 3_600}),
        ('[{user: "${entity.assignees.0.id}", duration: 2h}]', {TIMO: 7_200}),
        ("[]", {}),
    ],
)
def test_efforts_are_seconds_of_those_who_are_named(
    attempt: Try, efforts: str, sent: dict[str, int]
) -> None:
    assign(attempt, TIMO, MARA)

    run = attempt(EFFORTS % efforts)

    forms = [{"userId": user, "plannedEffort": seconds} for user, seconds in sent.items()]
    assert (run.outcome, attempt.sent) == ("done", [forms] if forms else [])


def test_only_what_differs_is_sent_and_what_awork_shares_out_differs(attempt: Try) -> None:
    assign(attempt, TIMO, MARA)
    person(attempt, TIMO)["isDistributedPlannedEffort"] = False

    run = attempt(EFFORTS % "3h")

    assert run.outcome == "done"
    assert attempt.sent == [[{"userId": MARA, "plannedEffort": 10_800}]]


def test_efforts_that_are_so_already_are_not_sent(attempt: Try) -> None:
    person(attempt, TIMO)["isDistributedPlannedEffort"] = False

    run = attempt(EFFORTS % "6h")

    note = "'Build checkout page' has these planned efforts already"
    assert (run.rules[0].actions[0].message, attempt.sent) == (note, [])


def test_a_task_of_nobody_has_no_efforts(attempt: Try) -> None:
    assign(attempt)

    run = attempt(EFFORTS % "6h")

    note = "'Build checkout page' has no assignees to plan for"
    assert (run.outcome, run.rules[0].actions[0].message, attempt.sent) == ("done", note, [])


@pytest.mark.parametrize(
    ("efforts", "reason", "message"),
    [
        (
            "{Timo Brandt: 6h, Mara Jensen: 2h}",
            "not-assigned",
            "efforts: not assigned to 'Build checkout page': Mara Jensen; assigned: Timo Brandt."
            " Assign them first with set_assignees, or leave them out",
        ),
        (
            "soon",
            "invalid-value",
            "efforts is 'soon'; expected a duration like 1h30m, or whole seconds",
        ),
        (
            "{Timo Brandt: -3}",
            "invalid-value",
            "efforts is -3; expected a duration like 1h30m, or whole seconds",
        ),
        (
            "[{user: Timo Brandt, hours: 2h}]",
            "invalid-value",
            "efforts is {'user': 'Timo Brandt', 'hours': '2h'}; expected a map with user and"
            " duration, and nothing else",
        ),
    ],
)
def test_efforts_that_make_no_sense_are_refused(
    attempt: Try, efforts: str, reason: str, message: str
) -> None:
    run = attempt(EFFORTS % efforts)

    assert why(run) == ("failed", reason, message)
    assert attempt.sent == []


@pytest.mark.parametrize(
    ("tags", "sent"),
    [
        ("urgent", ["urgent"]),
        ('[invoice, "", Invoice, billable]', ["invoice"]),
    ],
)
def test_only_tags_that_lack_are_sent(attempt: Try, tags: str, sent: list[str]) -> None:
    run = attempt(TAGS % tags)

    assert (run.outcome, attempt.sent) == ("done", [[{"name": tag} for tag in sent]])


@pytest.mark.parametrize("tags", ["[]", '["", "  "]'])
def test_tags_without_a_name_are_a_mistake(attempt: Try, tags: str) -> None:
    run = attempt(TAGS % tags)

    assert (run.outcome, run.reason) == ("failed", "invalid-value")
    assert run.message.endswith("expected the name of at least one tag")


def test_a_tag_that_was_added_since_the_event_is_not_sent(attempt: Try) -> None:
    with attempt.sandbox.world.muted():
        attempt.sandbox.world.tasks[TASK_ID]["tags"] = [{"id": TASK_ID, "name": "urgent"}]

    run = attempt(TAGS % "[Urgent, invoice]")

    assert (run.outcome, attempt.sent) == ("done", [[{"name": "invoice"}]])


def test_a_priority_is_true_or_false(attempt: Try) -> None:
    run = attempt('set_priority: {task: "${entity.id}", prio: "${entity.name}"}')

    expected = "prio is 'Build checkout page'; expected true or false"
    assert why(run) == ("failed", "invalid-value", expected)
