"""Each write exists exactly once, whatever happens to its answer. Real Redis, sandbox, own clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.worker import Clock, Worker, with_rules, worker
from tests.writes import CASES, Case, without_marker
from webhooks.store import keys
from webhooks.store.journal import Run
from workers.drain import work_on
from workers.targets.http import Request

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
Make = Callable[[str], Worker]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox.start(clock=clock) as running:
        yield running


@pytest.fixture
def make(
    client: redis.Redis, server: RedisServer, sandbox: Sandbox, clock: Clock
) -> Iterator[Make]:
    made: list[Worker] = []

    def new(rules: str) -> Worker:
        made.append(worker(client, server, rules, sandbox, clock))
        return made[-1]

    yield new
    for one in made:
        one.deps.connection.close()


def outcomes(run: Run) -> list[str]:
    return [w.outcome for rule in run.rules for action in rule.actions for w in action.writes]


def posted(sandbox: Sandbox, case: Case) -> list[dict[str, Any]]:
    return [without_marker(call.body, case) for call in sandbox.writes(case.path)]


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
    ledger = one.deps.redis.get(keys.made(made))
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
    one.deps.redis.zadd(keys.DUE, {"awork:" + case.event()["entityId"]: 1})
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
    stored = one.deps.redis.hvals(keys.ledger("event-1"))[0]
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


@EACH
def test_a_refusal_is_for_good_and_says_why(case: Case, make: Make, sandbox: Sandbox) -> None:
    one = make(case.rules)
    event_id = one.deliver(case.event())
    sandbox.faults.add("refuse", "POST", case.path, status=400, code="illegal-property-transition")

    run = one.work()

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert "400 illegal-property-transition" in run.message
    assert run.attempts[0].trace_id
    assert posted(sandbox, case) == []
    assert one.deps.redis.zscore(keys.FAILED, event_id) is not None


@EACH
def test_an_object_that_is_gone_is_settled_as_gone(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("refuse", "POST", case.path, status=404, code="not-found")

    run = one.work()

    assert run.outcome == "gone"
    assert posted(sandbox, case) == []


@EACH
def test_too_many_requests_wait_as_long_as_they_are_told(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("rate_limit", "POST", case.path, reset_s=7, retry_after_s=30)

    run = one.work()

    assert (run.outcome, run.reason) == ("later", "target-busy")
    assert run.attempts[0].retry_in_s == 30
    assert posted(sandbox, case) == []


@EACH
def test_shadow_writes_nothing_and_shows_what_it_would(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules.replace("    when:", "    mode: shadow\n    when:"))
    one.deliver(case.event())

    run = one.work()

    assert (run.outcome, outcomes(run)) == ("shadow", ["shadow"])
    assert run.rules[0].actions[0].writes[0].summary
    assert [call for call in sandbox.calls if call.method != "GET"] == []


@EACH
def test_what_was_decided_once_is_carried_out_whatever_the_rules_say_by_then(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("refuse", "POST", case.path, status=429)
    one.work()

    one = with_rules(one, OTHER_RULES)
    one.clock.forward(seconds=60)
    run = one.work()

    assert run.outcome == "done"
    assert posted(sandbox, case) == [case.body]


@EACH
def test_what_our_own_user_causes_triggers_nothing(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one = make(case.rules)
    one.deliver(case.event() | {"triggeredBy": {"id": sandbox.world.api_user_id}})

    run = one.work()

    assert (run.outcome, run.rules[0].verdict) == ("own-event", "own-event")
    assert [call for call in sandbox.calls if call.method != "GET"] == []


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


def test_a_later_action_waits_for_the_earlier_one(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO_ACTIONS)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("rate_limit", "POST", "/timeentries")

    run = one.work()
    one.clock.forward(seconds=10)
    again = one.work()

    assert [action.outcome for action in run.rules[0].actions] == ["later", "not-started"]
    assert [action.outcome for action in again.rules[0].actions] == ["done", "done"]


def test_after_a_failure_the_later_actions_do_not_start_and_a_retry_repeats_nothing(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(TWO_ACTIONS)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_after", "POST", "/tasks/.*/comments")

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert [action.outcome for action in first.rules[0].actions] == ["done", "later"]
    assert outcomes(second) == ["repeated-nothing", "adopted"]
    assert len(sandbox.writes("/timeentries")) == 1
    assert len(sandbox.writes("/tasks/.*/comments")) == 1


def test_a_rule_that_must_wait_does_not_hold_up_the_others(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO_RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("refuse", "POST", "/timeentries", status=400, code="concurrency-violation")

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert [rule.outcome for rule in first.rules] == ["later", "done"]
    assert [rule.outcome for rule in second.rules] == ["done", "done"]
    assert len(sandbox.writes("/tasks/.*/comments")) == 1


def _request(entry: dict[str, Any]) -> Request:
    return Request(entry["method"], entry["path"], entry["body"])


OTHER_RULES = """
version: 1
rules:
  - id: other
    when: user_deleted
    do:
      - create_task: {name: Tidy up, private_for: Timo Brandt}
"""
_LOG = '      - log_time: {user: Timo Brandt, task: "${entity.id}", duration: 30m}\n'
_COMMENT = '      - add_comment: {task: "${entity.id}", message: hello}\n'
TWO_ACTIONS = f"version: 1\nrules:\n  - id: both\n    when: task_added\n    do:\n{_LOG}{_COMMENT}"
TWO_RULES = (
    f"version: 1\nrules:\n  - id: one\n    when: task_added\n    do:\n{_LOG}"
    f"  - id: two\n    when: task_added\n    do:\n{_COMMENT}"
)
