"""Undoing what keeps itself up: blocks and bookings, and what the next event makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.entered import enter
from tests.contract.planning import MONDAY, TASK_ID, TIMO, Office, office
from tests.contract.test_actions_book_project import book
from tests.contract.undoing import ask, rest, said, undo
from webhooks.store import keys
from webhooks.store.client import Client

REST = """
version: 1
rules:
  - id: minimum
    when: timetracking_added
    do: [adjust_time_entry: {time_entry: %s, minimum: 30m, rest_as: Project Management}]
"""
SIX = [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]
REMOVED = ["removed", "removed"]


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def planned(there: Office) -> str:
    """The id of the event that planned the task."""
    event_id = there.deliver()
    there.worker.work()
    assert there.blocks() == SIX
    return event_id


def test_blocks_are_removed_and_named_as_they_were_made(there: Office) -> None:
    event_id = planned(there)

    run = undo(there.worker, event_id)

    assert (there.blocks(), said(run)) == ([], REMOVED)
    assert {rule.message for rule in run.rules} == {
        "block for Timo Brandt, Mon 11 Jan 09:00-12:30 (3.5 h)",
        "block for Timo Brandt, Mon 11 Jan 13:30-16:00 (2.5 h)",
    }


def test_a_block_that_a_person_moved_stays_and_the_others_go(there: Office) -> None:
    event_id = planned(there)
    there.move("Mon 13:30", MONDAY + timedelta(hours=14))

    run = undo(there.worker, event_id)

    assert there.blocks() == [("Mon 14:00", "16:30")]
    assert sorted(word.partition(":")[0] for word in said(run)) == ["left", "removed"]


def test_a_block_that_a_later_run_moved_is_ours_and_goes(there: Office) -> None:
    event_id = planned(there)
    there.task(plannedDuration=5 * 3600)
    there.updated()
    moved = there.blocks()

    run = undo(there.worker, event_id)

    assert moved == [("Mon 09:00", "12:30"), ("Mon 13:30", "15:00")]
    assert (there.blocks(), said(run)) == ([], REMOVED)


@pytest.mark.parametrize("lag_s", [0, 40])
def test_the_next_event_plans_again_even_while_lists_show_what_is_gone(
    there: Office, lag_s: int
) -> None:
    event_id = planned(there)
    there.sandbox.world.list_lag_s = lag_s
    undo(there.worker, event_id)
    gone = there.blocks()

    there.clock.forward(seconds=1)
    run = there.updated()

    assert (gone, there.blocks()) == ([], SIX)
    assert there.notes(run) == ""


def test_a_run_that_plans_the_same_is_waited_for(there: Office) -> None:
    event_id = planned(there)
    unfinished = keys.UNNAMED.unfinished(f"schedules:{TASK_ID}")
    there.worker.deps.redis.set(unfinished, "event-9/plan/plan_task")
    ask(there.worker, event_id)

    first = there.worker.work()
    there.worker.deps.redis.delete(unfinished)
    run = rest(there.worker)

    assert (first.outcome, first.rules[0].actions[0].reason) == ("later", "planning-busy")
    assert (said(run), there.blocks()) == (REMOVED, [])
    assert not there.worker.deps.redis.exists(unfinished)


def test_what_a_run_removed_is_not_put_back(there: Office) -> None:
    planned(there)
    there.rule('unplan_task: {task: "${task.id}"}')
    there.clock.forward(seconds=1)
    event_id = there.deliver()
    there.worker.work()

    run = undo(there.worker, event_id)

    assert there.blocks() == []
    assert {line.rpartition(": ")[2] for line in said(run)} == {
        "the run removed it, and it is not put back"
    }


def test_a_booking_that_a_later_run_changed_is_ours_and_goes(there: Office) -> None:
    book(there)
    event_id = there.deliver()
    there.worker.work()
    book(there, amount="duration: 20h")
    there.updated()

    run = undo(there.worker, event_id)

    assert (said(run), there.sandbox.world.bookings) == (["removed"], {})


def test_a_booking_comes_back_with_the_next_event(there: Office) -> None:
    book(there)
    event_id = there.deliver()
    there.worker.work()
    undo(there.worker, event_id)

    there.updated()

    assert [one["userId"] for one in there.sandbox.world.bookings.values()] == [TIMO]


def test_the_rest_of_an_entry_comes_back_with_the_next_event(make: Make, sandbox: Sandbox) -> None:
    short = samples.sample("timetracking_added")["entity"]
    ident = enter(sandbox, {"startDateLocal": "2026-11-20T00:00:00Z", "duration": 600})
    one = make(REST % ident)
    before = set(sandbox.world.entries)
    event_id = one.deliver(samples.fresh("timetracking_added", **short) | {"entityId": ident})
    one.work()
    rested = set(sandbox.world.entries) - before

    run = undo(one, event_id)
    gone = set(sandbox.world.entries) == before
    one.deliver(samples.fresh("timetracking_added", **short) | {"entityId": ident})
    one.work()

    assert (len(rested), said(run), gone) == (1, ["removed"], True)
    assert len(set(sandbox.world.entries) - before) == 1
