"""The change of an entry exists once, and never over what a person has edited since."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.faults import Kind
from tests import samples
from tests.contract.entered import MORNING, edit, enter
from tests.contract.trying import Try, trying, why
from tests.worker import Worker, outcomes
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.journal import Run
from workers.drain import work_on

ROUND = "adjust_time_entry: {time_entry: %s, round_to: 15m}"
#: 08:05 to 09:05 in Berlin: an hour, as somebody edits the entry
EDITED = {"endTimeUtc": "08:05:00", "endTimeLocal": "09:05:00", "duration": 3_600}
LONGER = {"endTimeUtc": "08:35:00", "endTimeLocal": "09:35:00", "duration": 5_400}


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def tries(one: Worker, number: int) -> list[Run]:
    runs = []
    for _ in range(number):
        runs.append(one.work())
        one.clock.forward(seconds=10)
    return runs


def lengths(attempt: Try) -> list[int]:
    return [body["duration"] for body in attempt.sent]


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_a_lost_answer_is_looked_for_and_adopted(attempt: Try, fault: Kind) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    attempt.sandbox.faults.add(fault, "PUT", "/timeentries/.*")

    first, second = tries(one, 2)

    assert (first.outcome, first.reason) == ("later", "outcome-unknown")
    assert (second.outcome, outcomes(second)) == ("done", ["adopted"])
    assert lengths(attempt) == [4_500]


def test_a_change_that_never_arrived_is_made_after_two_looks(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    attempt.sandbox.faults.add("drop_before", "PUT", "/timeentries/.*")

    runs = tries(one, 3)

    assert [run.outcome for run in runs] == ["later", "later", "done"]
    assert lengths(attempt) == [4_500, 4_500]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
@pytest.mark.parametrize("change", [EDITED, {"note": "Checkout"}, {"isBilled": True}])
def test_what_was_edited_after_a_lost_answer_is_left_as_it_is(
    attempt: Try, fault: Kind, change: dict[str, object]
) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    attempt.sandbox.faults.add(fault, "PUT", "/timeentries/.*")

    one.work()
    edit(attempt.sandbox, ident, **change)
    before = dict(attempt.sandbox.world.entries[ident])
    one.clock.forward(seconds=10)
    run = one.work()

    assert run.outcome == "done"
    assert attempt.sandbox.world.entries[ident] == before
    assert run.rules[0].actions[0].message == (
        "no answer came to the change, and the entry was edited since: left as it is"
    )


def test_what_was_edited_before_anything_was_sent_is_worked_out_anew(attempt: Try) -> None:
    """67 minutes would be 75; edited to 90 they stay."""
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    one.deps.redis.hset(keys.UNNAMED.paused, "r", "over the weekend")
    held = one.work()

    edit(attempt.sandbox, ident, **LONGER)
    one.deps.redis.hdel(keys.UNNAMED.paused, "r")
    one.clock.forward(minutes=5)
    run = one.work()

    assert held.outcome == "later"
    assert (run.outcome, attempt.sent) == ("done", [])
    assert run.rules[0].actions[0].message == "nothing is written: the entry is as it should be"


def test_what_was_billed_while_the_rule_waited_is_left_alone(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    attempt.sandbox.faults.add("rate_limit", "PUT", "/timeentries/.*")
    one.work()

    edit(attempt.sandbox, ident, isBilled=True)
    one.clock.forward(seconds=10)
    run = one.work()

    assert (run.outcome, len(attempt.sandbox.writes())) == ("done", 0)
    assert run.rules[0].actions[0].message == "nothing is written: the entry is billed"


def test_a_refusal_is_for_good_and_says_why(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    attempt.sandbox.faults.add("refuse", "PUT", "/timeentries/.*", status=400, code="invalid-model")

    run = attempt(ROUND % ident)

    outcome, reason, message = why(run)
    assert (outcome, reason) == ("failed", "target-refused")
    assert "400 invalid-model" in message


def test_the_same_adjustment_a_second_time_writes_nothing(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    one.work()
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert (run.outcome, outcomes(run), lengths(attempt)) == ("done", [], [4_500])


def test_an_event_that_is_judged_again_writes_nothing_over_a_later_edit(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    one.work()
    edit(attempt.sandbox, ident, **EDITED)

    one.deps.turns.replay("event-1")
    run = one.work()

    assert (run.outcome, lengths(attempt)) == ("done", [4_500])
    assert attempt.sandbox.world.entries[ident]["duration"] == 3_600


def test_two_workers_with_the_same_event_make_one_change(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    slow = one.claim()
    one.clock.forward(seconds=61)
    quick = one.claim()

    work_on(quick, one.deps)
    work_on(slow, one.deps)

    assert lengths(attempt) == [4_500]
    assert one.run(quick.id).outcome == "done"


def test_a_worker_that_dies_before_it_hears_the_answer_leaves_one_change(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)
    one = attempt.prepare(ROUND % ident)
    slow = one.claim()
    held = attempt.sandbox.faults.add("hold_after", "PUT", "/timeentries/.*")
    thread = threading.Thread(target=work_on, args=(slow, one.deps))

    thread.start()
    assert held.reached.wait(timeout=10)
    one.clock.forward(seconds=61)
    run = one.work()
    held.release()
    thread.join(timeout=30)

    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert lengths(attempt) == [4_500]


def test_shadow_writes_nothing_and_shows_what_it_would(attempt: Try) -> None:
    ident = enter(attempt.sandbox, MORNING)

    run = attempt((ROUND % ident) + "\n    mode: shadow")

    [write] = run.rules[0].actions[0].writes
    assert (run.outcome, write.outcome) == ("shadow", "shadow")
    assert write.body["duration"] == 4_500
    assert attempt.sent == []
