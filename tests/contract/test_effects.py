"""Each write exists exactly once, whatever happens to its answer. Real Redis, sandbox, own time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.worker import outcomes, posted
from tests.writes import CASES, Case
from webhooks.store import keys
from workers.drain import work_on
from workers.targets.http import Request

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@EACH
def test_an_event_becomes_its_write(case: Case, make: Make, sandbox: Sandbox) -> None:
    one = make(case.rules)
    one.deliver(case.event())

    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["done"])
    assert posted(sandbox, case) == [case.body]


@EACH
def test_a_lost_answer_is_looked_for_and_adopted(case: Case, make: Make, sandbox: Sandbox) -> None:
    one = make(case.rules)
    event_id = one.deliver(case.event())
    sandbox.faults.add("drop_after", "POST", case.path)

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, first.reason) == ("later", "outcome-unknown")
    assert (second.outcome, outcomes(second)) == ("done", ["adopted"])
    assert len(second.attempts) == 1
    assert len(posted(sandbox, case)) == 1
    made = second.rules[0].actions[0].writes[0].made
    ledger = one.deps.redis.get(keys.UNNAMED.made(made))
    assert isinstance(ledger, bytes)
    assert ledger.startswith(event_id.encode())


@EACH
def test_an_answer_of_500_after_the_write_is_no_reason_to_write_again(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("fail_after", "POST", case.path)

    one.work()
    one.clock.forward(seconds=10)
    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert len(posted(sandbox, case)) == 1


@EACH
def test_a_write_that_never_arrived_is_made_after_two_looks(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)

    runs = []
    for _ in range(3):
        runs.append(one.work())
        one.clock.forward(seconds=10)

    assert [run.outcome for run in runs] == ["later", "later", "done"]
    assert outcomes(runs[-1]) == ["done"]
    assert posted(sandbox, case) == [case.body]


@EACH
def test_two_looks_are_some_seconds_apart(case: Case, make: Make, sandbox: Sandbox) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)
    one.work()
    one.clock.forward(seconds=10)
    one.work()

    # Somebody rings early: the second look is too near the first to write on.
    one.deps.redis.zadd(keys.UNNAMED.due, {"awork:" + case.event()["entityId"]: 1})
    one.clock.forward(seconds=1)
    run = one.work()

    assert run.outcome == "later"
    assert posted(sandbox, case) == []


@EACH
def test_a_write_that_lands_after_the_first_look_is_found_by_the_second(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)
    one.work()
    one.clock.forward(seconds=10)
    one.work()

    # What was sent first arrives late, as if a proxy had kept it.
    stored = one.deps.redis.hvals(keys.UNNAMED.ledger("event-1"))[0]
    assert isinstance(stored, bytes)
    one.awork().send(_request(json.loads(stored[1:])))
    one.clock.forward(seconds=10)
    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert len(posted(sandbox, case)) == 1


@EACH
def test_two_workers_with_the_same_event_make_one_write(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    slow = one.claim()
    one.clock.forward(seconds=61)
    quick = one.claim()

    work_on(quick, one.deps)
    work_on(slow, one.deps)

    assert len(posted(sandbox, case)) == 1
    assert one.run(quick.id).outcome == "done"


def test_two_equal_writes_of_two_events_are_two(make: Make, sandbox: Sandbox) -> None:
    """Finding our own effect again must not adopt another event's."""
    case = CASES[0]
    one = make(case.rules)
    one.deliver(case.event())
    one.work()
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)

    for _ in range(3):
        run = one.work()
        one.clock.forward(seconds=10)

    assert outcomes(run) == ["done"]
    assert len(posted(sandbox, case)) == 2


def _request(entry: dict[str, Any]) -> Request:
    return Request(entry["method"], entry["path"], entry["body"])
