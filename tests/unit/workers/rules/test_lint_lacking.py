"""Fields that some of a rule's events lack."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import set_of, told
from workers.rules.lint import lint

MIXED = """  - id: a
    when: [task_added, project_added, user_added]
    if:
      - {condition}
    do: [{{add_comment: {{task: "${{{path}}}", message: m}}}}]
"""
CONDITION = "so the rule never matches them; take them out of 'when', or give them a rule of their"


@pytest.mark.parametrize(
    ("condition", "path", "messages"),
    [
        ("entity.updatedBy: {exists: true}", "entity.id", []),
        (
            "entity.dueOn: {before: today}",
            "entity.dueOn",
            [f"6:1: project_added, user_added events never have 'entity.dueOn', {CONDITION}"],
        ),
        (
            "not: {task.name: x}",
            "task.id",
            [f"6:1: project_added, user_added events never have 'task.name', {CONDITION}"],
        ),
        (
            "entity.updatedBy: {exists: true}",
            "task.id",
            [
                "7:11: project_added, user_added events never have 'task.id', so 'add_comment'"
                " fails for them; give them a rule of their"
            ],
        ),
        # asked for, or one of several: then it is meant
        ("task: {exists: true}", "task.id", []),
        ("any: [task.name: x, project.name: x]", "entity.id", []),
        (
            "task: {exists: false}",
            "task.id",
            [
                "7:11: project_added, user_added events never have 'task.id', so 'add_comment'"
                " fails for them; give them a rule of their"
            ],
        ),
    ],
)
def test_fields_that_some_events_lack_are_told(
    condition: str, path: str, messages: list[str]
) -> None:
    found = lint(set_of(MIXED.format(condition=condition, path=path)))

    assert told(found) == [f"{message} own [some-kinds-lack-field]" for message in messages]
