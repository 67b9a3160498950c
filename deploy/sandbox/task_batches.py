"""One operation on many tasks.

Source: the contract's `POST /tasks/batch/{operation}` and its BatchOperationForm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.batches import Edit, Operation, batch, required
from deploy.sandbox.refusals import Model, Refusal, invalid
from deploy.sandbox.stamps import read_instant, utc_text
from deploy.sandbox.task_changes import assign, change_status, change_task
from deploy.sandbox.task_moves import (
    copy_task,
    move_to_list,
    move_to_parent,
    move_to_project,
    remove_task,
    retype,
)
from deploy.sandbox.task_tags import check_tag, tag_task
from deploy.sandbox.tasks import check_dates


def set_prio(ask: Ask) -> Edit:
    is_prio = required(ask, "isPrio")
    return lambda task: change_task(ask.world, task, {"isPrio": is_prio})


def to_status(ask: Ask) -> Edit:
    status = _referred(ask, "taskstatuses", "newTaskStatusId")
    return lambda task: change_status(ask.world, task, status)


def to_type(ask: Ask) -> Edit:
    type_id = _referred(ask, "typeofwork", "newTypeOfWorkId")["id"]
    with_entries = ask.body.get("changeTimeEntries") or False
    return lambda task: retype(ask.world, [task], type_id, with_entries=with_entries)


def add_tags(ask: Ask) -> Edit:
    for form in required(ask, "tags"):
        check_tag(form)
    return lambda task: tag_task(ask.world, task, ask.body["tags"])


def assign_users(ask: Ask) -> Edit:
    """Adds people to those a task has, or puts them in their place."""
    users = [_user(ask, ident) for ident in required(ask, "userIds")]

    def edit(task: Model) -> None:
        there = [] if ask.body.get("removeOldAssignments") else _people(ask, task)
        assign(ask.world, task, list({user["id"]: user for user in (*there, *users)}.values()))

    return edit


def unassign_users(ask: Ask) -> Edit:
    """Takes people off a task; all of them when none is named."""
    leaving = [ident.lower() for ident in ask.body.get("userIds") or []]

    def edit(task: Model) -> None:
        staying = [u for u in _people(ask, task) if leaving and u["id"] not in leaving]
        assign(ask.world, task, staying)

    return edit


def set_dates(ask: Ask) -> Edit:
    """Sets the due date and, beside it, the start; without a due date both are removed."""
    due = None if ask.body.get("removeDueDate") else utc_text(ask.body.get("newDueDate"))
    start = utc_text(ask.body.get("newStartDate"))

    def edit(task: Model) -> None:
        kept = None if ask.body.get("removeStartDate") else start or task.get("startOn")
        _set_dates(ask, task, kept if due else None, due)

    return edit


def adjust_dates(ask: Ask) -> Edit:
    """Moves start and due by so many days, which may be a fraction."""
    by = timedelta(days=required(ask, "daysOffset"))

    def moved(instant: str | None) -> str | None:
        return utc_text((read_instant(instant) + by).isoformat()) if instant else None

    return lambda task: _set_dates(ask, task, moved(task.get("startOn")), moved(task.get("dueOn")))


def _set_dates(ask: Ask, task: Model, start: str | None, due: str | None) -> None:
    dates = {"startOn": start, "dueOn": due}
    check_dates(dates)
    change_task(ask.world, task, dates)


def to_project(ask: Ask) -> Edit:
    project = _referred(ask, "projects", "newProjectId")
    status = _referred(ask, "taskstatuses", "newTaskStatusId")
    return lambda task: move_to_project(ask.world, task, project, status)


def to_list(ask: Ask) -> Edit:
    list_ = _referred(ask, "tasklists", "newTaskListId")
    leave_others = ask.body.get("removeFromCurrentList") or False
    return lambda task: move_to_list(ask.world, task, list_, leave_others=leave_others)


def under_task(ask: Ask) -> Edit:
    parent = _referred(ask, "tasks", "newParentTaskId")
    return lambda task: move_to_parent(ask.world, task, parent)


def delete(ask: Ask) -> Edit:
    with_entries = ask.body.get("deleteTimeTrackings") or False
    return lambda task: remove_task(ask.world, task, with_entries=with_entries)


def copy(ask: Ask) -> Edit:
    return lambda task: copy_task(ask.world, task)


def in_planner(_: Ask) -> Edit:
    raise Refusal(501, "not-in-sandbox", "The sandbox does not play plannerbatch.")


OPERATIONS: Mapping[str, Operation] = {
    "movetoproject": to_project,
    "movetotasklist": to_list,
    "moveundertask": under_task,
    "setdates": set_dates,
    "adjustdates": adjust_dates,
    "addtags": add_tags,
    "delete": delete,
    "changetypeofwork": to_type,
    "assignusers": assign_users,
    "unassignusers": unassign_users,
    "setprio": set_prio,
    "changetaskstatus": to_status,
    "copy": copy,
    "plannerbatch": in_planner,
}


def task_batch(ask: Ask) -> Answer:
    return batch(ask, OPERATIONS, table="tasks", ids="taskIds", noun="task")


def _referred(ask: Ask, table: str, property_: str) -> Model:
    required(ask, property_)
    return ask.need(table, property_)


def _people(ask: Ask, task: Model) -> list[Model]:
    return [ask.world.users[person["id"]] for person in task.get("assignees") or []]


def _user(ask: Ask, ident: str) -> Model:
    found = ask.world.users.get(ident.lower())
    if found is None:
        raise invalid("userIds", f"refers to nothing: {ident}")
    return found


ROUTES: Routes = {("POST", "/tasks/batch/{operation}"): task_batch}
