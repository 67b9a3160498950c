"""How full people's days are, worked out by hand and by the sandbox.

Timo's task takes 6 h and runs from Monday, 23 November, to Wednesday; his days have 8 h.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.door import HAMBURG, MANAGEMENT, Door
from tests.contract.test_sandbox_answers import (
    BOOKING,
    DONE,
    ENTRY,
    MARA,
    NOBODY,
    PROJECT,
    SCHEDULE,
    TASK,
    TIMO,
)

NEEDED = {
    "userIds": TIMO,
    "intervalStart": "2026-11-23",
    "intervalEnd": "2026-11-27",
    "roughPlanningFrom": "0",
}


@pytest.fixture(name="door")
def _door() -> Door:
    return Door()


def path(**query: str) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in (NEEDED | query).items())
    return f"/users/workload?{pairs}"


def hours(door: Door, name: str = "duration", **query: str) -> list[float]:
    """A property of each day from Monday to Friday, in hours."""
    (one,) = door("GET", path(**query))
    return [round(day[name] / 3600, 2) for day in one["workloads"]]


def test_effort_is_spread_over_the_days_of_a_task(door: Door) -> None:
    assert hours(door) == [2, 2, 2, 0, 0]
    assert hours(door, "userCapacity") == [8, 8, 8, 8, 8]
    assert hours(door, "remainingUserCapacity") == [6, 6, 6, 8, 8]
    assert hours(door, userIds=MARA) == [0, 0, 0, 0, 0]


def test_what_is_in_the_calendar_counts_on_its_day_and_is_not_planned_twice(door: Door) -> None:
    door("POST", "/taskschedules", {**SCHEDULE, "endDate": "2026-11-24T12:00:00Z"})

    # 3 h on Tuesday; the other 3 h of the task are an hour a day.
    assert hours(door) == [1, 4, 1, 0, 0]


def test_tracked_time_is_taken_off_the_effort(door: Door) -> None:
    door("POST", "/timeentries", {**ENTRY, "duration": 3 * 3600})

    assert hours(door) == [1, 1, 1, 0, 0]


def test_rough_planning_begins_so_many_days_from_today(door: Door) -> None:
    # Today is Friday: in four days it is Tuesday.
    assert hours(door, roughPlanningFrom="4") == [0, 3, 3, 0, 0]
    # What is overdue by then falls on the first day.
    assert hours(door, roughPlanningFrom="7") == [0, 0, 0, 0, 6]


def test_a_task_that_is_done_weighs_nothing(door: Door) -> None:
    door("POST", "/tasks/changestatuses", [{"taskId": TASK, "statusId": DONE}])

    assert hours(door) == [0, 0, 0, 0, 0]


def test_a_booking_is_spread_over_the_capacity_of_its_days(door: Door) -> None:
    door("PUT", f"/users/{TIMO}/capacity", {"mon": 8 * 3600, "thu": 4 * 3600, "fri": 2 * 3600})
    span = {"startDate": "2026-11-26", "endDate": "2026-11-29", "duration": 12 * 3600}

    door("POST", "/projecttimebookings", {**BOOKING, **span})

    # Monday has the task's only capacity; 12 h go to Thursday and Friday as 4 to 2.
    assert hours(door) == [6, 0, 0, 8, 4]
    assert hours(door, "remainingUserCapacity") == [2, 0, 0, -4, -2]


#: absence of Timo's or of everybody, and the hours Monday has left
ABSENCES: list[tuple[str, dict[str, Any], float]] = [
    ("/absences", {"userId": TIMO}, 0),
    ("/absences", {"userId": TIMO, "isHalfDayOnEnd": True}, 4),
    ("/absences", {"userId": MARA}, 8),
    ("/workspaceabsences", {"description": "Party"}, 0),
    ("/workspaceabsences", {"description": "Party", "regionId": HAMBURG}, 0),
]


@pytest.mark.parametrize(("kind", "form", "left"), ABSENCES)
def test_days_off_take_capacity_away(
    door: Door, kind: str, form: dict[str, Any], left: float
) -> None:
    monday = {"startOn": "2026-11-23T00:00:00Z", "endOn": "2026-11-23T00:00:00Z"}

    door("POST", kind, {**monday, **form})

    assert hours(door, "userCapacity") == [left, 8, 8, 8, 8]
    # 6 h over what is left of Monday, and two whole days.
    assert hours(door)[0] == round(6 * left / (left + 16), 2)


def test_holidays_of_another_region_are_working_days(door: Door) -> None:
    wien = door("GET", "/absenceregions")[1]["id"]
    monday = {"startOn": "2026-11-23T00:00:00Z", "endOn": "2026-11-23T00:00:00Z"}

    door("POST", "/workspaceabsences", {**monday, "description": "x", "regionId": wien})

    assert hours(door, "userCapacity") == [8, 8, 8, 8, 8]


def test_the_details_of_one_day_name_what_fills_it(door: Door) -> None:
    door("POST", "/taskschedules", SCHEDULE)
    door("POST", "/projecttimebookings", {**BOOKING, "endDate": BOOKING["startDate"]})
    day = {"intervalStart": "2026-11-24", "intervalEnd": "2026-11-24", "fetchDetails": "true"}

    (one,) = door("GET", path(**day))

    (project,) = one["workloads"][0]["projects"]
    (task,) = project["tasks"]
    # An hour in the calendar, and a third of the other five.
    assert (project["id"], task["id"], task["duration"]) == (PROJECT, TASK, 3600 + 6000)
    assert task["taskSchedules"][0]["from"] == SCHEDULE["startDate"]
    assert [booking["duration"] for booking in project["timeBookings"]] == [28800]
    assert "projects" not in door("GET", path(fetchDetails="true"))[0]["workloads"][0]


@pytest.mark.parametrize(
    "query",
    [
        {"userIds": ""},
        {"userIds": NOBODY},
        {"roughPlanningFrom": "soon"},
        {"intervalStart": "soon"},
        {"intervalEnd": "2026-11-20"},
    ],
)
def test_a_question_that_cannot_be_read_is_refused(door: Door, query: dict[str, str]) -> None:
    assert door.asked("GET", path(**query))[0] == 400


def test_a_private_task_stands_beside_the_projects(door: Door) -> None:
    form = {"name": "Numbers", "baseType": "private", "typeOfWorkId": MANAGEMENT}
    private = door("POST", "/tasks", form)["id"]
    door("POST", "/taskschedules", {**SCHEDULE, "taskId": private})
    day = {"intervalStart": "2026-11-24", "intervalEnd": "2026-11-24", "fetchDetails": "true"}

    (one,) = door("GET", path(**day))

    assert [task["id"] for task in one["workloads"][0]["tasks"]] == [private]
