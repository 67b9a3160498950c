"""Expectations of what is done to time entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.deploy.ruletesting import Folder

RULES = """
  - id: tidy
    when: timetracking_added
    do:
      - adjust_time_entry:
          time_entry: "${entity.id}"
          round_to: 15m
          minimum: 30m
          billable: true
  - id: fill-up
    when: timetracking_updated
    do:
      - adjust_time_entry:
          time_entry: "${entity.id}"
          minimum: 30m
          billable: true
          rest_as: Minimum charge
  - id: stop
    when: timetracking_type_changed
    do:
      - stop_timer: {time_entry: "${entity.id}"}
"""
_ENTRY = (
    "id: e1, userId: u1, taskId: t1, isBillable: false, timezone: Europe/Berlin,"
    ' startDateUtc: "2026-11-20T00:00:00Z", startTimeUtc: "08:00:00"'
)
#: seven minutes, from nine in Berlin on
SHORT = f'{_ENTRY}, endDateUtc: "2026-11-20T00:00:00Z", endTimeUtc: "08:07:00", duration: 7m'
RUNNING = f"{_ENTRY}, duration: 0"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path).rules(RULES)


@pytest.mark.parametrize(
    ("rule", "event", "expected"),
    [
        (
            "tidy",
            f"{{eventType: timetracking_added, entity: {{{SHORT}}}}}",
            "- adjust_time_entry: {time_entry: e1, user: u1, task: t1, duration: 30m,"
            ' billable: true, start: "2026-11-20T09:00", end: "2026-11-20T09:30"}',
        ),
        (
            "fill-up",
            f"{{eventType: timetracking_updated, entity: {{{SHORT}}}}}",
            "- adjust_time_entry: [{time_entry: e1, duration: 7m},"
            ' {type_of_work: Minimum charge, duration: 23m, start: "2026-11-20T09:07"}]',
        ),
        (
            "stop",
            f"{{eventType: timetracking_type_changed, entity: {{{RUNNING}}}}}",
            "- stop_timer: {time_entry: e1, user: u1}",
        ),
        (
            "stop",
            f"{{eventType: timetracking_type_changed, entity: {{{SHORT}}}}}",
            "nothing",
        ),
    ],
)
def test_these_expectations_are_met(folder: Folder, rule: str, event: str, expected: str) -> None:
    outcome = folder.test(
        f"""
rule: {rule}
given: {{types_of_work: [{{id: w1, name: Minimum charge}}]}}
event: {event}
expect: {expected if expected == "nothing" else f"[{expected.removeprefix('- ')}]"}
"""
    )

    assert outcome.code == 0, outcome.printed


def test_what_is_not_met_is_told_in_the_words_of_the_test(folder: Folder) -> None:
    outcome = folder.test(
        f"""
rule: tidy
event: {{eventType: timetracking_added, entity: {{{SHORT}}}}}
expect:
  - adjust_time_entry: {{duration: 45m, billable: false}}
"""
    )

    assert outcome.reasons[1:3] == [
        "duration: expected 45m, got 30m",
        "billable: expected false, got true",
    ]
