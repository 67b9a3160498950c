"""The record of what happened to each task: property changes, and who came and went.

Source: the contract's ActivityModel. Comments, schedules and time entries leave no trace in it.
"""

from __future__ import annotations

from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.changes import Change
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import pick
from deploy.sandbox.stamps import stamp
from deploy.sandbox.world import World, new_guid

_USER = ("id", "firstName", "lastName", "hasImage")


def record(world: World, task: Model, kind: str, change: Change | None = None) -> None:
    """Add an activity to a task's record.

    kind: `added` or `updated`. change: the property that changed, where one did.
    """
    told: Model = {}
    if change is not None:
        told["changedProperty"] = change.property
        told["oldPropertyValue"], told["newPropertyValue"] = change.old, change.new
    world.activities[task["id"]].append(_activity(world, task, kind) | told)


def record_assignment(world: World, task: Model, user_id: str, *, came: bool) -> None:
    """Add that a person was assigned, or is no longer."""
    activity = _activity(world, task, "added" if came else "deleted")
    role = "assignedUser" if came else "unassignedUser"
    person = pick(world.users.get(user_id, {"id": user_id}), _USER)
    world.activities[task["id"]].append(activity | {f"{role}Id": user_id, role: person})


def task_activities(ask: Ask) -> Answer:
    """A task's activities, oldest first: the contract names no order, `orderby` gives another."""
    task = ask.subject("tasks", "taskId", "task")
    return listed(ask, ask.world.activities[task["id"]])


def _activity(world: World, task: Model, kind: str) -> Model:
    now, user_id = stamp(world.clock()), world.api_user_id
    return {
        # Not one of the world's ids: those are counted where a test names what is made.
        "id": new_guid(),
        "entityId": task["id"],
        "entityType": "task",
        "entity": pick(task, ("id", "name")),
        "taskId": task["id"],
        "projectId": task.get("projectId"),
        "eventType": kind,
        "eventDate": now,
        "userId": user_id,
        "user": pick(world.users[user_id], _USER),
        "createdOn": now,
        "createdBy": user_id,
        "updatedOn": now,
        "updatedBy": user_id,
    }


ROUTES: Routes = {("GET", "/tasks/{taskId}/activities"): task_activities}
