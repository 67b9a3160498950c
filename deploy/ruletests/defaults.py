"""What an object of awork is like where a test does not say. Performs no I/O.

Nothing is made up that a rule could act on: no dates, no people, no tags, no effort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from deploy.ruletests.merge import completed
from deploy.ruletests.names import Names
from deploy.ruletests.tables import DAYS
from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import new_capacity, new_user
from deploy.sandbox.span import TIME_FIELDS, read_span, read_zone, span_fields
from deploy.sandbox.stamps import read_instant, stamp

_HOUR_S = 3600
_STATUS_NAMES = {
    "todo": "To do",
    "progress": "In progress",
    "review": "Review",
    "stuck": "Stuck",
    "done": "Done",
}
_PROJECT: Model = {
    "isPrivate": False,
    "isBillableByDefault": True,
    "projectType": {"name": "Project", "icon": "work", "isArchived": False},
    "projectStatus": {"name": "Running", "type": "progress", "isArchived": False},
    "color": "teal",
    "hasImage": False,
    "isExternal": False,
    "tags": [],
    "members": [],
    "teams": [],
    "tasksCount": 0,
    "tasksDoneCount": 0,
    "trackedDuration": 0,
}
_TASK: Model = {
    "baseType": "projecttask",
    "isPrio": False,
    "laneOrder": 0,
    "plannedDuration": 0,
    "order": 0.0,
    "assignees": [],
    "tags": [],
    "lists": [],
    "customFields": [],
    "createdVia": "api",
    "isSubtask": False,
    "isExternal": False,
    "isHiddenForConnectUsers": False,
    "hasAttachment": False,
    "isRecurring": False,
    "checklistItemsCount": 0,
    "checklistItemsDoneCount": 0,
}
_ABSENCE: Model = {"isReadOnly": False, "isHalfDayOnStart": False, "isHalfDayOnEnd": False}
_REGION: Model = {"isDefault": False, "numberOfPublicHolidays": 0, "assignedUsers": []}
_ENTRY: Model = {
    "isBillable": True,
    "isBilled": False,
    "isExternal": False,
    "breakDuration": 0,
    "breaks": [],
}
_COMMENT: Model = {"message": "", "entityType": "tasks", "isHiddenForConnectUsers": False}

#: the id of the first object of a table, made when there is none
First = Callable[[str, str], str]


def refer(table: str, model: Model, first: First) -> None:
    """Give an object the references it cannot be without."""
    match table:
        case "tasks" if model.get("baseType", "projecttask") != "private":
            model.setdefault("projectId", first("projects", "project"))
        case "statuses" | "lists":
            model.setdefault("projectId", first("projects", "project"))
        case "comments":
            model["taskId"] = model.get("entityId") or model.get("taskId") or first("tasks", "task")
        case "schedules":
            model.setdefault("taskId", first("tasks", "task"))
        case "capacities":
            model.setdefault("userId", model["id"])
    if table in ("tasks", "time_entries"):
        model.setdefault("typeOfWorkId", first("types_of_work", "type of work"))
    if table in ("comments", "time_entries", "schedules", "bookings", "absences"):
        model.setdefault("userId", first("users", "user"))


def filled(table: str, model: Model, *, now: datetime, names: Names) -> Model:
    """A whole object. Raises a refusal of times that are none."""
    week_ago = stamp(now - timedelta(days=7))
    someone = names.id("someone")
    stamps = {"createdOn": week_ago, "updatedOn": week_ago}
    known = {name: value for name, value in model.items() if value is not None}
    stamped = completed(known, {**stamps, "createdBy": someone, "updatedBy": someone})
    fill = _FILL.get(table)
    return fill(stamped, names.told(model["id"]), now) if fill else stamped


def capacity(user_id: str) -> Model:
    """Eight hours from Monday to Friday."""
    return new_capacity(user_id)


def _user(model: Model, name: str, _: datetime) -> Model:
    person = completed(model, {"firstName": name, "lastName": ""})
    return completed(person, new_user(person))


def _capacity(model: Model, _name: str, _now: datetime) -> Model:
    whole = new_capacity(model["userId"])
    weekly = {
        **whole["weeklyCapacity"],
        **(model.get("weeklyCapacity") or {}),
        **{day: model[day] for day in DAYS if day in model},
    }
    kept = {name: value for name, value in model.items() if name not in (*DAYS, "id")}
    return {**whole, **kept, "weeklyCapacity": weekly, "capacityPerWeek": sum(weekly.values())}


def _project(model: Model, name: str, _: datetime) -> Model:
    return completed(model, {**_PROJECT, "name": name, "projectKey": name[:5].upper()})


def _task(model: Model, name: str, _: datetime) -> Model:
    task = completed(model, {**_TASK, "name": name, "correlationId": model["id"]})
    return {**task, "entityId": task.get("projectId"), "resourceVersion": 1}


def _status(model: Model, _name: str, _now: datetime) -> Model:
    kind = model.get("type") or _kind(str(model.get("name", "")))
    order = float(list(_STATUS_NAMES).index(kind) + 1) if kind in _STATUS_NAMES else 1.0
    name = _STATUS_NAMES.get(kind, kind)
    return completed(model, {"name": name, "type": kind, "order": order, "icon": "check"})


def _kind(name: str) -> str:
    """The type of a status that is called this."""
    kinds = {told.casefold(): kind for kind, told in _STATUS_NAMES.items()}
    return kinds.get(name.casefold(), "todo")


def _absence(model: Model, _: str, now: datetime) -> Model:
    start = model.get("startOn") or f"{now:%Y-%m-%d}T00:00:00Z"
    return completed(model, {**_ABSENCE, "startOn": start, "endOn": start})


def _region(model: Model, name: str, _now: datetime) -> Model:
    return completed(model, {**_REGION, "name": name})


def _schedule(model: Model, _: str, now: datetime) -> Model:
    start = read_instant(model.get("startDate") or stamp(now.replace(minute=0, second=0)))
    length = timedelta(seconds=model.get("plannedDuration") or _HOUR_S)
    end = read_instant(model["endDate"]) if model.get("endDate") else start + length
    times = {"startDate": stamp(start), "endDate": stamp(end)}
    return {**model, **times, "plannedDuration": int((end - start).total_seconds())}


def _booking(model: Model, _: str, now: datetime) -> Model:
    start = model.get("startDate") or f"{now:%Y-%m-%d}"
    days = {"startDate": start, "endDate": start, "duration": 8 * _HOUR_S}
    return completed(model, {**days, "laneOrder": 0, "isAnonymized": False})


def _entry(model: Model, _: str, now: datetime) -> Model:
    """A time entry in all sixteen of awork's ways to say when it was."""
    timezone = str(model.get("timezone") or "Europe/Berlin")
    zone = read_zone(timezone)
    form: dict[str, Any] = {name: model.get(name) for name in (*TIME_FIELDS, "duration")}
    if all(form[name] is None for name in TIME_FIELDS):
        form["startDateLocal"] = f"{now.astimezone(zone):%Y-%m-%d}T00:00:00"
        form["duration"] = form["duration"] or 0
    times = span_fields(read_span(form, zone), zone)
    return completed({**model, **times, "timezone": timezone}, {**_ENTRY, "resourceVersion": 1})


def _comment(model: Model, _name: str, _now: datetime) -> Model:
    about = {name: value for name, value in model.items() if name != "taskId"}
    return completed({**about, "entityId": model["taskId"]}, {**_COMMENT, "resourceVersion": 1})


def _type_of_work(model: Model, name: str, _: datetime) -> Model:
    return completed(model, {"name": name, "icon": "work", "isArchived": False})


def _list(model: Model, name: str, _: datetime) -> Model:
    return completed(model, {"name": name, "order": 1.0, "isArchived": False})


#: from what is known, its short name and the moment of the test to the whole
_FILL: Mapping[str, Callable[[Model, str, datetime], Model]] = {
    "users": _user,
    "me": _user,
    "capacities": _capacity,
    "projects": _project,
    "tasks": _task,
    "statuses": _status,
    "types_of_work": _type_of_work,
    "lists": _list,
    "absences": _absence,
    "workspace_absences": _absence,
    "regions": _region,
    "schedules": _schedule,
    "bookings": _booking,
    "time_entries": _entry,
    "comments": _comment,
}
