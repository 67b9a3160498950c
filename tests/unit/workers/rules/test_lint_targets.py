"""Actions on another object than they take, and on what is gone."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import set_of, told
from workers.rules.lint import lint

RULE = """  - id: a
    when: [{when}]
    if: [{condition}]
    do: [{{{action}}}]
"""
COMMENT = 'add_comment: {task: "${entity.id}", message: m}'
LOG = 'log_time: {user: "${entity.id}", duration: 1h}'
NEW = 'create_task: {name: n, project: "${entity.id}"}'
PRIVATE = 'create_task: {name: n, private_for: "${entity.id}"}'
BOOK = "book_project: {project: p, users: %s, from: today, to: today, duration: 1h}"


def linted(when: str, action: str, condition: str = "entity.id: {exists: true}") -> list[str]:
    return told(lint(set_of(RULE.format(when=when, condition=condition, action=action))))


@pytest.mark.parametrize(
    ("when", "action", "message"),
    [
        (
            "timetracking_added",
            COMMENT,
            "task: entity.id is a time entry's id; write ${entity.taskId}",
        ),
        ("task_added", NEW, "project: entity.id is a task's id; write ${entity.projectId}"),
        ("task_added", LOG, "user: entity.id is a task's id; write ${entity.assignees.0.id}"),
        (
            "task_added",
            PRIVATE,
            "private_for: entity.id is a task's id; write ${entity.assignees.0.id}",
        ),
        (
            "task_added",
            BOOK % '"${entity.id}"',
            "users: entity.id is a task's id; write ${entity.assignees}",
        ),
        (
            "project_added",
            BOOK % '["${entity.id}", u]',
            "users: entity.id is a project's id; write ${entity.members}",
        ),
        (
            "project_added",
            LOG,
            "user: entity.id is a project's id; write ${entity.members.0.userId}",
        ),
        (
            "task_comment_added",
            COMMENT,
            "task: entity.id is a comment's id; write ${entity.entityId}",
        ),
        ("task_comment_added", NEW, "project: entity.id is a comment's id; write ${project.id}"),
        (
            "timetracking_added, task_comment_added",
            COMMENT,
            "task: entity.id is a comment or a time entry's id; write ${task.id}",
        ),
        ("company_added", NEW, "project: entity.id is a company's id; name the project itself"),
    ],
)
def test_an_id_of_another_kind_is_told_with_the_one_that_is_meant(
    when: str, action: str, message: str
) -> None:
    assert linted(when, action) == [f"6:11: {message} [other-id]"]


@pytest.mark.parametrize(
    ("when", "action"),
    [
        ("task_added", COMMENT),
        ("taskassignment_added", COMMENT),
        ("project_added", NEW),
        ("user_added", LOG),
        ("user_added", PRIVATE),
        ("task_added", 'add_comment: {task: t, message: "${entity.id}"}'),
        ("task_added", 'create_task: {name: n, project: "p ${entity.id}"}'),
        ("timetracking_added", 'add_comment: {task: "${entity.taskId}", message: m}'),
        # right for one of them: the other may never come so far
        ("task_added, timetracking_added", COMMENT),
    ],
)
def test_nothing_is_said_of_an_id_that_may_be_the_right_one(when: str, action: str) -> None:
    assert linted(when, action) == []


SCHEDULE = (
    'create_schedule: {task: "${task.id}", user: u, start: "${entity.startOn}",'
    ' end: "${entity.dueOn}"}'
)


@pytest.mark.parametrize(
    ("when", "action", "message"),
    [
        ("task_deleted", COMMENT, "'add_comment' fails for task_deleted: the task"),
        ("task_deleted", SCHEDULE, "'create_schedule' fails for task_deleted: the task"),
        ("task_added, task_deleted", COMMENT, "'add_comment' fails for task_deleted: the task"),
        ("project_deleted", NEW, "'create_task' fails for project_deleted: the project"),
        ("user_deleted", LOG, "'log_time' fails for user_deleted: the user"),
    ],
)
def test_a_write_to_what_is_deleted_is_told(when: str, action: str, message: str) -> None:
    assert linted(when, action) == [
        f"6:11: {message} does not exist any more; write to something that is still there"
        " [gone-object]"
    ]


@pytest.mark.parametrize(
    ("when", "action", "condition"),
    [
        ("task_deleted", 'unplan_task: {task: "${entity.id}"}', "entity.isPrio: true"),
        ("task_deleted", 'add_comment: {task: "${entity.parentId}", message: m}', "task.name: x"),
        ("task_deleted", 'create_task: {name: "Again: ${task.name}"}', "task.isPrio: true"),
        ("task_added, task_deleted", COMMENT, "event.eventType: task_added"),
    ],
)
def test_nothing_is_said_of_writes_to_what_is_still_there(
    when: str, action: str, condition: str
) -> None:
    assert linted(when, action, condition) == []
