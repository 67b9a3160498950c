"""What is done in awork is submitted in Workiva, once, where that is not in vain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
)
from tests.contract.test_actions_workiva_sync import (
    ACT,
    CREATE,
    DONE,
    PROGRESS,
    STEPS,
    SYNC,
    TITLE,
    mirrored,
    patches,
    updated,
)
from tests.worker import outcomes
from webhooks.store.client import Client


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def test_a_task_that_is_done_is_submitted_once(there: There) -> None:
    create = rule(f"create_workiva_task: {{title: One, {STEPS}}}")
    one = mirrored(there, SYNC % 'comment: "By awork"', create=create)

    runs = [updated(one, taskStatus=status) for status in (PROGRESS, DONE, DONE)]

    assert [run.outcome for run in runs] == ["done"] * 3
    assert there.sent("POST", ACT) == [{"action": "SUBMIT", "comment": "By awork"}]
    assert there.task["status"] == "Awaiting Approval"


def test_a_reopened_task_does_nothing_unless_it_is_said_and_is_submitted_again(
    there: There,
) -> None:
    one = mirrored(there, SYNC % "when_reopened: RESTART")

    for status in (DONE, PROGRESS, PROGRESS, DONE):
        updated(one, taskStatus=status)

    assert [body["action"] for body in there.sent("POST", ACT)] == ["SUBMIT", "RESTART", "SUBMIT"]
    assert there.task["status"] == "Completed"


def test_reopening_is_known_even_where_nothing_is_sent_for_it(there: There) -> None:
    one = mirrored(there, SYNC % "when_done: CANCEL")
    updated(one, taskStatus=DONE)
    updated(one, taskStatus=PROGRESS)
    there.by_a_person(status="Started")

    updated(one, taskStatus=DONE)

    assert there.sent("POST", ACT) == [{"action": "CANCEL"}] * 2


def test_a_task_that_was_done_when_its_mirror_was_made_is_not_submitted(there: There) -> None:
    one = there.worker(rules(CREATE, rule(SYNC % TITLE, ident="brings", when="task_updated")))
    one.deliver(event(name="One", taskStatus=DONE))
    one.work()

    updated(one, name="Two", taskStatus=DONE)

    assert (len(patches(there)), there.sent("POST", ACT)) == (1, [])


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("done: true", ["SUBMIT"]),
        ("done: true, when_done: null", []),
        ("done: true, when_done: APPROVE", []),
        ("done: false", []),
        ('done: "${entity.isPrio}"', []),
        ('done: "${entity.name}"', None),
        ('when_done: "${entity.name}"', None),
    ],
)
def test_what_is_done_may_be_said(there: There, given: str, sent: list[str] | None) -> None:
    create = rule("create_workiva_task: {title: One, status: Started}")
    one = mirrored(there, SYNC % given, create=create)
    if "APPROVE" in given:
        there.by_a_person(status="Completed")

    run = updated(one, isPrio=False)

    assert run.outcome == ("failed" if sent is None else "done")
    assert [body["action"] for body in there.sent("POST", ACT)] == (sent or [])
    if sent is None:
        assert run.reason == "invalid-value"


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("SUBMIT", "Awaiting Approval"),
        ("SUBMIT", "Approved"),
        ("SUBMIT", "Completed"),
        ("APPROVE", "Completed"),
        ("REJECT", "Returned"),
        ("CANCEL", "Cancelled"),
        ("RESTART", "Created"),
        ("SKIP", "Cancelled"),
    ],
)
def test_where_nothing_is_left_to_do_nothing_is_sent(
    there: There, action: str, status: str
) -> None:
    one = mirrored(there, SYNC % f"done: true, when_done: {action}")
    there.by_a_person(status=status)

    runs = [updated(one) for _ in range(2)]

    told = f"{there.task['id']} is {status} already: {action} was not sent"
    assert [noted(run) for run in runs] == [
        [told],
        ["nothing differs from what was written before"],
    ]
    assert there.sent("POST", ACT) == []


def test_a_task_that_is_renamed_and_done_at_once_is_both_in_workiva(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)

    run = updated(one, name="Two", taskStatus=DONE)

    assert outcomes(run) == ["done", "done"]
    assert (there.task["title"], there.task["status"]) == ("Two", "Completed")
