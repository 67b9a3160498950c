"""Ids that are compared with names."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import said

GUID = "3f2b8c1e-5d4a-4b6f-9c7d-0123456789ab"


@pytest.mark.parametrize(
    ("when", "condition", "message"),
    [
        (
            "task_updated",
            "entity.projectId: Website",
            "entity.projectId holds an id, which is never 'Website'; write project.name",
        ),
        (
            "task_updated",
            "not: {entity.taskStatusId: [Done, Stuck]}",
            "entity.taskStatusId holds an id, which is never 'Done' or 'Stuck'; write"
            " entity.taskStatus.name",
        ),
        (
            "task_updated",
            "task.projectId: {is_not: Website}",
            "task.projectId holds an id, which is never 'Website'; write task.project.name",
        ),
        (
            "timetracking_added",
            "any: [entity.userId: Mara, entity.isBillable: true]",
            "entity.userId holds an id, which is never 'Mara'; write user.firstName",
        ),
        (
            "project_updated",
            "entity.id: Website",
            "entity.id holds an id, which is never 'Website'; write entity.name",
        ),
        (
            "task_updated",
            "entity.parentId: Kickoff",
            "entity.parentId holds an id, which is never 'Kickoff'; write entity.parentTask.name",
        ),
        (
            "task_updated",
            "entity.createdBy: Mara",
            "entity.createdBy holds an id, which is never 'Mara'; compare it with one",
        ),
        (
            "task_updated",
            f"entity.projectId: [{GUID}, Website]",
            "entity.projectId holds an id, which is never 'Website'; write project.name",
        ),
    ],
)
def test_an_id_that_is_compared_with_a_name_is_told_with_the_path_to_the_name(
    when: str, condition: str, message: str
) -> None:
    assert said(condition, when=when) == [f"6:1: {message} [name-for-id]"]


@pytest.mark.parametrize(
    "condition",
    [
        f"entity.projectId: {GUID}",
        f"entity.projectId: {GUID.upper()}",
        f"entity.projectId: [{GUID}, '{GUID.replace('-', '')}']",
        "entity.projectId: {exists: true}",
        "entity.projectId: {starts_with: 3f2b}",
        "entity.project: Website",
        "entity.project.name: Website",
        "changes.ProjectId.new: Website",
        "event.traceId: abc",
    ],
)
def test_nothing_is_said_of_ids_that_are_compared_with_ids(condition: str) -> None:
    assert said(condition) == []
