"""Planning with workers that die, are doubled or come in between, and with lists that lag."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from random import Random

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.faults import Fault, Kind
from tests.contract.mishaps import DeathAt
from tests.contract.planning import MARA, OTHER_ID, TASK_ID, TIMO, Office, office
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import work_on

HOUR = 3600
PATH = "/taskschedules.*"
SIX = [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]
#: more moments than three writes have, each a time before or after a call
MOMENTS = [
    pytest.param(at, marks=() if at % 4 == 1 else (pytest.mark.nightly,)) for at in range(110)
]


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def is_left_alone(there: Office) -> bool:
    """Whether one more update, once awork shows everything, writes nothing."""
    there.clock.forward(minutes=2)
    before = len(there.sent())
    return there.settled().outcome == "done" and len(there.sent()) == before


def needs_three_writes(there: Office) -> None:
    """Of Timo's two blocks one is shortened and one removed, and Mara gets one."""
    there.settled()
    people = [{"id": TIMO, "plannedEffort": 2 * HOUR}, {"id": MARA, "plannedEffort": HOUR}]
    there.task(plannedDuration=3 * HOUR, assignees=people)


def has_three_writes(there: Office) -> bool:
    both = there.blocks(TIMO), there.blocks(MARA)
    return both == ([("Mon 09:00", "11:00")], [("Mon 09:00", "10:00")])


@pytest.mark.parametrize("lives", MOMENTS)
def test_a_worker_that_dies_at_any_moment_leaves_it_to_the_next(
    there: Office, monkeypatch: pytest.MonkeyPatch, lives: int
) -> None:
    needs_three_writes(there)
    death = DeathAt(there.worker, Random(0), 1.0, lives=lives)
    death.begin(monkeypatch)
    there.deliver()
    there.clock.forward(seconds=1)
    claim = there.worker.claim()

    with death.loose():
        work_on(claim, there.worker.deps)
    there.lease_ends()
    if there.worker.deps.redis.zcard(keys.UNNAMED.waiting):
        there.rest()

    assert has_three_writes(there)
    assert is_left_alone(there)
    assert death.seen < len(MOMENTS)


def test_an_event_that_is_replayed_writes_nothing(there: Office) -> None:
    event = there.deliver()
    there.rest()
    before = there.sent()

    there.worker.deps.turns.replay(event)
    run = there.rest()

    assert (run.outcome, there.sent(), there.blocks()) == ("done", before, SIX)


def test_what_was_refused_is_written_when_the_event_is_replayed(there: Office) -> None:
    there.sandbox.faults.deny("POST", PATH, times=1)
    event = there.deliver()
    there.rest()

    there.worker.deps.turns.replay(event)
    run = there.rest()

    assert (run.outcome, there.blocks()) == ("done", SIX)


def test_a_worker_that_lost_its_event_leaves_it_to_the_one_that_has_it(there: Office) -> None:
    there.deliver()
    there.clock.forward(seconds=1)
    slow = there.worker.claim()
    held = there.sandbox.faults.add("hold_after", "POST", PATH)

    def meanwhile() -> None:
        there.lease_ends()
        there.rest()

    while_held(held, lambda: work_on(slow, there.worker.deps), meanwhile)

    assert there.blocks() == SIX
    assert is_left_alone(there)


@pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
def test_two_tasks_of_one_person_never_take_the_same_hours(there: Office, kind: Kind) -> None:
    other = {**there.sandbox.world.tasks[TASK_ID], "id": OTHER_ID}
    there.sandbox.world.tasks[OTHER_ID] = other
    there.deliver()
    there.clock.forward(seconds=1)
    claim = there.worker.claim()
    held = there.sandbox.faults.add(kind, "POST", PATH)

    while_held(
        held,
        lambda: work_on(claim, there.worker.deps),
        lambda: there.updated(OTHER_ID),
    )

    # 8 h from 9 to 17:30, then Tuesday: 6 h of the one, 1.5 h and 4.5 h of the other
    assert there.blocks() == SIX
    assert there.blocks(task=OTHER_ID) == [
        ("Mon 16:00", "17:30"),
        ("Tue 09:00", "12:30"),
        ("Tue 13:30", "14:30"),
    ]


def test_two_who_decide_at_once_for_a_person_do_it_one_after_the_other(there: Office) -> None:
    there.sandbox.world.tasks[OTHER_ID] = {**there.sandbox.world.tasks[TASK_ID], "id": OTHER_ID}
    there.deliver()
    there.clock.forward(seconds=1)
    claim = there.worker.claim()
    held = there.sandbox.faults.add("hold_after", "GET", PATH)
    runs = []

    while_held(
        held,
        lambda: work_on(claim, there.worker.deps),
        lambda: runs.append(there.updated(OTHER_ID)),
    )
    there.rest()

    assert (runs[0].outcome, runs[0].reason) == ("later", "calendar-busy")
    assert there.blocks() == SIX
    assert there.blocks(task=OTHER_ID)[0] == ("Mon 16:00", "17:30")


@pytest.mark.parametrize(
    ("method", "assignees"), [("POST", [TIMO]), ("DELETE", []), ("POST", [MARA])]
)
def test_one_task_is_planned_by_one_run_at_a_time(
    there: Office, method: str, assignees: list[str]
) -> None:
    """A run that has not written all it decided would undo what another decides meanwhile."""
    if method == "DELETE":
        there.settled()
    there.rule(f'plan_task: {{task: "{TASK_ID}"}}')
    there.task(assignees=[{"id": user} for user in assignees])
    there.sandbox.faults.add("rate_limit", method, PATH)
    there.updated()
    there.task(assignees=[{"id": TIMO}])

    waits = there.updated(OTHER_ID)
    there.rest_of_all()
    there.settled()

    assert (waits.outcome, waits.reason) == ("later", "planning-busy")
    assert waits.message.startswith("plan/plan_task of event event-")
    assert (there.blocks(), there.blocks(MARA)) == (SIX, [])
    assert is_left_alone(there)


def test_unplanning_waits_for_a_plan_that_is_half_written(there: Office) -> None:
    there.sandbox.faults.add("drop_after", "POST", PATH)
    there.updated()
    there.rule(
        f'unplan_task: {{task: "{TASK_ID}"}}', rule="undo", more="if: [{entity.name: Other work}]"
    )
    waits = there.updated(OTHER_ID)

    assert (waits.outcome, waits.reason) == ("later", "planning-busy")


@pytest.mark.parametrize("lag_s", [20, 59])
def test_lists_that_lag_make_no_block_twice_and_no_block_a_persons(
    there: Office, lag_s: int
) -> None:
    there.sandbox.world.list_lag_s = lag_s
    for planned_h in (6, 6, 5, 3.5, 6, 6, 3.5):
        there.task(plannedDuration=planned_h * HOUR)
        assert there.updated().outcome == "done"
        there.clock.forward(seconds=4)

    assert there.blocks() == SIX[:1]
    assert len(there.sent()) == len(["POST", "POST", "PUT", "DELETE", "POST", "DELETE"])
    there.task(plannedDuration=6 * HOUR)
    there.clock.forward(minutes=2)
    there.updated()
    assert there.blocks() == SIX
    assert is_left_alone(there)


def test_lists_that_lag_let_no_other_task_take_the_same_hours(there: Office) -> None:
    there.sandbox.world.list_lag_s = 50
    there.sandbox.world.tasks[OTHER_ID] = {**there.sandbox.world.tasks[TASK_ID], "id": OTHER_ID}
    there.updated()
    # Only the second block is written now; the first is still not in the list.
    there.task(plannedDuration=7 * HOUR)
    there.updated()

    there.updated(OTHER_ID)

    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 13:30", "17:00")]
    assert there.blocks(task=OTHER_ID)[0] == ("Mon 17:00", "17:30")


def while_held(held: Fault, one: Callable[[], object], other: Callable[[], object]) -> None:
    """Do one thing in a thread until it is held, then the other, then let the first go on."""
    thread = threading.Thread(target=one)
    thread.start()
    try:
        assert held.reached.wait(timeout=10)
        other()
    finally:
        held.release()
        thread.join()


def test_a_lost_answer_behind_a_block_that_was_gone_is_found_again(there: Office) -> None:
    there.settled()
    there.delete("Mon 13:30")
    there.task(assignees=[{"id": TIMO}, {"id": MARA}], plannedDuration=8 * HOUR)
    there.sandbox.faults.add("drop_after", "POST", PATH)
    there.settled()
    both = there.blocks(TIMO), there.blocks(MARA)
    there.task(assignees=[])

    there.settled()

    assert both == ([("Mon 09:00", "12:30"), ("Mon 13:30", "14:00")],) * 2
    assert (there.blocks(TIMO), there.blocks(MARA)) == ([], [])
