"""Events that are judged once more: by the rules of today, and without writing anything twice."""

from __future__ import annotations

from typing import Any

from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.contract.test_flow import READING, TASK, comments, rules, update, work_all
from tests.worker import outcomes, with_rules
from workers.targets.http import Request


def without_changes(name: str) -> dict[str, Any]:
    payload = update(name)
    del payload["changes"]
    return payload


def test_what_was_written_stays_and_what_the_rules_of_today_add_is_written(
    make: Make, sandbox: Sandbox
) -> None:
    more = """
  - id: more
    when: task_updated
    do: [{add_comment: {task: "${entity.id}", message: more}}]
"""
    one = make(rules())
    event = one.deliver(update("Logo"))
    one.work()

    one = with_rules(one, rules() + more)
    one.deps.turns.replay(event)
    run = one.work()

    assert outcomes(run) == ["repeated-nothing", "done"]
    assert comments(sandbox) == ["Logo", "more"]


def test_what_awork_refused_is_sent_again_because_the_reason_may_be_mended(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    event = one.deliver(update("Logo"))
    sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
    refused = one.work()

    one.deps.turns.replay(event)
    run = one.work()

    assert (refused.outcome, run.outcome) == ("failed", "done")
    assert comments(sandbox) == ["Logo"]


def test_a_rule_that_has_a_line_of_its_own_now_writes_nothing_twice(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    event = one.deliver(update("Logo"))
    one.work()

    one = with_rules(one, rules("{key: entity.projectId}"))
    one.deps.turns.replay(event)
    (run,) = work_all(one)

    assert outcomes(run) == ["repeated-nothing"]
    assert comments(sandbox) == ["Logo"]


def test_a_rule_that_had_a_line_of_its_own_writes_nothing_twice(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules("{key: entity.projectId}"))
    event = one.deliver(update("Logo"))
    work_all(one)

    one = with_rules(one, rules())
    one.deps.turns.replay(event)
    work_all(one)

    assert comments(sandbox) == ["Logo"]


def test_what_changed_is_what_had_changed_then(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(more="if: [{changed: name}]"))
    one.deliver(without_changes("one"))
    one.work()
    event = one.deliver(without_changes("two"))
    sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
    one.work()

    one.deps.turns.replay(event)
    run = one.work()

    assert run.rules[0].verdict == "matched"
    assert comments(sandbox) == ["two"]


def test_what_is_judged_once_more_is_not_what_was_seen_last(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(more="if: [{changed: name}]"))
    first = one.deliver(without_changes("one"))
    one.work()
    one.deliver(without_changes("two"))
    one.work()
    one.deps.turns.replay(first)
    one.work()

    one.deliver(without_changes("two"))
    run = one.work()

    assert run.rules[0].verdict == "not-matched"
    assert comments(sandbox) == ["two"]


def test_what_was_refused_after_an_answer_was_lost_is_looked_for_before_it_is_sent(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    event = one.deliver(update("Logo"))
    sandbox.faults.add("drop_before", "POST", "/tasks/.*/comments")
    refused = one.work()
    sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
    for _ in range(2):
        one.clock.forward(seconds=30)
        refused = one.work()

    # The first try, whose answer was lost, was applied late after all.
    one.awork().send(Request("POST", f"/tasks/{TASK}/comments", {"message": "Logo"}))

    one.deps.turns.replay(event)
    run = one.work()

    assert refused.outcome == "failed"
    assert outcomes(run) == ["adopted"]
    assert comments(sandbox) == ["Logo"]


def test_a_rule_that_was_handed_on_before_its_flow_changed_runs_once(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules("{key: entity.projectId}") + READING)
    one.deliver(update("Logo"))
    sandbox.faults.add("drop_before", "GET", "/projects/.*")
    waits = one.work()

    one = with_rules(one, rules() + READING)
    work_all(one)

    assert waits.outcome == "later"
    assert comments(sandbox).count("Logo") == 1
