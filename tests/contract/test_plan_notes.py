"""What a plan says when there is nothing to write, or the wish makes no sense."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.planning import Office, office
from webhooks.store.client import Client


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ("effort: 0h", "nothing is left to plan for Timo Brandt"),
        ("users: Mara Jensen, effort: 0h", "nothing is left to plan for Mara Jensen"),
    ],
)
def test_an_effort_of_nothing_is_told(there: Office, more: str, note: str) -> None:
    there.rule(f'plan_task: {{task: "${{task.id}}", {more}}}')

    run = there.updated()

    assert (there.sent(), there.notes(run)) == ([], note)


def test_a_task_that_is_due_on_no_day_is_planned_as_early_as_possible(there: Office) -> None:
    there.task(dueOn=None)
    there.rule('plan_task: {task: "${task.id}", place: even}')

    run = there.updated()

    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]
    assert there.notes(run) == "it is due on no day: planned as early as possible, not even"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            'from: "2027-01-13", until: "2027-01-12"',
            "until is '2027-01-12'; expected a time after from, 2027-01-13",
        ),
        (
            "block: {min: 6h, max: 6h, round: 4h}",
            "block is {'min': '6h', 'max': '6h', 'round': '4h'};"
            " expected a multiple of round between min and max",
        ),
    ],
)
def test_a_wish_that_cannot_be_met_whatever_the_calendar_is_a_clear_failure(
    there: Office, more: str, message: str
) -> None:
    there.rule(f'plan_task: {{task: "${{task.id}}", {more}}}')

    run = there.updated()

    assert (run.outcome, run.reason, run.message) == ("failed", "invalid-value", message)
