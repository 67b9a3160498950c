"""How a task changes: what is kept, what is recorded, and which event is raised."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.sandbox.activities import record, record_assignment
from deploy.sandbox.ask import Ask
from deploy.sandbox.changes import Change, differences
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import person_shown, task_shown
from deploy.sandbox.stamps import stamp
from deploy.sandbox.world import World


def the_task(ask: Ask) -> Model:
    return ask.subject("tasks", "taskId", "task")


def announce_task(
    world: World, event: str, task: Model, *changes: Change, nested: bool = False
) -> None:
    """Raise an event about a task as it is now."""
    shown, link = task_shown(world, task), f"/tasks/{task['id']}"
    world.announce(event, shown, entity_type="task", link=link, changes=changes, nested=nested)


def change_task(
    world: World,
    task: Model,
    new: Model,
    event: str = "task_updated",
    *,
    unsaid: Model | None = None,
) -> None:
    """Set properties of a task; each that differs is recorded, and all are told in one event.

    unsaid: what changes with them and is in neither.
    """
    changes = differences(task, new)
    world.touch(task, new | (unsaid or {}))
    for change in changes:
        record(world, task, "updated", change)
    if changes:
        announce_task(world, event, task, *changes)


def change_status(world: World, task: Model, status: Model) -> None:
    """Move a task to a status. Raises a refusal when it is none of the task's project."""
    if not fits(status, task.get("projectId")):
        raise invalid("taskStatusId", f"is no status of the project {task.get('projectId')}")
    if status["id"] != task["taskStatusId"]:
        new = {"taskStatusId": status["id"]}
        change_task(world, task, new, "task_status_changed", unsaid=closing(world, status))


def fits(status: Model, project_id: str | None) -> bool:
    # Private tasks have no project; the samples show them with a project's status.
    return project_id is None or status.get("projectId") == project_id


def closing(world: World, status: Model) -> Model:
    """When and by whom a task in this status was closed: now, or not at all."""
    if status["type"] != "done":
        return {"closedOn": None, "closedBy": None}
    return {"closedOn": stamp(world.clock()), "closedBy": world.api_user_id}


def assign(world: World, task: Model, users: Sequence[Model]) -> None:
    """Replace a task's people; an event for each who came and each who left."""
    before = {person["id"]: person for person in task.get("assignees") or []}
    effort = (task.get("plannedDuration") or 0) // max(len(users), 1)
    now = stamp(world.clock())
    people = {
        u["id"]: before.get(u["id"]) or person_shown(u, planned_effort=effort, now=now)
        for u in users
    }
    world.touch(task, {"assignees": list(people.values())})
    for came, idents in ((True, people.keys() - before), (False, before.keys() - people)):
        for ident in sorted(idents):
            record_assignment(world, task, ident, came=came)
            announce_task(world, f"taskassignment_{'added' if came else 'deleted'}", task)
