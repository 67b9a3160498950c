"""Rules that undo each other's writes."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import set_of, told
from workers.rules.lint import lint

STATUS = """  - id: one
    when: task_updated
    if: [{first}]
    do: [{{change_status: {{task: "${{entity.id}}", status: Done}}}}]
  - id: other
    when: [{kinds}]
    own_events: {own}
    if: [{second}]
    do: [{{change_status: {{task: "${{{task}}}", status: {status}}}}}]
"""
CLASH = {
    "first": "entity.isPrio: true",
    "second": "entity.commentCount: {at_least: 3}",
    "kinds": "task_added, task_updated",
    "own": "ignore",
    "status": "Review",
    "task": "entity.id",
}


def test_rules_that_set_the_same_thing_otherwise_are_told() -> None:
    assert told(lint(set_of(STATUS.format(**CLASH)))) == [
        "11:11: 'other' sets the status to 'Review', and 'one' (rules.yaml:6) sets the status to"
        " 'Done', and both can run for the same object; let their conditions exclude each other"
        " [undoing-rules]"
    ]


@pytest.mark.parametrize(
    ("change", "warnings"),
    [
        ({}, 1),
        ({"status": "done"}, 0),
        ({"status": '"${entity.taskStatus.id}"'}, 0),
        ({"second": "entity.isPrio: false"}, 0),
        ({"kinds": "task_added"}, 0),
        ({"task": "entity.parentId"}, 0),
        # the second undoes the first through the event that the first causes
        ({"kinds": "task_status_changed", "own": "handle"}, 1),
        ({"kinds": "task_status_changed", "own": "ignore"}, 0),
        (
            {
                "kinds": "task_status_changed",
                "own": "handle",
                "second": "entity.taskStatus.name: x",
            },
            0,
        ),
    ],
)
def test_rules_undo_each_other_only_when_both_can_run(
    change: dict[str, str], warnings: int
) -> None:
    codes = [one.code for one in lint(set_of(STATUS.format(**{**CLASH, **change})))]

    assert codes.count("undoing-rules") == warnings


def test_a_rule_that_clashes_with_many_is_told_once() -> None:
    rules = "".join(
        f"  - id: r{n}\n    when: task_updated\n    do:\n"
        f'      - change_status: {{task: "${{entity.id}}", status: S{n}}}\n'
        for n in range(4)
    )

    assert [one.line for one in lint(set_of(rules))] == [10, 14, 18]


def test_actions_that_are_opposites_undo_each_other() -> None:
    rules = "".join(
        f'  - id: r{n}\n    when: task_updated\n    do: [{{{name}: {{task: "${{entity.id}}"}}}}]\n'
        for n, name in enumerate(("plan_task", "unplan_task"))
    )

    [found] = lint(set_of(rules))

    assert found.message.startswith("'r1' says unplan_task, and 'r0' (rules.yaml:5) says plan_task")
