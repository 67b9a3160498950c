"""Tasks: made, changed, moved between statuses.

Source: the contract's operations on `/tasks`.
"""

from __future__ import annotations

from typing import Any

from deploy.sandbox.activities import record
from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import task_shown
from deploy.sandbox.stamps import read_instant, utc_text
from deploy.sandbox.task_changes import (
    announce_task,
    change_status,
    change_task,
    closing,
    fits,
    the_task,
)
from deploy.sandbox.world import World

#: What PUT replaces; what the body leaves out is emptied.
_PUT_PROPERTIES: tuple[tuple[str, Any], ...] = (
    ("name", None),
    ("description", None),
    ("isPrio", False),
    ("startOn", None),
    ("dueOn", None),
    ("laneOrder", 0),
    ("plannedDuration", 0),
)


def create_task(ask: Ask) -> Answer:
    task = ask.world.add("tasks", _new_task(ask))
    task["correlationId"] = task.get("parentId") or task["id"]
    task.update(closing(ask.world, ask.world.table("taskstatuses")[task["taskStatusId"]]))
    record(ask.world, task, "added")
    announce_task(ask.world, "task_added", task)
    return Answer(body=task_shown(ask.world, task))


def get_task(ask: Ask) -> Answer:
    return Answer(body=task_shown(ask.world, the_task(ask)))


def put_task(ask: Ask) -> Answer:
    """Replaces the properties of the form; status, people, tags have calls of their own."""
    task = the_task(ask)
    check_dates(ask.body)
    new = {name: _given(ask.body, name, default) for name, default in _PUT_PROPERTIES}
    new |= {name: utc_text(new[name]) for name in ("startOn", "dueOn")}
    change_task(ask.world, task, new)
    return Answer(body=task_shown(ask.world, task))


def change_statuses(ask: Ask) -> Answer:
    """Moves tasks between statuses; those that cannot be moved turn the answer into a 207."""
    done = [_change_status(ask.world, form) for form in ask.body]
    return NO_CONTENT if all(done) else Answer(207)


def _change_status(world: World, form: Model) -> bool:
    task = world.tasks.get(form["taskId"].lower())
    status = world.table("taskstatuses").get(form["statusId"].lower())
    if task is None or status is None or not fits(status, task.get("projectId")):
        return False
    change_status(world, task, status)
    return True


def set_priority(ask: Ask) -> Answer:
    change_task(ask.world, ask.need("tasks", "taskId"), {"isPrio": ask.body["isPrio"]})
    return NO_CONTENT


def _new_task(ask: Ask) -> Model:
    body = ask.body
    check_dates(body)
    parent = ask.referred("tasks", "parentId")
    return {
        **_place(ask),
        "name": body["name"],
        "description": body.get("description"),
        "baseType": body["baseType"],
        "isPrio": body.get("isPrio") or False,
        "startOn": utc_text(body.get("startOn")),
        "dueOn": utc_text(body.get("dueOn")),
        "laneOrder": body.get("laneOrder") or 0,
        "plannedDuration": body.get("plannedDuration") or 0,
        "typeOfWorkId": _type_of_work(ask)["id"],
        "parentId": parent["id"] if parent else None,
        "order": body.get("order") or 0.0,
        "subtaskOrder": body.get("subtaskOrder"),
        "lists": _lists(ask),
        "assignees": [],
        "tags": [],
        "customFields": [],
        "createdVia": "api",
        "isExternal": False,
        "isHiddenForConnectUsers": False,
        "hasAttachment": False,
        "isRecurring": False,
        "checklistItemsCount": 0,
        "checklistItemsDoneCount": 0,
        "resourceVersion": ask.world.next_version(),
    }


def _place(ask: Ask) -> Model:
    """Where a new task lives: its project with the next number, or its person."""
    if ask.body["baseType"] == "private":
        owner = ask.referred("users", "entityId")
        owner_id = owner["id"] if owner else ask.world.api_user_id
        status = _status(ask, None)
        return {"userId": owner_id, "entityId": owner_id, "taskStatusId": status["id"]}
    project = ask.need("projects", "entityId")
    number = next_task_number(ask.world, project["id"])
    return {
        "projectId": project["id"],
        "entityId": project["id"],
        "taskNumber": number,
        "taskIdentifier": f"{project['projectKey']}-{number}" if "projectKey" in project else None,
        "taskStatusId": _status(ask, project["id"])["id"],
    }


def next_task_number(world: World, project_id: str) -> int:
    """One above the highest ever given in the project; never given twice."""
    tasks = world.find_where("tasks", projectId=project_id)
    return 1 + max((task.get("taskNumber") or 0 for task in tasks), default=0)


def _status(ask: Ask, project_id: str | None) -> Model:
    chosen = ask.referred("taskstatuses", "taskStatusId")
    if chosen is not None:
        if not fits(chosen, project_id):
            raise invalid("taskStatusId", f"is no status of the project {project_id}")
        return chosen
    todo = ask.world.find_where("taskstatuses", type="todo")
    return next(status for status in todo if fits(status, project_id))


def _type_of_work(ask: Ask) -> Model:
    chosen = ask.referred("typeofwork", "typeOfWorkId")
    return chosen or next(iter(ask.world.table("typeofwork").values()))


def _lists(ask: Ask) -> list[Model]:
    lists = []
    for form in ask.body.get("lists") or []:
        found = ask.world.table("tasklists").get(form["id"].lower())
        if found is None:
            raise ask.dangling("lists", form["id"])
        shown = {key: value for key, value in found.items() if key != "projectId"}
        lists.append({**shown, "orderOfTask": form["order"]})
    return lists


def check_dates(body: Model) -> None:
    start, due = body.get("startOn"), body.get("dueOn")
    if start and due and read_instant(due) < read_instant(start):
        raise invalid("dueOn", "must not be before startOn", code="date-dependency")


def _given(body: Model, name: str, default: Any) -> Any:
    value = body.get(name)
    return default if value is None else value


ROUTES: Routes = {
    ("POST", "/tasks"): create_task,
    ("POST", "/tasks/changestatuses"): change_statuses,
    ("POST", "/tasks/settaskpriority"): set_priority,
    ("GET", "/tasks/{taskId}"): get_task,
    ("PUT", "/tasks/{taskId}"): put_task,
}
