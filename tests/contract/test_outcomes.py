"""How an event ends when all goes as awork says: refused, gone, held back, in shadow, in order."""

from __future__ import annotations

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import outcomes, posted, with_rules
from tests.writes import CASES, Case
from webhooks.store import keys

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


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
    assert one.deps.redis.zscore(keys.UNNAMED.failed, event_id) is not None


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
    asked = len(sandbox.calls)
    one.clock.forward(seconds=10)
    second = one.work()

    assert [action.outcome for action in first.rules[0].actions] == ["done", "later"]
    assert outcomes(second) == ["repeated-nothing", "adopted"]
    # Nor does it read anew what the first one has read: that could take more than there is.
    assert {call.path.rpartition("/")[2] for call in sandbox.calls[asked:]} <= {"comments", "me"}
    assert all(not action.result for action in second.rules[0].actions)
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
