"""HTTP bytes in, calls at awork out: through a real edge, a real Redis and a real worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.stack import Stack
from tests.writes import CASES, Case, without_marker

pytestmark = pytest.mark.usefixtures("nothing_booked")


def test_every_sample_is_accepted(stack: Stack) -> None:
    ids = set()
    with stack.watching() as settled:
        for one in samples.every():
            answer = stack.post(one["payload"])
            ids.add(answer.json()["id"])

            assert answer.status_code == 202, one["variant"]
            assert answer.json()["status"] in ("accepted", "duplicate"), one["variant"]
        settled.wait_for(*ids)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_event_that_is_delivered_three_times_at_once_is_written_once(
    case: Case, stack: Stack, sandbox: Sandbox
) -> None:
    before = len(sandbox.writes(case.path))
    body = samples.raw(case.event())

    with stack.watching() as settled:
        with ThreadPoolExecutor(3) as three:
            answers = [answer.json() for answer in three.map(stack.post, [body] * 3)]
        (event,) = settled.wait_for(answers[0]["id"])

    assert sorted(answer["status"] for answer in answers) == ["accepted", "duplicate", "duplicate"]
    assert len({answer["id"] for answer in answers}) == 1
    assert (event.outcome, [write.outcome for write in event.writes]) == ("done", ["done"])
    written = sandbox.writes(case.path)[before:]
    assert [without_marker(call.body, case) for call in written] == [case.body]


def test_all_four_at_once_and_each_three_times(stack: Stack, sandbox: Sandbox) -> None:
    before = {case.name: len(sandbox.writes(case.path)) for case in CASES}
    bodies = [samples.raw(case.event()) for case in CASES] * 3

    with stack.watching() as settled:
        with ThreadPoolExecutor(len(bodies)) as all_at_once:
            answers: list[dict[str, Any]] = [
                answer.json() for answer in all_at_once.map(stack.post, bodies)
            ]
        settled.wait_for(*{answer["id"] for answer in answers})

    made = {case.name: len(sandbox.writes(case.path)) - before[case.name] for case in CASES}
    assert made == {case.name: 1 for case in CASES}


def test_a_bell_wakes_a_real_worker(stack: Stack) -> None:
    """Nothing but a bell starts a worker's work: when the event is settled, one was heard."""
    rung = int(stack.client.get("hookwork:bells") or 0)

    with stack.watching() as settled:
        settled.wait_for(stack.post(samples.fresh("company_updated")).json()["id"])

    assert int(stack.client.get("hookwork:bells") or 0) > rung


def test_an_event_no_rule_wants_is_settled_and_says_so(stack: Stack) -> None:
    with stack.watching() as settled:
        answer = stack.post(samples.fresh("company_updated"))
        (event,) = settled.wait_for(answer.json()["id"])

    assert event.outcome == "no-rule"


def test_an_event_type_awork_may_have_tomorrow_is_accepted(stack: Stack) -> None:
    with stack.watching() as settled:
        answer = stack.post(samples.fresh("company_updated") | {"eventType": "robot_added"})
        (event,) = settled.wait_for(answer.json()["id"])

    assert (answer.status_code, event.outcome) == (202, "no-rule")


def test_awork_is_answered_while_awork_itself_is_away(stack: Stack, sandbox: Sandbox) -> None:
    case = CASES[0]
    fault = sandbox.faults.add("rate_limit", "POST", case.path, reset_s=1)

    with stack.watching() as settled:
        answer = stack.post(case.event())
        assert answer.status_code == 202
        (event,) = settled.wait_for(answer.json()["id"])

    assert fault.taken == 1
    assert event.outcome == "done"
    assert len(stack.run(event.event_id).attempts) == 1


def test_both_end_in_order_when_they_are_told_to(stack: Stack) -> None:
    assert [part.stop() for part in reversed(stack.parts)] == [0, 0]
