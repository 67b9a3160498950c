"""Days off of a region in tests of rules: they count for its people alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.deploy.ruletesting import Folder

PLAN = """
  - id: plan
    when: taskassignment_added
    do:
      - plan_task: {task: "${entity.id}", effort: 2h, until: "2026-11-25"}
"""
#: Friday evening; Monday is a day off in Hamburg
GIVEN = """
    given:
      regions: {hamburg: {assignedUsers: [mara]}, wien: {assignedUsers: [timo]}}
      workspace_absences: [{regionId: hamburg, description: Holiday, startOn: "2026-11-23"}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a rule that plans two hours."""
    return Folder(tmp_path).rules(PLAN)


@pytest.mark.parametrize(("who", "day"), [("mara", "2026-11-24"), ("timo", "2026-11-23")])
def test_a_day_off_of_a_region_counts_for_its_people(folder: Folder, who: str, day: str) -> None:
    outcome = folder.test(_test(who, day, GIVEN))

    assert outcome.code == 0, outcome.printed


@pytest.mark.parametrize("table", ["regions", "absenceregions", "absence_regions"])
def test_the_table_goes_by_aworks_name_too(folder: Folder, table: str) -> None:
    outcome = folder.test(_test("mara", "2026-11-24", GIVEN.replace("regions", table, 1)))

    assert outcome.code == 0, outcome.printed


def test_a_region_knows_its_people_by_the_names_of_the_test(folder: Folder) -> None:
    given = GIVEN.replace("assignedUsers", "users")

    mistakes = folder.mistakes(_test("mara", "2026-11-24", given))

    assert "unknown property in 'regions': 'users'" in mistakes[0]


def _test(who: str, day: str, given: str) -> str:
    return f"""
    now: "2026-11-20T18:00 Europe/Berlin"
    event:
      eventType: taskassignment_added
      entity: {{id: t1, startOn: null, assignees: [{who}]}}
    {given.strip()}
    expect:
      - plan_task: {{user: {who}, on: ["{day}"]}}
    """
