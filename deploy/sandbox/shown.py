"""How models look in answers: nested models, counts and sums filled in from the world.

Performs no I/O. What the contract leaves out of a nested model is left out here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from deploy.sandbox.refusals import Model
from deploy.sandbox.world import World

_NESTED_PROJECT = (
    "id",
    "name",
    "projectKey",
    "companyId",
    "projectType",
    "hasImage",
    "isPrivate",
    "isBillableByDefault",
    "color",
    "createdBy",
    "isExternal",
)
_NESTED_TYPE = ("id", "name", "icon", "isArchived")
_NESTED_STATUS = ("id", "name", "type", "isArchived")
_NESTED_COMPANY = ("id", "name", "hasImage")
_NESTED_USER = ("id", "firstName", "lastName", "hasImage", "isExternal")
_ENTRY_TASK = (
    "id",
    "name",
    "baseType",
    "taskIdentifier",
    "taskStatusId",
    "typeOfWorkId",
    "projectId",
    "plannedDuration",
    "closedOn",
    "createdBy",
    "correlationId",
    "parentId",
)


def pick(model: Model, names: Iterable[str]) -> Model:
    return {name: model[name] for name in names if model.get(name) is not None}


def without_nulls(value: object) -> object:
    """The same value without null properties: awork leaves them out of every answer."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def task_shown(world: World, task: Model) -> Model:
    """A task as TaskModel: with project, status, counts, and what was scheduled and tracked."""
    own = sum(e["duration"] for e in world.find_where("timeentries", taskId=task["id"]))
    subtasks = world.find_where("tasks", parentId=task["id"])
    below = sum(task_shown(world, sub)["totalTrackedDuration"] for sub in subtasks)
    schedules = world.find_where("taskschedules", taskId=task["id"])
    planned = task.get("plannedDuration") or 0
    return {
        **task,
        **_task_nested(world, task),
        "isSubtask": task.get("parentId") is not None,
        "numberOfSubtasks": len(subtasks) or None,
        "trackedDuration": own,
        "totalTrackedDuration": own + below,
        "totalPlannedDuration": planned + sum(sub["plannedDuration"] for sub in subtasks),
        "taskSchedulesCount": len(schedules),
        "isCompletelyScheduled": 0 < planned <= sum(s["plannedDuration"] for s in schedules),
        "commentCount": len(world.find_where("comments", entityId=task["id"])),
        **world.pinned.get(task["id"], {}),
    }


def _task_nested(world: World, task: Model) -> Model:
    nested: Model = {
        "taskStatus": world.table("taskstatuses").get(task["taskStatusId"]),
        "typeOfWork": pick(world.table("typeofwork")[task["typeOfWorkId"]], _NESTED_TYPE),
    }
    if task.get("projectId"):
        project = world.projects[task["projectId"]]
        nested["project"] = {**_project_nested(project), "members": _members_nested(project)}
    parent = world.tasks.get(task.get("parentId") or "")
    if parent is not None:
        assignees = [person["id"] for person in parent.get("assignees") or []]
        nested["parentTask"] = {**pick(parent, ("id", "name", "createdBy", "userId"))}
        nested["parentTask"]["assigneeIds"] = assignees
    return nested


def _project_nested(project: Model) -> Model:
    nested = pick(project, _NESTED_PROJECT)
    nested["projectStatus"] = pick(project["projectStatus"], _NESTED_STATUS)
    if project.get("company"):
        nested["company"] = pick(project["company"], _NESTED_COMPANY)
    return nested


def _members_nested(project: Model) -> list[Model]:
    names = ("id", "userId", "projectRoleId", "projectRoleName", "isResponsible", "isExternal")
    return [pick(member, names) for member in project.get("members", [])]


def project_shown(world: World, project: Model) -> Model:
    """A project with what was tracked on it since the sandbox began."""
    entries = world.find_where("timeentries", projectId=project["id"])
    tracked = (project.get("trackedDuration") or 0) + sum(e["duration"] for e in entries)
    return {**project, "trackedDuration": tracked}


def entry_shown(world: World, entry: Model) -> Model:
    """A time entry as TimeTracking: with type of work, user, task and project."""
    nested: Model = {
        "typeOfWork": pick(world.table("typeofwork")[entry["typeOfWorkId"]], _NESTED_TYPE),
        "user": pick(world.users[entry["userId"]], _NESTED_USER),
    }
    if entry.get("projectId"):
        nested["project"] = _entry_project(world, entry["projectId"])
    if entry.get("taskId"):
        nested["task"] = _entry_task(world, entry["taskId"])
    return {**entry, **nested}


def entry_simplified(world: World, entry: Model) -> Model:
    """A time entry as SimplifiedTimeTracking."""
    names = (
        "id createdOn createdBy duration isBillable isBilled projectId taskId typeOfWorkId userId"
        " startDateUtc startDateLocal startTimeLocal"
    )
    type_of_work = world.table("typeofwork")[entry["typeOfWorkId"]]
    nested: Model = {
        "typeOfWork": pick(type_of_work, ("id", "name", "icon")),
        "user": pick(world.users[entry["userId"]], ("id", "firstName", "lastName", "hasImage")),
    }
    if entry.get("projectId"):
        project = world.projects[entry["projectId"]]
        nested["project"] = pick(project, ("id", "name", "hasImage"))
    if entry.get("taskId"):
        task = world.tasks[entry["taskId"]]
        nested["task"] = pick(task, ("id", "name", "baseType", "projectId", "taskStatusId"))
    return {**pick(entry, names.split()), **nested}


def _entry_project(world: World, project_id: str) -> Model:
    nested = _project_nested(world.projects[project_id])
    for only_in_tasks in ("companyId", "color"):
        nested.pop(only_in_tasks, None)
    return nested


def _entry_task(world: World, task_id: str) -> Model:
    task = world.tasks[task_id]
    nested = pick(task, _ENTRY_TASK)
    status = world.table("taskstatuses")[task["taskStatusId"]]
    nested["taskStatus"] = pick(status, ("id", "name", "type", "order", "icon"))
    if task.get("projectId"):
        nested["project"] = _entry_project(world, task["projectId"])
    return nested


def comment_shown(world: World, comment: Model) -> Model:
    task = world.tasks[comment["entityId"]]
    user = pick(world.users[comment["userId"]], _NESTED_USER)
    return {**comment, "user": user, "task": pick(task, ("id", "name"))}


def person_shown(user: Model, *, planned_effort: int, now: str) -> Model:
    """A user as assignee of a task."""
    effort = {"plannedEffort": planned_effort, "isDistributedPlannedEffort": True}
    return {**pick(user, _NESTED_USER), **effort, "updatedOn": now}
