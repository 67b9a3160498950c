"""Timers: one for each person, running or paused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.door import Door
from tests.contract.test_sandbox_answers import DEVELOPMENT, ENTRY, MARA, TASK, TIMO

FORM = {"timezone": "Europe/Berlin", "typeOfWorkId": DEVELOPMENT}
TIMER = f"/users/{TIMO}/timetracking"
LAST = f"/users/{TIMO}/timeentries/last"


@pytest.fixture(name="door")
def _door() -> Door:
    return Door()


def test_a_timer_starts_now_and_has_no_end(door: Door) -> None:
    entry = door("POST", f"{TIMER}/start", {**FORM, "taskId": TASK, "note": "Cart"})

    assert (entry["startDateUtc"], entry["startTimeUtc"]) == ("2026-11-20T00:00:00Z", "08:15:30")
    assert (entry["startTimeLocal"], entry["duration"], entry["note"]) == ("09:15:30", 0, "Cart")
    assert "endTimeUtc" not in entry
    assert "projectId" in entry
    running = door("GET", "/timeentries?filterby=endTimeUtc eq null and startTimeUtc ne null")
    assert [each["id"] for each in running] == [entry["id"]]
    assert door.told() == ["timetracking_added"]


def test_a_stopped_timer_has_its_end_and_its_seconds(door: Door) -> None:
    door("POST", f"{TIMER}/start", FORM)
    door.wait(minutes=67)

    entry = door("POST", f"{TIMER}/stop", {})

    assert (entry["endTimeUtc"], entry["duration"]) == ("09:22:30", 67 * 60)
    changed = {each["property"]: each for each in door.events[-1]["changes"]}
    assert changed["Duration"] == {"property": "Duration", "old": "0", "new": "4020"}
    assert door.told() == ["timetracking_added", "timetracking_updated"]


@pytest.mark.parametrize("paused", [False, True])
def test_a_start_stops_the_running_or_paused_one_of_the_same_person(
    door: Door, paused: bool
) -> None:
    first = door("POST", f"{TIMER}/start", FORM)["id"]
    hers = door("POST", f"/users/{MARA}/timetracking/start", FORM)["id"]
    if paused:
        door("POST", f"{TIMER}/pause")
    door.wait(minutes=10)

    door("POST", f"{TIMER}/start", FORM)

    assert door("GET", f"/timeentries/{first}")["duration"] == 600
    assert "endTimeUtc" not in door("GET", f"/timeentries/{hers}")


def test_pausing_twice_and_resuming_twice_do_nothing_the_second_time(door: Door) -> None:
    door("POST", f"{TIMER}/start", FORM)
    shown: list[Any] = []
    for verb in ("resume", "pause", "pause", "resume", "resume"):
        door.wait(minutes=10)
        shown.append(door("POST", f"{TIMER}/{verb}"))

    assert [len(entry.get("breaks") or []) for entry in shown] == [0, 1, 1, 1, 1]
    assert shown[1] == shown[2]
    # Paused at 08:35:30, resumed at 08:55:30.
    assert shown[3] == shown[4]
    assert shown[4]["breaks"] == [
        {
            "startDate": "2026-11-20T08:35:30.000Z",
            "endDate": "2026-11-20T08:55:30.000Z",
            "duration": 1200,
        }
    ]
    assert shown[4]["breakDuration"] == 1200


def test_removing_breaks_lets_a_paused_timer_run_on(door: Door) -> None:
    entry = door("POST", f"{TIMER}/start", FORM)["id"]
    door("POST", f"{TIMER}/pause")

    after = door("POST", f"/timeentries/{entry}/removebreaks")

    assert (after["breaks"], after["breakDuration"]) == ([], 0)
    assert "endTimeUtc" not in after


@pytest.mark.parametrize("verb", ["stop", "pause", "resume"])
def test_without_any_timer_there_is_nothing_to_answer(door: Door, verb: str) -> None:
    door("POST", "/timeentries", ENTRY)

    assert door.asked("POST", f"{TIMER}/{verb}") == (204, None)


def test_an_entry_made_with_a_start_alone_is_a_timer_and_stops_the_other(door: Door) -> None:
    first = door("POST", f"{TIMER}/start", FORM)["id"]
    door.wait(minutes=5)
    start = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "08:20:00"}

    made = door("POST", "/timeentries", {**FORM, **start, "userId": TIMO})

    assert door("GET", f"/timeentries/{first}")["duration"] == 300
    assert made["duration"] == 0
    assert door("POST", f"{TIMER}/stop")["id"] == made["id"]


def test_a_running_entry_takes_a_new_start_and_no_end(door: Door) -> None:
    path = f"/timeentries/{door('POST', f'{TIMER}/start', FORM)['id']}"
    earlier = {"startDateLocal": "2026-11-20T00:00:00", "startTimeLocal": "08:00:00"}

    moved = door("PUT", path, {**FORM, **earlier})

    assert (moved["startTimeUtc"], moved["duration"]) == ("07:00:00", 0)
    assert door.refused("PUT", path, {**FORM, **earlier, "duration": 60}) == "invalid-operation"
    assert door("PUT", path, {**FORM, "note": "x"})["startTimeUtc"] == "07:00:00"


def test_a_finished_entry_needs_more_than_a_start_and_keeps_its_breaks(door: Door) -> None:
    door("POST", f"{TIMER}/start", FORM)
    door("POST", f"{TIMER}/pause")
    door.wait(minutes=30)
    path = f"/timeentries/{door('POST', f'{TIMER}/stop')['id']}"
    start = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:00:00"}

    assert door.refused("PUT", path, {**FORM, **start}) == "invalid-model"
    # Half an hour of breaks does not go into 29 minutes.
    assert door.refused("PUT", path, {**FORM, **start, "duration": 1740}) == "value-out-of-range"
    assert door("PUT", path, {**FORM, **start, "duration": 3600})["breakDuration"] == 1800


def test_the_last_entry_is_the_one_started_last_and_not_in_the_future(door: Door) -> None:
    nothing = door.asked("GET", LAST)
    _, late, future = (
        door("POST", "/timeentries", {**ENTRY, "startTimeUtc": time})["id"]
        for time in ("07:00:00", "08:00:00", "09:00:00")
    )
    # Without a clock time it counts as midnight of its day, before all the others.
    no_time = {name: value for name, value in ENTRY.items() if name != "startTimeUtc"}
    door("POST", "/timeentries", no_time)

    assert nothing == (204, None)
    assert door("GET", LAST)[0]["id"] == late
    door.wait(hours=1)
    assert door("GET", LAST)[0]["id"] == future
