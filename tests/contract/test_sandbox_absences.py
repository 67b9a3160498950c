"""Days off and working hours, as the sandbox keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.seed import stable_id
from tests.contract.door import DAY_OFF, HAMBURG, Door
from tests.contract.test_sandbox_answers import MARA, TIMO

FIRST, LAST = "isHalfDayOnStart", "isHalfDayOnEnd"


@pytest.fixture(name="door")
def _door() -> Door:
    return Door()


#: first and last day, flags, start and end as kept
HALF_DAYS = [
    ("21-21", [], ("21T00:00:00Z", "21T23:59:59Z")),
    # Of a single day: its first half, its second half, both.
    ("21-21", [FIRST], ("21T00:00:00Z", "21T12:00:00Z")),
    ("21-21", [LAST], ("21T12:00:00Z", "21T23:59:59Z")),
    ("21-21", [FIRST, LAST], ("21T00:00:00Z", "21T23:59:59Z")),
    # Of several days: from noon of the first, to noon of the last.
    ("21-23", [], ("21T00:00:00Z", "23T23:59:59Z")),
    ("21-23", [FIRST], ("21T12:00:00Z", "23T23:59:59Z")),
    ("21-23", [LAST], ("21T00:00:00Z", "23T12:00:00Z")),
    ("21-23", [FIRST, LAST], ("21T12:00:00Z", "23T12:00:00Z")),
]


@pytest.mark.parametrize(("days", "flags", "kept"), HALF_DAYS)
@pytest.mark.parametrize("path", ["/absences", "/workspaceabsences"])
def test_absences_are_cut_to_whole_and_half_days(
    door: Door, path: str, days: str, flags: list[str], kept: tuple[str, str]
) -> None:
    first, last = days.split("-")
    # The time of day that is given means nothing.
    span = {"startOn": f"2026-12-{first}T09:30:00Z", "endOn": f"2026-12-{last}T08:00:00Z"}
    whose = {"userId": TIMO} if path == "/absences" else {"description": "Party"}

    made = door("POST", path, {**span, **whose, **dict.fromkeys(flags, True)})

    assert (made["startOn"], made["endOn"]) == tuple(f"2026-12-{end}" for end in kept)
    assert made["isReadOnly"] is False


def test_an_absence_is_made_moved_and_deleted_with_its_events(door: Door) -> None:
    made = door("POST", "/absences", {**DAY_OFF, "userId": TIMO, "description": "Vacation"})
    path = f"/absences/{made['id']}"
    longer = {**DAY_OFF, "endOn": "2026-12-25T00:00:00Z", "userId": TIMO, "description": "Vacation"}

    door("PUT", path, longer)
    moved = door.events[-1]["changes"]
    door("DELETE", path)

    end = {"property": "EndOn", "old": "2026-12-24T23:59:59Z", "new": "2026-12-25T23:59:59Z"}
    assert moved == [end]
    assert door.told() == ["absence_added", "absence_updated", "absence_deleted"]
    assert made["id"] not in door.world.table("absences")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("/absences", {**DAY_OFF, "endOn": "2026-12-23T23:59:59Z", "userId": TIMO}, "date-dependency"),
    ("/absences", DAY_OFF, "validation-failed"),
    ("/workspaceabsences", {**DAY_OFF, "description": "x", "regionId": TIMO}, "invalid-model"),
]


@pytest.mark.parametrize(("path", "body", "code"), BAD)
def test_an_absence_that_cannot_be_is_refused(
    door: Door, path: str, body: dict[str, Any], code: str
) -> None:
    assert door.refused("POST", path, body) == code
    assert door.told() == []


def test_what_came_from_elsewhere_is_not_edited_here(door: Door) -> None:
    made = door("POST", "/absences", {**DAY_OFF, "userId": TIMO})
    door.world.table("absences")[made["id"]]["isReadOnly"] = True
    form = {**DAY_OFF, "userId": MARA}

    assert door.refused("PUT", f"/absences/{made['id']}", form) == "invalid-operation"


def test_days_off_of_a_region_carry_its_name_and_raise_no_event(door: Door) -> None:
    form = {**DAY_OFF, "description": "Christmas Eve", "regionId": HAMBURG}

    made = door("POST", "/workspaceabsences", form)
    path = f"/workspaceabsences/{made['id']}"
    of_all = door("PUT", path, {**DAY_OFF, "description": "Christmas Eve"})

    assert (made["region"], made["regionId"]) == ("Hamburg", HAMBURG)
    assert "regionId" not in of_all
    door("DELETE", path)
    assert door("GET", "/workspaceabsences") == []
    assert door.told() == []


def test_regions_show_whose_they_are_to_admins_only(door: Door) -> None:
    regions = door("GET", "/absenceregions")
    door.world.api_user_is_admin = False
    for_others = door("GET", "/absenceregions")

    assert [(r["id"], r["isDefault"], r["assignedUsers"]) for r in regions] == [
        (HAMBURG, True, [TIMO, MARA]),
        (stable_id("region Wien"), False, []),
    ]
    assert all("assignedUsers" not in region for region in for_others)


#: the form, and the hours from Monday to Sunday
CAPACITIES: list[tuple[dict[str, int], list[int]]] = [
    ({"mon": 7200, "sat": 3600}, [2, 0, 0, 0, 0, 1, 0]),
    # 20 h a week are 4 h on each working day.
    ({"capacityPerWeek": 72000}, [4, 4, 4, 4, 4, 0, 0]),
    ({"mon": 3600, "capacityPerWeek": 72000}, [1, 0, 0, 0, 0, 0, 0]),
    ({}, [8, 8, 8, 8, 8, 0, 0]),
]


@pytest.mark.parametrize(("form", "hours"), CAPACITIES)
def test_a_capacity_is_set_by_days_or_by_the_week(
    door: Door, form: dict[str, int], hours: list[int]
) -> None:
    door("PUT", f"/users/{TIMO}/capacity", {"sun": 1})

    capacity = door("PUT", f"/users/{TIMO}/capacity", form)

    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    assert [capacity["weeklyCapacity"][day] // 3600 for day in days] == hours
    assert capacity["capacityPerWeek"] == 3600 * sum(hours)
    assert door("GET", f"/users/{TIMO}/capacity") == capacity
