"""Facts about people where awork's answers are odd."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.workers.answering import lists
from workers.facts.lazy import lazy_facts
from workers.rules.facts import resolve
from workers.targets.directory import Directory

USER, TASK = "00000000-0000-4000-8000-0000000000ab", "00000000-0000-4000-8000-0000000000cd"
HOUR = 3600


@pytest.mark.parametrize(
    "odd",
    [{}, {"startDate": None, "endDate": None}, {"startDate": "2026-11-23", "endDate": "soon"}],
)
def test_a_booking_that_does_not_say_when_it_is_takes_no_time(odd: dict[str, Any]) -> None:
    """Of Monday's eight hours, the booking that can be read takes two."""
    monday = {"startDate": "2026-11-23", "endDate": "2026-11-23", "duration": 2 * HOUR}
    booked = [{"userId": USER, "timeBookings": [{**odd, "duration": HOUR}, monday]}]
    server = lists(
        **{USER: {"id": USER}, TASK: {"id": TASK, "dueOn": "2026-11-23T23:00:00Z"}},
        capacity={"weeklyCapacity": {"mon": 8 * HOUR}},
        absences=[],
        workspaceabsences=[],
        taskschedules=[],
        projecttimebookings=booked,
    )
    payload = {"entity": {"id": "e", "userId": USER, "taskId": TASK}}
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)

    with server.awork() as awork:
        facts = lazy_facts(
            payload, "timetracking_added", sunday, awork=awork, directory=Directory()
        )
        free_s = resolve(facts, ("user", "freeDuration"))

    assert free_s == 6 * HOUR
