"""What tests of rules expect of writes that set something of a task, in the words of the rules."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from tests.unit.deploy.ruletesting import Folder

FIELD = "8f7f7b0e-2f43-4f35-a7a4-6f0e5a3f1c11"
EVENT = (
    "event: {eventType: task_added, entity: {id: t1, name: Logo, projectId: p1,"
    " plannedDuration: 6h, assignees: [u1, u2]}}"
)
GIVEN = "given: {users: [{id: u1, firstName: Timo, lastName: Brandt}, {id: u2}]}"


def expected(tmp_path: Path, action: str, expectation: str) -> list[str]:
    """Why a test of a rule with this action fails; both in flow style."""
    rule = f"  - id: r\n    when: task_added\n    do:\n      - {action}\n"
    outcome = (
        Folder(tmp_path)
        .rules(rule)
        .test(f"rule: r\n{GIVEN}\n{EVENT}\nexpect:\n{indent('- ' + expectation, '  ')}")
    )
    return outcome.reasons


@pytest.mark.parametrize(
    ("action", "expectation"),
    [
        ("change_status: {%s, status: Done}", "change_status: {task: t1, status: Done}"),
        ("set_priority: {%s, prio: true}", "set_priority: {task: t1, prio: true}"),
        ("add_tags: {%s, tags: [a, b]}", "add_tags: {task: t1, tags: [b, a]}"),
        (
            "set_assignees: {%s, assignees: Timo Brandt}",
            "set_assignees: {task: t1, assignees: [u1]}",
        ),
        ("set_assignees: {%s, assignees: []}", "set_assignees: {assignees: []}"),
        ("set_planned_efforts: {%s, efforts: 4h}", "set_planned_efforts: {efforts: 4h}"),
        (
            "set_planned_efforts: {%s, efforts: {Timo Brandt: 240m}}",
            "set_planned_efforts: {task: t1, efforts: {u1: 4h}}",
        ),
        (
            "set_planned_efforts: {%s, efforts: {Timo Brandt: 4h}}",
            "set_planned_efforts: {efforts: [{user: Timo Brandt, duration: 4h}]}",
        ),
    ],
)
def test_an_expectation_is_written_as_the_action(
    tmp_path: Path, action: str, expectation: str
) -> None:
    assert expected(tmp_path, action % 'task: "${entity.id}"', expectation) == []


def test_custom_fields_are_expected_as_they_are_given(tmp_path: Path) -> None:
    fields = f"{{{FIELD}: {{date: 2026-03-27}}}}"
    rule = f"create_task: {{name: New, private_for: Timo Brandt, custom_fields: {fields}}}"

    assert expected(tmp_path, rule, f"create_task: {{name: New, custom_fields: {fields}}}") == []


@pytest.mark.parametrize(
    ("action", "expectation", "line"),
    [
        (
            "change_status: {%s, status: Done}",
            "change_status: {status: Review}",
            "status: expected Review, got Done",
        ),
        (
            "set_planned_efforts: {%s, efforts: {Timo Brandt: 4h}}",
            "set_planned_efforts: {efforts: {u1: 5h}}",
            'efforts: expected [{"user": "u1", "duration": "5h"}], got [{"user": "u1", "duration":'
            ' "4h"}]',
        ),
        (
            "set_planned_efforts: {%s, efforts: 4h}",
            "set_planned_efforts: {efforts: 90m}",
            'efforts: expected [{"duration": "90m"}, {"duration": "90m"}], got [{"user": "u1",'
            ' "duration": "4h"}, {"user": "u2", "duration": "4h"}]',
        ),
    ],
)
def test_what_differs_is_told_in_the_same_words(
    tmp_path: Path, action: str, expectation: str, line: str
) -> None:
    told = expected(tmp_path, action % 'task: "${entity.id}"', expectation)

    assert line in told
