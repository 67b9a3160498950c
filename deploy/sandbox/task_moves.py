"""Tasks that go elsewhere: to another project, list or parent, into a copy, or away."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.sandbox.activities import record
from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.changes import differences
from deploy.sandbox.comments import remove_comment
from deploy.sandbox.entry_changes import change_entry, remove_entry
from deploy.sandbox.refusals import Model, invalid, not_found
from deploy.sandbox.shown import task_shown
from deploy.sandbox.task_changes import announce_task, change_task, closing, fits, the_task
from deploy.sandbox.tasks import next_task_number
from deploy.sandbox.world import World


def change_project(ask: Ask) -> Answer:
    task = the_task(ask)
    if task.get("projectId") != ask.path["projectId"].lower():
        raise not_found("task of this project", task["id"])
    project, status = ask.need("projects", "projectId"), ask.need("taskstatuses", "taskStatusId")
    move_to_project(ask.world, task, project, status)
    return NO_CONTENT


def move_to_project(world: World, task: Model, project: Model, status: Model) -> None:
    """Move a task with its subtasks and the time tracked on them; it leaves its lists.

    Raises a refusal of a status that is none of the project.
    """
    if not fits(status, project["id"]):
        raise invalid("taskStatusId", f"is no status of the project {project['id']}")
    number = next_task_number(world, project["id"])
    key = project.get("projectKey")
    unsaid = {
        "entityId": project["id"],
        "taskNumber": number,
        "taskIdentifier": f"{key}-{number}" if key else None,
        "lists": [],
        **closing(world, status),
    }
    new = {"projectId": project["id"], "taskStatusId": status["id"]}
    change_task(world, task, new, unsaid=unsaid)
    for entry in world.find_where("timeentries", taskId=task["id"]):
        change_entry(world, entry, {"projectId": project["id"]})
    for sub in world.find_where("tasks", parentId=task["id"]):
        move_to_project(world, sub, project, status)


def move_to_parent(world: World, task: Model, parent: Model, order: float | None = None) -> None:
    """Make a task a subtask. Raises a refusal of a parent below it, or in another project."""
    if parent["id"] == task["id"] or parent.get("parentId"):
        raise invalid("parentId", "must be another task that is no subtask itself")
    if parent.get("projectId") != task.get("projectId"):
        raise invalid("parentId", "must be in the project of the task")
    unsaid = {"correlationId": parent["id"], "subtaskOrder": order}
    change_task(world, task, {"parentId": parent["id"]}, unsaid=unsaid)


def move_to_list(world: World, task: Model, list_: Model, *, leave_others: bool) -> None:
    """Put a task at the end of a list. Raises a refusal of a list of another project."""
    if list_.get("projectId") != task.get("projectId"):
        raise invalid("newTaskListId", "is no list of the project of the task")
    shown = {key: value for key, value in list_.items() if key != "projectId"}
    others = [each for each in task.get("lists") or [] if each["id"] != list_["id"]]
    kept = [] if leave_others else others
    change_task(world, task, {"lists": [*kept, {**shown, "orderOfTask": 0.0}]})


def copy(ask: Ask) -> Answer:
    return Answer(body=task_shown(ask.world, copy_task(ask.world, the_task(ask))))


def copy_task(world: World, task: Model, parent: Model | None = None) -> Model:
    """A copy with its subtasks, without comments, schedules and tracked time."""
    project = world.projects.get(task.get("projectId") or "", {})
    number = next_task_number(world, project["id"]) if project else None
    identifier = f"{project['projectKey']}-{number}" if project.get("projectKey") else None
    numbers = {"taskNumber": number, "taskIdentifier": identifier}
    made = world.add("tasks", {**task, **numbers, "resourceVersion": world.next_version()})
    if parent is not None:
        made["parentId"] = parent["id"]
    made["correlationId"] = made.get("parentId") or made["id"]
    record(world, made, "added")
    announce_task(world, "task_added", made)
    for sub in world.find_where("tasks", parentId=task["id"]):
        copy_task(world, sub, made)
    return made


def delete(ask: Ask) -> Answer:
    """Deletes tasks; those that are not there turn the answer into a 207."""
    found = [ask.world.tasks.get(ident.lower()) for ident in ask.body["taskIds"]]
    for task in filter(None, found):
        remove_task(ask.world, task, with_entries=ask.body.get("deleteTimeTrackings", False))
    return NO_CONTENT if all(found) else Answer(207)


def remove_task(world: World, task: Model, *, with_entries: bool) -> None:
    """Delete a task and all below it; its time entries go too, or lose task and project."""
    if task["id"] not in world.tasks:
        return
    for sub in world.find_where("tasks", parentId=task["id"]):
        remove_task(world, sub, with_entries=with_entries)
    for entry in world.find_where("timeentries", taskId=task["id"]):
        if with_entries:
            remove_entry(world, entry)
        else:
            change_entry(world, entry, {"taskId": None, "projectId": None})
    announce_task(world, "task_deleted", task)
    for comment in world.find_where("comments", entityId=task["id"], inReplyToCommentId=None):
        remove_comment(world, comment)
    _remove_where(world, "taskschedules", "taskId", task["id"])
    for end in ("predecessorId", "successorId"):
        _remove_where(world, "taskdependencies", end, task["id"])
    world.remove("tasks", task["id"])


def _remove_where(world: World, table: str, property_: str, ident: str) -> None:
    for model in world.find_where(table, **{property_: ident}):
        world.remove(table, model["id"])


def change_subtasks(ask: Ask) -> Answer:
    """Makes subtasks of tasks: all, or none when one cannot be moved."""
    moves = [(_task(ask, form["taskId"]), _task(ask, form["parentId"]), form) for form in ask.body]
    for task, parent, form in moves:
        move_to_parent(ask.world, task, parent, form.get("order"))
    return NO_CONTENT


def change_subtasks_to_parent(ask: Ask) -> Answer:
    for task in [_task(ask, form["taskId"]) for form in ask.body]:
        unsaid = {"correlationId": task["id"], "subtaskOrder": None}
        change_task(ask.world, task, {"parentId": None}, unsaid=unsaid)
    return NO_CONTENT


def change_type(ask: Ask) -> Answer:
    """Changes the type of work of tasks, and of the time tracked on them where wanted."""
    type_id = ask.need("typeofwork", "typeOfWorkId")["id"]
    found = [ask.world.tasks.get(ident.lower()) for ident in ask.body["taskIds"]]
    for task in filter(None, found):
        with_entries = ask.body.get("changeTimeEntries", False)
        retype(ask.world, [task], type_id, with_entries=with_entries)
    return NO_CONTENT if all(found) else Answer(207)


def retype(world: World, tasks: Iterable[Model], type_id: str, *, with_entries: bool) -> None:
    """Give tasks another type of work, and the time tracked on them where wanted."""
    new = {"typeOfWorkId": type_id}
    for task in tasks:
        change_task(world, task, new, "task_type_changed")
        for entry in world.find_where("timeentries", taskId=task["id"]) if with_entries else ():
            if differences(entry, new):
                change_entry(world, entry, new, "timetracking_type_changed")


def _task(ask: Ask, ident: str) -> Model:
    found = ask.world.tasks.get(ident.lower())
    if found is None:
        raise ask.dangling("taskId", ident)
    return found


ROUTES: Routes = {
    ("POST", "/tasks/delete"): delete,
    ("POST", "/tasks/changetypeofwork"): change_type,
    ("POST", "/tasks/changesubtasks"): change_subtasks,
    ("POST", "/tasks/changesubtaskstoparent"): change_subtasks_to_parent,
    ("POST", "/tasks/{taskId}/copy"): copy,
    ("POST", "/projects/{projectId}/projecttasks/{taskId}/changeproject"): change_project,
}
