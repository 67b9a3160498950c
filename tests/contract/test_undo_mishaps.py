"""Whatever happens to a removal, its answer or its worker: it is made, and the record is right."""

from __future__ import annotations

import pytest

from deploy.sandbox.faults import Kind
from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.contract.mishaps import DeathAt
from tests.contract.trying import MARA
from tests.contract.undoing import TABLES, ask, changed_by, ran, rest, said, table, undo
from tests.worker import Worker, outcomes
from tests.writes import CASES, Case
from webhooks.store import keys
from webhooks.store.replays import Replays
from workers.drain import work_on

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
_BY = {case.name: case for case in CASES}
BOOKING, TASK, COMMENT = _BY["book_project"], _BY["create_task"], _BY["add_comment"]
#: the others take longer, and differ in what is asked only
SHORT = [COMMENT, *(pytest.param(c, marks=pytest.mark.nightly) for c in CASES if c is not COMMENT)]
REMOVAL = "/tasks/batch/delete|.*/[0-9a-f-]{36}"
TWO = """
version: 1
rules:
  - id: two
    when: task_added
    do:
      - {id: one, add_comment: {task: "${entity.id}", message: one}}
      - {id: two, add_comment: {task: "${entity.id}", message: two}}
"""


def removals(sandbox: Sandbox) -> int:
    return len([call for call in sandbox.calls if call.method == "DELETE" or "delete" in call.path])


def is_gone(sandbox: Sandbox, case: Case, made: str) -> bool:
    return made not in table(sandbox, case)


@EACH
@pytest.mark.parametrize("kind", ["drop_after", "fail_after"])
def test_a_lost_answer_is_looked_for_and_it_is_not_sent_again(
    case: Case, kind: Kind, make: Make, sandbox: Sandbox
) -> None:
    one, event_id, made = ran(case, make)
    one.clock.forward(seconds=61)
    sandbox.faults.add(kind, "POST" if case is TASK else "DELETE", REMOVAL)
    ask(one, event_id)

    first = one.work()
    run = rest(one)

    assert (first.outcome, first.reason) == ("later", "outcome-unknown")
    assert (said(run), outcomes(run)) == (["removed"], ["adopted"])
    assert is_gone(sandbox, case, made)
    assert removals(sandbox) == 1


@EACH
@pytest.mark.parametrize("kind", ["drop_before", "rate_limit"])
def test_what_was_not_applied_is_sent_again(
    case: Case, kind: Kind, make: Make, sandbox: Sandbox
) -> None:
    one, event_id, made = ran(case, make)
    one.clock.forward(seconds=61)
    sandbox.faults.add(kind, "POST" if case is TASK else "DELETE", REMOVAL)
    ask(one, event_id)

    first = one.work()
    run = rest(one)

    assert (first.outcome, run.outcome, said(run)) == ("later", "done", ["removed"])
    assert is_gone(sandbox, case, made)


@EACH
def test_what_a_person_changes_while_no_answer_is_known_is_left(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one, event_id, made = ran(case, make)
    one.clock.forward(seconds=61)
    sandbox.faults.add("drop_before", "POST" if case is TASK else "DELETE", REMOVAL)
    ask(one, event_id)
    one.work()
    changed_by(sandbox, MARA, TABLES[case.table], made)

    run = rest(one)

    assert said(run)[0].startswith("left: changed by Mara Jensen on ")
    assert not is_gone(sandbox, case, made)


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_a_worker_may_die_at_any_moment(
    case: Case, make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = 0
    while _died(deaths, case, make, sandbox, monkeypatch):
        deaths += 1

    assert deaths > 10


def _died(
    lives: int, case: Case, make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Undo with one worker that dies after so many calls, and another that goes on; False when
    the first lived to the end."""
    one, event_id, made = _ran_anew(lives, case, make)
    before, ask_all = removals(sandbox), ask(one, event_id)
    chaos = DeathAt(one, None, 1.0, lives=lives)  # type: ignore[arg-type]  # nothing is left to chance
    one.clock.forward(seconds=61)
    claim = one.claim()
    with monkeypatch.context() as patch:
        chaos.begin(patch)
        with chaos.loose():
            work_on(claim, one.deps)
    if one.deps.redis.hget(keys.UNNAMED.event(claim.id), "state") != b"settled":
        one.deps.redis.zadd(keys.UNNAMED.due, {claim.lane: 1})
        rest(one)

    run = one.run(claim.id)
    assert (ask_all.how, run.outcome) == ("stored", "done")
    assert said(run) == ["removed"]
    assert is_gone(sandbox, case, made)
    assert removals(sandbox) == before + 1
    return chaos.seen > lives


def _ran_anew(number: int, case: Case, make: Make) -> tuple[Worker, str, str]:
    one = make(case.rules)
    one._arrived = number
    event_id = one.deliver(case.event())
    made = one.work().rules[0].actions[0].writes[0].made
    return one, event_id, made


def test_what_cannot_be_removed_holds_up_nothing_else(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO)
    event_id = one.deliver(COMMENT.event())
    made = one.work()
    last = made.rules[0].actions[1].writes[0].made
    sandbox.faults.deny("DELETE", f".*/{last}", times=1)

    run = undo(one, event_id)

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert [rule.outcome for rule in run.rules] == ["failed", "done"]
    assert [comment["message"] for comment in sandbox.world.comments.values()] == ["two"]
    assert one.deps.redis.zscore(keys.UNNAMED.failed, f"undo-{event_id}") is not None


def test_an_undo_that_failed_can_be_replayed(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO)
    event_id = one.deliver(COMMENT.event())
    one.work()
    sandbox.faults.deny("DELETE", times=1)
    undo(one, event_id)

    Replays(one.deps.redis).replay(f"undo-{event_id}")
    run = rest(one)

    assert said(run) == ["removed", "removed"]
    assert outcomes(run) == ["done", "repeated-nothing"]
    assert not sandbox.world.comments


def test_a_spent_budget_delays_and_counts_as_no_try(make: Make, sandbox: Sandbox) -> None:
    one, event_id, made = ran(COMMENT, make)
    one.deps.connection.budget.hold(30)
    ask(one, event_id)

    first = one.work()
    run = rest(one)

    assert (first.outcome, first.rules[0].actions[0].reason) == ("later", "budget")
    assert (run.attempts, said(run)) == ((), ["removed"])
    assert is_gone(sandbox, COMMENT, made)


def test_a_booking_that_lists_do_not_show_yet_is_waited_for(make: Make, sandbox: Sandbox) -> None:
    """awork has no call for one booking, and "gone already" would be wrong."""
    one, event_id, made = ran(BOOKING, make)
    sandbox.world.list_lag_s = 30
    with sandbox.world.muted():
        booking = sandbox.world.bookings.pop(made)
    ask(one, event_id)

    first = one.work()
    sandbox.world.bookings[made] = booking
    run = rest(one)

    assert (first.outcome, first.rules[0].actions[0].reason) == ("later", "not-shown-yet")
    assert (said(run), is_gone(sandbox, BOOKING, made)) == (["removed"], True)
