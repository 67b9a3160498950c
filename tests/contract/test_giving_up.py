"""When an event that is tried again and again is given up, and when that is not its fault."""

from __future__ import annotations

from dataclasses import replace

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.targets.circuits import Circuits

TASK = samples.sample("task_added")["entity"]["id"]
DAY_S = 24 * 3600
RULES = f"""
version: 1
rules:
  - id: chat
    when: task_added
    do:
      - add_comment: {{task: {TASK}, message: hello}}
"""


def test_a_tried_event_waits_on_while_awork_answers_nobody_and_not_beyond_a_week(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_before", times=None)

    runs = []
    for _ in range(5):
        runs.append(one.work())
        one.clock.forward(seconds=60)
    for _ in range(3):
        one.clock.forward(days=2)
        runs.append(one.work())
    one.clock.forward(days=2)
    last = one.work()

    assert {run.outcome for run in runs} == {"later"}
    assert (last.outcome, last.reason) == ("failed", "target-busy")
    assert len(last.attempts) == 9


def test_after_a_long_outage_an_event_has_its_day_again(make: Make, sandbox: Sandbox) -> None:
    """Its write may have been made, and looking for it is a try that does not succeed."""
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_before", "POST")
    one.work()
    sandbox.faults.add("drop_before", times=None)
    for _ in range(6):
        one.clock.forward(hours=6)
        one.work()
    sandbox.faults.clear()
    runs = []
    for _ in range(2):
        one.clock.forward(seconds=70)
        runs.append(one.work())

    assert [(run.outcome, run.reason) for run in runs] == [
        ("later", "outcome-unknown"),
        ("done", ""),
    ]
    assert len(sandbox.writes("/tasks/.*/comments")) == 1


def test_an_event_that_awork_alone_cannot_take_is_given_up_after_a_day(
    make: Make, sandbox: Sandbox
) -> None:
    """Its looks are answered meanwhile: it is the write alone that fails."""
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("refuse", "POST", status=500, times=None)

    runs = []
    for _ in range(25):
        runs.append(one.work())
        one.clock.forward(hours=1)

    assert [run.outcome for run in runs] == ["later"] * 24 + ["failed"]


def test_one_write_that_awork_cannot_take_stops_nobody(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    """Neither it, nor what looks for it, is answered well; all else is."""
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    fault = sandbox.faults.add("refuse", path=f"/tasks/{TASK}/comments", status=500, times=None)

    for _ in range(12):
        one.work()
        one.clock.forward(hours=1)

    assert fault.taken >= 12
    assert Problems(client).all() == []


def test_who_we_are_is_asked_for_all_and_so_each_time_counts(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("refuse", path="/me", status=503, times=None)

    for _ in range(5):
        one.work()
        one.clock.forward(hours=1)

    (problem,) = Problems(client).all()
    assert problem.cause == "awork:away"
    assert problem.message.startswith("awork answers with errors: GET /me: 503 ")


def test_a_worker_without_circuits_waits_a_day_as_before(make: Make, sandbox: Sandbox) -> None:
    one = make(RULES)
    connection = one.deps.connection
    connection.circuits = Circuits()
    one = replace(one, deps=replace(one.deps, connection=connection))
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_before", times=None)

    one.work()
    one.clock.forward(seconds=DAY_S)

    assert one.work().outcome == "failed"
