"""What an event carries of its object is old once we have written to it; and a write that was sent
a second time is as unknown as the first."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisIsAway

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import outcomes, posted
from tests.writes import CASES, Case
from webhooks.store import keys
from workers.drain import work_on
from workers.entries import Entry
from workers.ledger import StoredLedger

TASK = samples.sample("task_updated")["entity"]["id"]
RULES = """
version: 1
rules:
  - {id: high, when: task_updated, if: [{entity.name: high}], do: [
      {set_priority: {task: "${entity.id}", prio: true}}]}
  - {id: low, when: task_updated, if: [{entity.name: low}], do: [
      {set_priority: {task: "${entity.id}", prio: false}}]}
"""
UNMARKED = [case for case in CASES if case.name in ("create_schedule", "add_comment")]


def _away(_ledger: StoredLedger, _effect: str, _entry: Entry) -> str:
    raise RedisIsAway


def test_an_event_from_before_our_own_write_is_not_taken_for_how_things_are(
    make: Make, sandbox: Sandbox
) -> None:
    sandbox.world.tasks[TASK]["isPrio"] = True
    one = make(RULES)
    one.deliver(samples.fresh("task_updated", name="low", isPrio=True))
    one.deliver(samples.fresh("task_updated", name="high", isPrio=True))

    first, second = one.work(), one.work()

    assert (outcomes(first), outcomes(second)) == (["done"], ["done"])
    assert sandbox.world.tasks[TASK]["isPrio"] is True


def test_an_event_from_after_it_saves_the_read(make: Make, sandbox: Sandbox) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_updated", name="high", isPrio=False))
    one.work()
    one.clock.forward(minutes=1)
    before = len(sandbox.calls)
    later = {"timestamp": one.clock.now.isoformat()}
    one.deliver(samples.fresh("task_updated", name="high", isPrio=True) | later)

    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", [])
    assert len(sandbox.calls) == before


@pytest.mark.parametrize("case", UNMARKED, ids=lambda case: case.name)
def test_after_a_death_behind_the_second_sending_it_is_looked_for_twice_again(
    case: Case, make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)
    for _ in range(2):
        one.work()
        one.clock.forward(seconds=10)
    sandbox.world.list_lag_s = 65
    with monkeypatch.context() as patched:
        patched.setattr(StoredLedger, "done", _away)
        work_on(one.claim(), one.deps)

    one.clock.forward(seconds=61)
    third = one.work()
    one.clock.forward(seconds=10)
    fourth = one.work()

    assert third.outcome == "later"
    assert (fourth.outcome, outcomes(fourth)) == ("done", ["adopted"])
    assert len(posted(sandbox, case)) == 1
    assert one.deps.redis.zcard(keys.UNNAMED.waiting) == 0
