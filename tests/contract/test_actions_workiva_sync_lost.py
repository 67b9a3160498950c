"""sync_workiva_task writes each change once, whatever befalls its answers or its worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    ANNA,
    BERND,
    There,
    event,
    mirroring,
    rule,
    until_settled,
)
from tests.contract.test_actions_workiva_sync import (
    ACT,
    CREATE,
    DONE,
    PATCH,
    PROGRESS,
    SYNC,
    TITLE,
    mirrored,
    patches,
    replaced,
    updated,
)
from tests.worker import Worker, outcomes
from webhooks.store.client import Client
from webhooks.store.journal import Run
from webhooks.store.replays import Replays
from workers.drain import work_on
from workers.holdings import StoredHoldings

LOST = pytest.mark.parametrize("kind", ["drop_after", "fail_after"])
UNSENT = pytest.mark.parametrize("kind", ["drop_before", "rate_limit"])
#: two have to approve: after the first the status is as before
BOTH = (
    "create_workiva_task: {title: One, status: Approved, approval_steps:"
    f" {{completion_mode: ALL, participants: [{ANNA}, {BERND}]}}}}"
)


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def settled(one: Worker, **entity: Any) -> Run:
    """The task changes in awork, and that is worked on until it is settled."""
    one.deliver(event("task_updated", **entity))
    return until_settled(one)


def actions(there: There) -> list[str]:
    return [body["action"] for body in there.sent("POST", ACT)]


@LOST
def test_a_change_whose_answer_was_lost_is_found_in_the_task(there: There, kind: Any) -> None:
    one = mirrored(there, SYNC % f"{TITLE}, assignees: {ANNA}, due_date: 2026-12-01")
    there.fault(kind, "PATCH", PATCH)

    run = settled(one, name="Two")
    again = updated(one, name="Two")

    assert (outcomes(run), outcomes(again)) == (["adopted"], [])
    assert len(patches(there)) == 1


@UNSENT
def test_a_change_that_was_not_made_is_made_by_a_later_try(there: There, kind: Any) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault(kind, "PATCH", PATCH)

    run = settled(one, name="Two")

    assert (run.outcome, there.task["title"]) == ("done", "Two")
    assert len(there.sandbox.workiva.writes(PATCH)) == 1


@LOST
def test_an_action_whose_answer_was_lost_is_not_taken_twice(there: There, kind: Any) -> None:
    one = mirrored(there, SYNC % "when_done: APPROVE", create=rule(BOTH))
    there.fault(kind, "POST", ACT)

    run = settled(one, taskStatus=DONE)

    [step] = there.task["approvalSteps"]
    assert outcomes(run) == ["adopted"]
    assert there.task["status"] == "Approved"
    assert (len(step["responses"]), actions(there)) == (1, ["APPROVE"])


@UNSENT
def test_an_action_that_was_not_taken_is_taken_by_a_later_try(there: There, kind: Any) -> None:
    one = mirrored(there, SYNC % "when_done: APPROVE", create=rule(BOTH))
    there.fault(kind, "POST", ACT)

    run = settled(one, taskStatus=DONE)

    [step] = there.task["approvalSteps"]
    assert (run.outcome, len(step["responses"])) == ("done", 1)


def test_a_change_is_not_made_again_while_the_action_after_it_is_tried(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault("rate_limit", "POST", ACT, times=2)

    run = settled(one, name="Two", taskStatus=DONE)

    assert run.outcome == "done"
    assert patches(there) == [replaced(title="Two")]
    assert there.task["status"] == "Completed"


def test_what_a_person_did_before_a_try_that_could_be_sent_is_not_taken_for_ours(
    there: There,
) -> None:
    """Workiva is busy at first; Bernd approves meanwhile; then the answer is lost on the way."""
    one = mirrored(there, SYNC % "when_done: APPROVE", create=rule(BOTH))
    there.fault("rate_limit", "POST", ACT)
    one.deliver(event("task_updated", taskStatus=DONE))
    one.work()
    [step] = there.task["approvalSteps"]
    step["responses"].append({"action": "APPROVE", "created": {"user": {"id": BERND}}})
    there.fault("drop_before", "POST", ACT)
    one.clock.forward(minutes=1)

    run = until_settled(one)

    assert (run.outcome, len(step["responses"]), there.task["status"]) == ("done", 2, "Completed")


@pytest.mark.parametrize("given", [TITLE, "title: One, when_done: SUBMIT"])
def test_a_worker_that_dies_before_the_map_knows_leaves_it_to_the_next(
    there: There, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = mirrored(there, SYNC % given)
    entity = {"name": "Two"} if given == TITLE else {"taskStatus": DONE}
    one.deliver(event("task_updated", **entity))
    with monkeypatch.context() as patch:
        patch.setattr(StoredHoldings, "keep", _dies)
        with pytest.raises(Died):
            work_on(one.claim(), one.deps)
    one.clock.forward(seconds=61)

    run = one.work()
    one.clock.forward(minutes=1)
    again = updated(one, **entity)

    assert (outcomes(run), outcomes(again)) == (["repeated-nothing"], [])
    assert len(patches(there)) + len(actions(there)) == 1


class Died(BaseException):
    """The worker is gone, as by SIGKILL."""


def _dies(*_: object, **__: object) -> None:
    raise Died


def test_an_action_that_failed_unknown_is_not_taken_again_when_it_is_replayed(
    there: There,
) -> None:
    one = mirrored(there, SYNC % "done: true, when_done: APPROVE", create=rule(BOTH))
    there.fault("drop_after", "POST", ACT)
    one.deliver(event("task_updated"))
    one.work()
    there.fault("refuse", "GET", PATCH, status=403)
    one.clock.forward(hours=25)
    failed = one.work()

    assert Replays(one.deps.redis).replay("event-2").again == ("event-2",)
    run = until_settled(one)

    assert (failed.outcome, run.outcome) == ("failed", "done")
    assert (outcomes(run), actions(there)) == (["adopted"], ["APPROVE"])


def test_what_is_done_is_decided_once_for_all_tries(there: There) -> None:
    """In awork, as the retry would read it, the task was reopened meanwhile."""
    one = mirrored(there, SYNC % "when_reopened: RESTART")
    there.fault("drop_after", "POST", ACT)

    run = settled(one, taskStatus=DONE)
    one.clock.forward(minutes=1)
    updated(one, taskStatus=PROGRESS)

    assert outcomes(run) == ["adopted"]
    assert actions(there) == ["SUBMIT", "RESTART"]


def test_both_workiva_tasks_of_one_are_written_once_though_the_second_meets_trouble(
    there: There,
) -> None:
    makes = [rule(f"create_workiva_task: {{title: {n}}}", ident=n) for n in ("one", "two")]
    one = mirrored(there, SYNC % TITLE, create="".join(makes))
    last = sorted(there.sandbox.workiva.tasks)[1]
    there.fault("rate_limit", "PATCH", f"/tasks/{last}")

    run = settled(one, name="Two")

    assert run.outcome == "done"
    assert len(there.sandbox.workiva.writes(PATCH)) == 2
    assert [task["title"] for task in there.tasks] == ["Two", "Two"]


def test_the_same_event_delivered_twice_is_one_change(there: There) -> None:
    one = mirrored(there, SYNC % TITLE, create=CREATE)
    payload = event("task_updated", name="Two", taskStatus=PROGRESS)
    for _ in range(2):
        one.deliver(payload)

    one.work()

    assert one.deps.inbox.claim(1, now_ms=one.clock.ms) == []
    assert len(patches(there)) == 1
