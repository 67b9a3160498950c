"""Answers that are lost, refused or late while a task is planned, and people who act meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.faults import Kind
from tests.contract.planning import MARA, MONDAY, TIMO, Office, office, utc
from tests.worker import outcomes
from webhooks.store import keys
from webhooks.store.client import Client

HOUR = 3600
DAY = timedelta(days=1)
PATH = "/taskschedules.*"
#: how the 6 h of the task are planned at first
SIX = [("Mon 09:00", "12:30"), ("Mon 13:30", "16:00")]
#: for each write: the planned hours that bring it about, after 6 h were planned or nothing was
WRITES = {
    "POST": (6.0, SIX),
    "PUT": (5.0, [("Mon 09:00", "12:30"), ("Mon 13:30", "15:00")]),
    "DELETE": (3.5, [("Mon 09:00", "12:30")]),
}


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def wanting(there: Office, method: str) -> None:
    """Make it so that the next update needs this write."""
    if method != "POST":
        there.settled()
    there.task(plannedDuration=WRITES[method][0] * HOUR)


def is_left_alone(there: Office) -> bool:
    """Whether one more update, once awork shows everything, writes nothing."""
    there.clock.forward(minutes=2)
    before = there.sent()
    return (there.settled().outcome, there.sent()) == ("done", before)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    "kind", ["drop_after", "fail_after", "drop_before", "rate_limit", "hold_after"]
)
def test_an_unknown_outcome_leads_to_what_is_wanted_once(
    there: Office, method: str, kind: Kind
) -> None:
    wanting(there, method)
    fault = there.sandbox.faults.add(kind, method, PATH)
    fault.release()

    run = there.settled()

    assert (run.outcome, fault.taken) == ("done", 1)
    assert there.blocks() == WRITES[method][1]
    assert is_left_alone(there)


@pytest.mark.parametrize(
    ("method", "kind", "block", "blocks"),
    [
        # The second block was made, and moved by a person before we knew.
        ("POST", "drop_after", "Mon 13:30", [("Mon 09:00", "12:30"), ("Tue 09:00", "11:30")]),
        # It was shortened to 1.5 h, or was not, and a person moved it.
        ("PUT", "drop_after", "Mon 13:30", [("Mon 09:00", "12:30"), ("Tue 09:00", "10:30")]),
        ("PUT", "drop_before", "Mon 13:30", [("Mon 09:00", "12:30"), ("Tue 09:00", "11:30")]),
        # It was not deleted before a person moved it.
        ("DELETE", "drop_before", "Mon 13:30", [("Mon 09:00", "12:30"), ("Tue 09:00", "11:30")]),
    ],
)
def test_a_block_that_a_person_moves_before_the_retry_is_theirs(
    there: Office, method: str, kind: Kind, block: str, blocks: list[tuple[str, str]]
) -> None:
    wanting(there, method)
    body = {"startDate": utc(MONDAY + timedelta(hours=13.5))} if method == "POST" else None
    there.sandbox.faults.add(kind, method, PATH, body=body)
    there.updated()
    there.move(block, MONDAY + DAY + timedelta(hours=9))

    run = there.rest()

    assert run.outcome == "done"
    assert there.blocks() == blocks


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_block_that_a_person_deletes_before_the_retry_stays_deleted(
    there: Office, method: str, kind: Kind
) -> None:
    wanting(there, method)
    there.sandbox.faults.add(kind, method, PATH)
    there.updated()
    if (method, kind) != ("DELETE", "drop_after"):
        there.delete("Mon 13:30")

    run = there.rest()

    assert run.outcome == "done"
    assert there.blocks() == [("Mon 09:00", "12:30")]


def test_it_is_told_once_that_a_block_is_a_persons_now(there: Office) -> None:
    there.settled()
    there.move("Mon 13:30", MONDAY + DAY + timedelta(hours=9))

    notes = [there.notes(there.settled()) for _ in range(2)]

    planned = "6 h of Timo Brandt are planned as wanted already"
    moved = "a person changed the block of Timo Brandt, now Tue 12 Jan 09:00-11:30 (2.5 h)"
    assert notes == [f"{moved}: it is left alone; {planned}", planned]


def test_a_change_of_what_a_person_deleted_meanwhile_is_planned_again_later(there: Office) -> None:
    wanting(there, "PUT")
    there.sandbox.faults.add("rate_limit", "PUT", PATH)
    there.updated()
    there.delete("Mon 13:30")

    told = there.notes(there.rest())
    there.settled()

    assert told.endswith("it was deleted meanwhile; the next event plans what it held")
    assert there.blocks() == WRITES["PUT"][1]


def test_what_is_refused_leaves_the_rest_and_a_later_event_plans_it(there: Office) -> None:
    afternoon = {"startDate": utc(MONDAY + timedelta(hours=13.5))}
    there.sandbox.faults.add("refuse", "POST", PATH, body=afternoon, status=400, code="date-range")

    run = there.updated()

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert "date-range" in run.message
    assert outcomes(run) == ["done", "refused"]
    assert there.blocks() == SIX[:1]
    assert there.worker.deps.redis.zcard(keys.UNNAMED.failed) == 1

    there.updated()

    assert there.blocks() == SIX
    assert is_left_alone(there)


def test_nobody_waits_for_what_a_failed_run_had_promised(there: Office) -> None:
    there.sandbox.faults.deny("POST", PATH, times=1)
    there.updated()
    there.rule('plan_task: {task: "${task.id}"}', rule="another")

    run = there.updated()

    assert run.outcome == "done"
    assert there.blocks() == SIX


def test_what_has_waited_is_decided_anew(there: Office) -> None:
    """awork is away from 7 until 14 o'clock: the morning is over, and 14:00 has begun."""
    there.sandbox.faults.add("rate_limit", "POST", PATH)
    there.updated()
    there.clock.now = (MONDAY + timedelta(hours=14)).astimezone(there.clock.now.tzinfo)

    run = there.rest()

    # 14:00:20 is behind the first quarter of an hour: 3.25 h on Monday, the rest on Tuesday
    assert there.blocks() == [("Mon 14:15", "17:30"), ("Tue 09:00", "11:45")]
    assert outcomes(run) == ["done", "done"]
    assert is_left_alone(there)


def test_what_a_person_did_while_awork_was_away_is_seen(there: Office) -> None:
    there.sandbox.faults.add("rate_limit", "POST", PATH)
    there.updated()
    there.busy(MONDAY + timedelta(hours=9), 3.5)
    there.clock.forward(minutes=5)

    there.rest()

    assert there.blocks() == [("Mon 13:30", "17:30"), ("Tue 09:00", "11:00")]


def test_a_person_who_left_holds_nobody_up(there: Office) -> None:
    there.task(assignees=[{"id": TIMO}, {"id": MARA}], plannedDuration=7 * HOUR)
    code = "deactivated-user"
    there.sandbox.faults.add(
        "refuse", "POST", PATH, body={"userId": TIMO}, status=400, code=code, times=None
    )

    run = there.updated()

    assert (run.outcome, there.blocks(TIMO), len(there.blocks(MARA))) == ("done", [], 1)
    assert there.notes(run).startswith(
        "block for Timo Brandt, Mon 11 Jan 09:00-12:30 (3.5 h): not written, "
    )


def test_a_task_that_is_gone_ends_the_run(there: Office) -> None:
    there.rule('plan_task: {task: "11111111-1111-4111-8111-111111111111"}')

    run = there.updated()

    assert (run.outcome, there.sent()) == ("gone", [])
    assert there.worker.deps.redis.keys(keys.UNNAMED.unfinished("*")) == []


def test_absences_that_are_not_shown_are_a_clear_failure(there: Office) -> None:
    there.sandbox.faults.deny("GET", "/absences")

    run = there.updated()

    assert (run.outcome, run.reason, there.sent()) == ("failed", "target-refused", [])
    assert "/absences" in run.message


def test_regions_that_are_not_shown_do_not_count_and_it_is_told_once(there: Office) -> None:
    with there.sandbox.world.muted():
        there.sandbox.world.table("workspaceabsences")["w"] = {
            "id": "w",
            "regionId": "99999999-2222-4333-8444-555555555555",
            "startOn": "2027-01-11T00:00:00Z",
            "endOn": "2027-01-11T23:59:59Z",
        }
    there.sandbox.faults.deny("GET", "/absenceregions")
    there.task(assignees=[{"id": TIMO}, {"id": MARA}], plannedDuration=4 * HOUR)
    there.sandbox.faults.add("rate_limit", "POST", PATH)

    run = there.settled()

    assert (there.blocks(TIMO), there.blocks(MARA)) == ([("Mon 09:00", "11:00")],) * 2
    assert there.notes(run).startswith("days off of regions do not count: ")
    assert there.notes(run).count("days off of regions") == 1


def test_a_task_that_changes_hands_moves_and_what_has_begun_stays(there: Office) -> None:
    there.updated()
    there.clock.now = (MONDAY + timedelta(hours=10)).astimezone(there.clock.now.tzinfo)
    there.task(assignees=[{"id": MARA}])

    there.updated()

    assert there.blocks(TIMO) == [("Mon 09:00", "12:30")]
    # 6 h from 10:00:01 on: 2.25 h before the pause and 3.75 h after it
    assert there.blocks(MARA) == [("Mon 10:15", "12:30"), ("Mon 13:30", "17:15")]
