"""plan_task over a real Redis and the sandbox: what is written, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.planning import MARA, MONDAY, TASK_ID, TIMO, Office, office, utc
from webhooks.store.client import Client

HOUR = 3600
DAY = timedelta(days=1)


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def test_an_effort_goes_into_working_hours(there: Office) -> None:
    run = there.updated()

    assert run.outcome == "done"
    # 3.5 h before the pause and 2.5 h after it make 6 h
    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]
    assert there.notes(run) == ""


def test_what_is_planned_as_wanted_is_not_written_again(there: Office) -> None:
    there.updated()
    before = there.sent()

    run = there.updated()

    assert (run.outcome, there.sent()) == ("done", before)
    assert there.notes(run) == "6 h of Timo Brandt are planned as wanted already"


def test_a_block_that_has_begun_stays_when_time_goes_on(there: Office) -> None:
    there.updated()
    before = there.sent()
    there.clock.now = (MONDAY + timedelta(hours=10)).astimezone(there.clock.now.tzinfo)

    there.updated()

    assert there.sent() == before


def test_other_blocks_absences_and_days_off_are_left_out(there: Office) -> None:
    there.busy(MONDAY + timedelta(hours=9), 3.5)
    with there.sandbox.world.muted():
        absences = there.sandbox.world.table("absences")
        absences["a"] = {
            "id": "a",
            "userId": TIMO,
            "startOn": "2027-01-12T00:00:00Z",
            "endOn": "2027-01-12T23:59:59Z",
            "isHalfDayOnEnd": True,
        }
        off = there.sandbox.world.table("workspaceabsences")
        wednesday = {"startOn": "2027-01-13T00:00:00Z", "endOn": "2027-01-13T23:59:59Z"}
        off["w"] = {"id": "w", **wednesday}

    there.updated()

    # Monday afternoon 4 h; Tuesday only its first half: 2 h are left, Wednesday is off
    assert there.blocks() == [("Mon 13:30", "17:30"), ("Tue 09:00", "11:00")]


def test_days_off_of_a_region_count_for_its_people_alone(there: Office) -> None:
    world = there.sandbox.world
    with world.muted():
        world.table("absenceregions")["r"] = {
            "id": "99999999-2222-4333-8444-555555555555",
            "name": "Hamburg",
            "assignedUsers": [TIMO],
        }
        monday = {"startOn": "2027-01-11T00:00:00Z", "endOn": "2027-01-11T23:59:59Z"}
        world.table("workspaceabsences")["w"] = {
            "id": "w",
            "regionId": "99999999-2222-4333-8444-555555555555",
            **monday,
        }
    there.rule(f'plan_task: {{task: "${{task.id}}", users: ["{TIMO}", "{MARA}"], effort: 2h}}')

    there.updated()

    assert there.blocks(TIMO) == [("Tue 09:00", "10:00")]
    assert there.blocks(MARA) == [("Mon 09:00", "10:00")]


def test_a_shorter_effort_is_told_to_awork_as_the_difference(there: Office) -> None:
    there.updated()
    there.task(plannedDuration=5 * HOUR)

    there.updated()

    assert there.sent() == ["POST", "POST", "PUT"]
    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 13:30", "15:00")]


def test_what_is_not_wanted_any_more_is_removed(there: Office) -> None:
    there.updated()
    there.task(assignees=[])

    run = there.updated()

    assert there.blocks() == []
    assert there.notes(run) == "nobody is assigned, so nothing is planned"


def test_a_block_that_a_person_moved_is_theirs_and_counts(there: Office) -> None:
    there.updated()
    world = there.sandbox.world
    moved = next(one for one in world.schedules.values() if one["plannedDuration"] == 2.5 * HOUR)
    with world.muted():
        moved.update(
            startDate=utc(MONDAY + DAY + timedelta(hours=9)),
            endDate=utc(MONDAY + DAY + timedelta(hours=11.5)),
            updatedBy=TIMO,
        )
    before = there.sent()

    there.updated()
    there.rule('unplan_task: {task: "${task.id}"}', rule="undo")
    there.updated()

    assert there.sent() == [*before, "DELETE"]
    assert there.blocks() == [("Tue 09:00", "11:30")]


def test_what_a_person_planned_of_the_task_counts(there: Office) -> None:
    there.busy(MONDAY + timedelta(hours=13.5), 4, task=TASK_ID)

    there.updated()

    # 4 of the 6 h are planned by hand
    assert there.blocks() == [("Mon 09:00", "11:00"), ("Mon 13:30", "17:30")]


def test_effort_is_shared_by_the_planned_efforts_of_the_assignees(there: Office) -> None:
    people = [{"id": TIMO, "plannedEffort": 4 * HOUR}, {"id": MARA, "plannedEffort": 2 * HOUR}]
    there.task(assignees=people)

    there.updated()

    assert there.blocks(TIMO) == [("Mon 09:00", "12:30"), ("Mon 13:30", "14:00")]
    assert there.blocks(MARA) == [("Mon 09:00", "11:00")]


@pytest.mark.parametrize(
    ("on_overload", "blocks", "note"),
    [
        ("report", [("Mon 09:00", "12:30"), ("Mon 13:30", "17:30")], "4.5 h of 12 h do not fit"),
        (
            "shift",
            [
                ("Mon 09:00", "12:30"),
                ("Mon 13:30", "17:30"),
                ("Tue 09:00", "12:30"),
                ("Tue 13:30", "14:30"),
            ],
            "",
        ),
        ("skip", [], "12 h of 12 h do not fit"),
    ],
)
def test_what_does_not_fit_is_told_or_goes_on_after(
    there: Office, on_overload: str, blocks: list[tuple[str, str]], note: str
) -> None:
    there.task(plannedDuration=12 * HOUR, dueOn=utc(MONDAY + timedelta(hours=18)))
    there.rule(f'plan_task: {{task: "${{task.id}}", on_overload: {on_overload}}}')

    run = there.updated()

    assert there.blocks() == blocks
    assert there.notes(run).startswith(note) if note else there.notes(run) == ""


def test_a_day_as_due_date_belongs_to_the_time_there_is(there: Office) -> None:
    """awork sends a day as midnight UTC, which is one in the morning in Berlin."""
    there.task(plannedDuration=7 * HOUR, dueOn="2027-01-11T00:00:00Z")

    there.updated()

    assert there.blocks() == [("Mon 09:00", "12:30"), ("Mon 13:30", "17:00")]


def test_nothing_is_written_or_promised_in_shadow(there: Office) -> None:
    there.rule('plan_task: {task: "${task.id}"}', mode="shadow")

    run = there.updated()

    writes = run.rules[0].actions[0].writes
    assert (run.outcome, there.sent()) == ("shadow", [])
    assert [one.summary for one in writes] == [
        "block for Timo Brandt, Mon 11 Jan 09:00-12:30 (3.5 h)",
        "block for Timo Brandt, Mon 11 Jan 13:30-16:00 (2.5 h)",
    ]
    assert there.worker.deps.redis.keys("hookwork:promised:*") == []


def test_a_task_without_a_planned_duration_is_a_clear_failure(there: Office) -> None:
    there.task(plannedDuration=0)

    run = there.updated()

    assert (run.outcome, run.reason) == ("failed", "no-effort")
    assert run.message == ("the task has no planned duration; give `effort`, or plan it in awork")


def test_one_block_costs_one_write_and_warm_one_read(there: Office) -> None:
    there.task(plannedDuration=2 * HOUR)
    there.updated()
    there.task(plannedDuration=3 * HOUR)
    cold = len(there.calls())

    there.updated()

    [read, write] = there.calls()[cold:]
    assert read == "GET /taskschedules"
    assert write.startswith("PUT /taskschedules/")


def test_a_task_that_its_rule_has_read_is_not_read_again(there: Office) -> None:
    """An assignment does not carry the task: the rule's condition reads it, the action need not."""
    there.updated()
    asks = "if: [{task.dueOn: {exists: true}}]"
    there.rule('plan_task: {task: "${task.id}"}', when="taskassignment_added", more=asks)
    cold = len(there.calls())

    there.worker.deliver(samples.fresh("taskassignment_added", id=TASK_ID))
    there.worker.work()

    assert there.calls()[cold:] == [f"GET /tasks/{TASK_ID}", "GET /taskschedules"]
