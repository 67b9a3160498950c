"""kill -9 of the worker between the write and the ledger's record: one write, not two."""

from __future__ import annotations

import pytest

from deploy.sandbox.server import Sandbox
from tests.journey.stack import Stack
from tests.writes import CASES, Case

pytestmark = pytest.mark.usefixtures("nothing_booked")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_after_the_write_and_before_its_record(
    case: Case, idle: Stack, sandbox: Sandbox
) -> None:
    before = len(sandbox.writes(case.path))
    fault = sandbox.faults.add("hold_after", "POST", case.path)
    payload = case.event()
    lane = f"awork:{payload['entityId']}"
    dying = idle.start_worker()

    with idle.watching() as settled:
        event_id = idle.post(payload).json()["id"]
        # The write is there, its answer is held back: the worker cannot have recorded it.
        assert fault.reached.wait(timeout=30)
        dying.kill()
        fault.release()
        assert idle.client.hget(f"hookwork:event:{event_id}", "state") == b"claimed"
        idle.lease_ends(event_id, lane)
        living = idle.start_worker()
        (event,) = settled.wait_for(event_id)

    assert [write.outcome for write in event.writes] == ["adopted"]
    assert len(sandbox.writes(case.path)) == before + 1
    assert living.stop() == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_after_the_entry_and_before_the_write(
    case: Case, idle: Stack, sandbox: Sandbox
) -> None:
    before = len(sandbox.writes(case.path))
    fault = sandbox.faults.add("hold_before", "POST", case.path)
    payload = case.event()
    dying = idle.start_worker()

    with idle.watching() as settled:
        event_id = idle.post(payload).json()["id"]
        # Entered as begun, and on its way: whether awork has it, nobody here can know.
        assert fault.reached.wait(timeout=30)
        dying.kill()
        idle.lease_ends(event_id, f"awork:{payload['entityId']}")
        living = idle.start_worker()
        # Only now it lands: between the first look and the second, or before the first.
        fault.release()
        (event,) = settled.wait_for(event_id)

    assert [write.outcome for write in event.writes] in (["adopted"], ["done"])
    assert len(sandbox.writes(case.path)) == before + 1
    assert living.stop() == 0
