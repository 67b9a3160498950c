"""Rules that undo each other's writes."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import set_of, told
from workers.actions import VOCABULARY
from workers.rules.lint import lint
from workers.rules.load import load_text

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
        # what they stand for is known to awork alone
        ({"status": "previous"}, 0),
        ({"status": "6ded13c5-f677-51d0-9725-d3ce55aa6492"}, 0),
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


@pytest.mark.parametrize(
    ("first", "second", "warnings"),
    [
        ("assignees: [Ada]", "assignees: [Ben]", 1),
        ("assignees: [Ada]", "assignees: []", 1),
        ("assignees: [Ada, Ben]", "assignees: [ben, ada]", 0),
        ("assignees: [Ada]", 'assignees: ["${entity.createdBy}"]', 0),
        ("assignees: [Ada]", "assignees: [Ben], keep: false", 1),
        # who is added takes nobody away
        ("assignees: [Ada]", "assignees: [Ben], keep: true", 0),
        ("assignees: [Ada], keep: true", "assignees: [Ben], keep: true", 0),
        ("assignees: [Ada]", 'assignees: [Ben], keep: "${entity.isPrio}"', 0),
    ],
)
def test_assignees_undo_each_other_where_one_list_replaces_another(
    first: str, second: str, warnings: int
) -> None:
    rules = "version: 1\nrules:\n" + "".join(
        f"  - id: r{n}\n    when: task_updated\n"
        f'    do: [{{set_assignees: {{task: "${{entity.id}}", {given}}}}}]\n'
        for n, given in enumerate((first, second))
    )

    codes = [one.code for one in lint(load_text(rules, VOCABULARY))]

    assert codes.count("undoing-rules") == warnings


@pytest.mark.parametrize(("status", "warnings"), [("Done", 0), ("Review", 1), ("previous", 1)])
def test_a_status_back_to_what_it_was_may_start_its_own_rule(status: str, warnings: int) -> None:
    rules = (
        "version: 1\nrules:\n  - id: r\n    when: task_status_changed\n    own_events: handle\n"
        "    if: [entity.taskStatus.name: Review]\n"
        f'    do: [{{change_status: {{task: "${{entity.id}}", status: {status}}}}}]\n'
    )

    codes = [one.code for one in lint(load_text(rules, VOCABULARY))]

    assert codes.count("self-triggering") == warnings
