"""The sandbox's Workiva: how tasks get done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.wdesk import OLD, SOMEONE, STEP, TODAY, Caller, Moment, signed_in

OTHER = {"id": "V1ZOther", "type": "USER"}


@pytest.fixture(name="clock")
def _clock() -> Moment:
    return Moment()


@pytest.fixture(name="caller")
def _caller(clock: Moment) -> Iterator[Caller]:
    with Sandbox.start(clock=clock) as sandbox:
        yield signed_in(sandbox.workiva)


def test_without_steps_a_submitted_task_is_done(caller: Caller, clock: Moment) -> None:
    ident = caller.made()["id"]
    clock.forward(minutes=5)

    done = caller.act(ident, "SUBMIT")

    assert done.status_code == 200
    assert (done.json()["status"], done.json()["completed"]) == (
        "Completed",
        {"dateTime": "2026-11-20T08:20:30Z"},
    )


def test_steps_are_approved_one_after_the_other(caller: Caller) -> None:
    ident = caller.made(approvalSteps=[STEP, STEP])["id"]

    statuses = [caller.act(ident, act).json()["status"] for act in ("SUBMIT", "APPROVE", "APPROVE")]

    steps = caller.workiva.tasks[ident]["approvalSteps"]
    assert statuses == ["Awaiting Approval", "Approved", "Completed"]
    assert [[one["action"] for one in step["responses"]] for step in steps] == [["APPROVE"]] * 2


def test_a_step_for_all_needs_one_approval_of_each(caller: Caller) -> None:
    step = {**STEP, "completionMode": "ALL", "participants": [SOMEONE, OTHER]}
    ident = caller.made(approvalSteps=[step])["id"]

    statuses = [caller.act(ident, act).json()["status"] for act in ("SUBMIT", "APPROVE", "APPROVE")]

    assert statuses == ["Awaiting Approval", "Approved", "Completed"]


def test_a_skipped_step_is_over(caller: Caller) -> None:
    step = {**STEP, "completionMode": "ALL", "participants": [SOMEONE, OTHER]}
    ident = caller.made(approvalSteps=[step])["id"]
    caller.act(ident, "SUBMIT")

    assert caller.act(ident, "SKIP").json()["status"] == "Completed"


def test_what_is_rejected_comes_back_with_the_reason_and_may_be_submitted_again(
    caller: Caller,
) -> None:
    ident = caller.made(approvalSteps=[STEP])["id"]
    caller.act(ident, "SUBMIT")

    returned = caller.act(ident, "REJECT", "please refine").json()
    again = caller.act(ident, "SUBMIT").json()

    (response,) = returned["approvalSteps"][0]["responses"]
    assert (returned["status"], response["action"]) == ("Returned", "REJECT")
    assert response["comment"] == "please refine"
    assert response["created"]["user"].keys() == {"id", "displayName", "email"}
    assert (again["status"], again["approvalSteps"][0]["responses"]) == ("Awaiting Approval", [])


def test_a_task_may_be_cancelled_and_begun_again(caller: Caller) -> None:
    ident = caller.made()["id"]

    statuses = [caller.act(ident, action).json()["status"] for action in ("CANCEL", "RESTART")]

    assert statuses == ["Cancelled", "Created"]


#: actions so far -> those that do not fit then
MISFITS = [
    ([], ["APPROVE", "REJECT", "SKIP", "RESTART"]),
    (["SUBMIT"], ["SUBMIT"]),
    (["SUBMIT", "APPROVE"], ["SUBMIT", "APPROVE", "REJECT", "SKIP", "CANCEL"]),
    (["CANCEL"], ["SUBMIT", "APPROVE", "REJECT", "SKIP", "CANCEL"]),
]


@pytest.mark.parametrize(("before", "misfits"), MISFITS)
@pytest.mark.parametrize("version", [TODAY, OLD])
def test_an_action_that_does_not_fit_is_a_conflict(
    caller: Caller, version: str, before: list[str], misfits: list[str]
) -> None:
    one = signed_in(caller.workiva, version)
    ident = one.made(approvalSteps=[STEP])["id"]
    for action in before:
        assert one.act(ident, action).is_success
    task = dict(one.workiva.tasks[ident])

    answers = [one.act(ident, action) for action in misfits]

    assert [answer.status_code for answer in answers] == [409] * len(misfits)
    assert one.workiva.tasks[ident] == task


@pytest.mark.parametrize("body", [{}, {"action": "FINISH"}, {"action": "SUBMIT", "note": ""}])
def test_an_action_that_is_none_is_refused(caller: Caller, body: object) -> None:
    ident = caller.made()["id"]

    answer = caller.ask("POST", f"/tasks/{ident}/actionSubmission", json=body)

    assert answer.status_code == 400
    assert caller.workiva.tasks[ident]["status"] == "Created"
