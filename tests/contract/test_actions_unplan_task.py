"""unplan_task over a real Redis and the sandbox: what it removes, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.planning import MARA, MONDAY, TIMO, Office, office
from tests.worker import outcomes
from webhooks.store.client import Client

PATH = "/taskschedules.*"
PLAN = 'plan_task: {task: "${task.id}"}'
UNPLAN = 'unplan_task: {task: "${task.id}"}'
SIX = [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def test_a_task_is_taken_out_of_all_calendars_or_of_one(there: Office) -> None:
    there.task(assignees=[{"id": TIMO}, {"id": MARA}])
    there.settled()
    there.rule('unplan_task: {task: "${task.id}", user: Mara Jensen}')

    one = there.settled()
    of_one = there.blocks(TIMO), there.blocks(MARA)
    there.rule(UNPLAN)
    there.settled()

    assert of_one == ([("Mon 09:00", "12:00")], [])
    assert there.blocks(TIMO) == []
    assert [write.summary for write in one.rules[0].actions[0].writes] == [
        "no block for Mara Jensen any more, was Mon 11 Jan 09:00-12:00 (3 h)"
    ]


def test_what_has_begun_and_what_people_made_stays(there: Office) -> None:
    there.settled()
    there.clock.now = (MONDAY + timedelta(hours=10)).astimezone(there.clock.now.tzinfo)
    there.move("Mon 13:30", MONDAY + timedelta(hours=14))
    there.rule(UNPLAN)

    run = there.settled()

    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 14:00", "16:30")]
    assert there.notes(run) == "no block that hookwork made lies ahead, so none is removed"


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "fail_after", "rate_limit"])
def test_each_block_is_removed_whatever_becomes_of_the_answer(there: Office, kind: str) -> None:
    there.settled()
    there.rule(UNPLAN)
    there.sandbox.faults.from_model({"kind": kind, "method": "DELETE", "path": PATH})

    run = there.settled()

    assert (run.outcome, there.blocks()) == ("done", [])
    assert {"adopted", "done", "repeated-nothing"} >= set(outcomes(run))


def test_a_removal_that_is_refused_is_in_the_failed_list(there: Office) -> None:
    there.settled()
    there.rule(UNPLAN)
    there.sandbox.faults.deny("DELETE", PATH, times=1)

    run = there.settled()

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert outcomes(run) == ["refused"]
    assert there.blocks() == SIX


def test_an_unknown_person_is_named_with_those_there_are(there: Office) -> None:
    there.rule('unplan_task: {task: "${task.id}", user: Nobody}')

    run = there.settled()

    assert (run.outcome, run.reason) == ("failed", "unknown-name")
    assert run.message == "no user is called 'Nobody'; there are: Mara Jensen, Timo Brandt"


def test_what_was_just_removed_is_nobodys_though_lists_show_it(there: Office) -> None:
    there.settled()
    there.sandbox.world.list_lag_s = 50
    there.clock.forward(minutes=2)
    there.rule(UNPLAN)
    there.updated()
    there.rule(PLAN)

    there.updated()

    assert there.blocks() == SIX
