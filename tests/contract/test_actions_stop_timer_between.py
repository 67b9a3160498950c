"""Stopping a timer while something happens between our request, awork's doing and its answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.entered import edit, enter
from tests.contract.trying import MARA, TASK_ID, TIMO, Try, trying
from tests.worker import outcomes
from webhooks.store.client import Client
from workers.drain import work_on

STOP = "stop_timer: {time_entry: %s}"
PATH = f"/users/{TIMO}/timetracking/stop"
#: since 08:05 in Berlin
RUNNING: dict[str, Any] = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:05:00"}
NEXT: dict[str, Any] = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "09:00:00"}


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def test_a_worker_that_dies_before_it_hears_the_answer_leaves_one_stop(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    slow = one.claim()
    held = attempt.sandbox.faults.add("hold_after", "POST", PATH)
    thread = threading.Thread(target=work_on, args=(slow, one.deps))

    thread.start()
    assert held.reached.wait(timeout=10)
    one.clock.forward(seconds=61)
    run = one.work()
    held.release()
    thread.join(timeout=30)

    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert [call.path for call in attempt.sandbox.writes()] == [PATH]


def test_a_timer_that_ends_while_the_request_is_on_its_way_was_not_stopped_by_us(
    attempt: Try,
) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    ended = '"${done.stop_timer.stopped}"'
    comment = f"\n      - add_comment: {{task: {TASK_ID}, message: {ended}}}"
    one = attempt.prepare(STOP % ident + comment)
    claim = one.claim()
    held = attempt.sandbox.faults.add("hold_before", "POST", PATH)
    thread = threading.Thread(target=work_on, args=(claim, one.deps))

    thread.start()
    assert held.reached.wait(timeout=10)
    edit(attempt.sandbox, ident, endTimeUtc="10:00:00", endDateUtc="2026-11-20T00:00:00Z")
    held.release()
    thread.join(timeout=30)

    run = one.run(claim.id)
    assert run.rules[0].actions[0].message == "awork had no timer to stop any more"
    assert attempt.sent[-1] == {"message": "False"}


def test_the_record_says_when_awork_stopped_another_entry(attempt: Try) -> None:
    """Between our look and awork's: the person has gone on to another one."""
    ident = enter(attempt.sandbox, RUNNING)
    other = enter(attempt.sandbox, NEXT)
    edit(attempt.sandbox, ident, endTimeUtc=None, endDateUtc=None, duration=0)
    edit(attempt.sandbox, ident, endTimeLocal=None, endDateLocal=None, userId=MARA)
    edit(attempt.sandbox, other, userId=MARA)
    with attempt.sandbox.world.lock:
        entries = attempt.sandbox.world.entries
        entries[ident] = entries.pop(ident)

    run = attempt(STOP % ident)

    assert run.outcome == "done"
    assert run.rules[0].actions[0].message == f"awork stopped another time entry: {other}"
    assert attempt.sandbox.world.entries[ident]["endTimeUtc"] is None
