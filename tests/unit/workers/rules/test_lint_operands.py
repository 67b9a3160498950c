"""Operands that make no sense for their field."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import said, with_if
from workers.rules.lint import lint


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "entity.baseType: projecttsk",
            "entity.baseType is never 'projecttsk'; did you mean 'projecttask'?",
        ),
        ("task.taskStatus.type: dne", "task.taskStatus.type is never 'dne'; did you mean 'done'?"),
        (
            "entity.taskStatus.type: {not_in: [done, stuk]}",
            "entity.taskStatus.type is never 'stuk'; did you mean 'stuck'?",
        ),
        ("not: {entity.baseType: [private, x]}", "entity.baseType is never 'x'; allowed: private,"),
    ],
)
def test_a_value_that_awork_does_not_have_is_told_with_the_nearest(
    condition: str, message: str
) -> None:
    [found] = lint(with_if(condition))

    assert found.message.startswith(message)
    assert found.code == "unknown-value"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "entity.plannedDuration: {at_least: 1}",
            "'entity.plannedDuration at_least 1': 1 means one second; write it with a unit, such"
            " as 1h",
        ),
        (
            "any: [entity.plannedDuration: [0, 8], entity.isPrio: true]",
            "'entity.plannedDuration in [0, 8]': 8 means 8 seconds; write it with a unit, such as"
            " 8h",
        ),
        (
            "entity.trackedDuration: {more_than: 1.5}",
            "'entity.trackedDuration more_than 1.5': 1.5 means 1.5 seconds; write it with a unit,"
            " such as 1h",
        ),
    ],
)
def test_a_duration_without_a_unit_is_told_in_seconds(condition: str, message: str) -> None:
    assert said(condition) == [f"6:1: {message} [bare-seconds]"]


@pytest.mark.parametrize(
    "condition",
    [
        "entity.plannedDuration: 0",
        "entity.plannedDuration: {more_than: 0}",
        "entity.plannedDuration: {at_least: 60}",
        "entity.plannedDuration: {at_least: 3600}",
        "entity.plannedDuration: {at_least: 30s}",
        "entity.commentCount: {at_least: 1}",
        "changes.PlannedDuration.new: {at_least: 1}",
    ],
)
def test_nothing_is_said_of_seconds_that_may_be_meant(condition: str) -> None:
    assert said(condition) == []
