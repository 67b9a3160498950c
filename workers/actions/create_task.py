"""Create a task, in a project or private for a person.

    - create_task:
        name: "Invoice ${entity.name}"
        project: "${entity.projectId}"
        due_on: "${entity.dueOn}"
        planned_duration: 1h
        type_of_work: Administration
        assignees: ["Nora Feld"]
        tags: [invoice]
        custom_fields:
          8f7f7b0e-2f43-4f35-a7a4-6f0e5a3f1c11: 1250.5
          0d0d7c36-6b5d-4c0b-9f55-0a3a5b0a9e42: {date: "${date(entity.dueOn)}"}
          c1b7a6f0-58ac-4f0c-8a65-6f1e1f3f7d10: {selection: High}

`start_on` and `due_on` are moments or days; awork means a day as midnight UTC. `custom_fields` go
by their ids: awork tells no names of them. A value is text, a number, true or false, or says its
type: text, number, date, boolean, user or selection. A choice of a selection is its id, or its
text where a task of the project has it.

Writes POST /tasks, then the setters for assignees, tags and custom fields. The task must not be
repeated; ours is found again by its name in its project, created by our API user at or after the
attempt, and by the marker at the end of its description. Setting assignees and custom fields may
be repeated: it changes nothing. Adding tags may not, awork refuses a tag that is there; ours are
found again on the task.
Source: https://developers.awork.com, "Creates a new project or private task".
"""

from __future__ import annotations

from typing import Any

from workers.actions import add_tags, custom_fields, values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import created_by_us
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.filters import where
from workers.targets.http import Request
from workers.trail import Trail

NAME = "create_task"
PARAMETERS = {
    "name": Parameter(ParameterKind.TEXT, required=True, about="up to 1,000 characters"),
    "project": Parameter(
        ParameterKind.REFERENCE,
        about="the project it belongs to",
        unless=("private_for",),
        excludes=("private_for",),
    ),
    "private_for": Parameter(ParameterKind.REFERENCE, about="or the person it is private for"),
    "description": Parameter(ParameterKind.TEXT, about="up to 25,000 characters"),
    "start_on": Parameter(ParameterKind.DAY_OR_INSTANT, about="when work may begin"),
    "due_on": Parameter(ParameterKind.DAY_OR_INSTANT, about="when it is due"),
    "planned_duration": Parameter(ParameterKind.DURATION, about="planned effort"),
    "type_of_work": Parameter(ParameterKind.REFERENCE, about="by default the workspace's first"),
    "status": Parameter(ParameterKind.REFERENCE, about="by default the first of type todo"),
    "lists": Parameter(ParameterKind.LIST, about="task lists of the project"),
    "parent": Parameter(ParameterKind.ID, about="makes it a subtask of this task"),
    "prio": Parameter(ParameterKind.BOOLEAN, about="marked as priority"),
    "assignees": Parameter(ParameterKind.LIST, about="who does it"),
    "tags": Parameter(ParameterKind.LIST, about="names of tags"),
    "custom_fields": Parameter(ParameterKind.MAP, about="ids of fields to their values"),
}
_LONGEST_NAME, _LONGEST_DESCRIPTION = 1_000, 25_000
#: awork sorts a list by this; its own forms send the largest double to append
_LAST = 1.7976931348623157e308


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one task, assign and tag it, fill in its custom fields. See Action.run."""
    body = _body(parameters, context)
    # Names first: an unknown one must not leave a task behind.
    assignees = _assignees(parameters, context)
    fields = _custom_fields(body, parameters, context)
    task = context.effects.once(
        "task",
        Request("POST", "/tasks", body),
        find=lambda trail: _find(trail, context),
        summary=f"task {body['name']!r}",
    )
    _assign(task, assignees, context)
    _tag(task, parameters, context)
    _fill_in(task, fields, context)
    return task


def _body(parameters: Parameters, context: Context) -> dict[str, Any]:
    name = str(parameters["name"])
    if not 0 < len(name) <= _LONGEST_NAME:
        raise invalid("name", f"{len(name)} characters", f"1 to {_LONGEST_NAME} characters")
    entity_id, is_private = _place(parameters, context)
    project = None if is_private else entity_id
    start, due = (values.by(parameters, n, context.timezone) for n in ("start_on", "due_on"))
    return values.without_nothing(
        {
            "name": name,
            "baseType": "private" if is_private else "projecttask",
            "entityId": entity_id,
            "description": _description(parameters, context),
            "startOn": values.utc(start) if start else None,
            "dueOn": values.utc(due) if due else None,
            "plannedDuration": values.seconds(parameters, "planned_duration"),
            "typeOfWorkId": _type_of_work(parameters, context),
            "taskStatusId": _status(parameters, project, context),
            "lists": _lists(parameters, project, context),
            "parentId": values.reference(parameters, "parent"),
            "isPrio": parameters.get("prio"),
        }
    )


def _place(parameters: Parameters, context: Context) -> tuple[str, bool]:
    """The id the task belongs to, and whether that is a person."""
    project, person = parameters.get("project"), parameters.get("private_for")
    if (project is None) == (person is None):
        raise invalid("project", project, "either project or private_for, and not both")
    if project is not None:
        return context.directory.project(context.awork, project), False
    return context.directory.user(context.awork, person), True


def _description(parameters: Parameters, context: Context) -> str:
    given = str(parameters.get("description") or "")
    text = f"{given}\n\n{context.effects.marker('task')}".strip()
    if len(text) > _LONGEST_DESCRIPTION:
        raise invalid(
            "description", f"{len(given)} characters", f"at most {_LONGEST_DESCRIPTION - 30}"
        )
    return text


def _type_of_work(parameters: Parameters, context: Context) -> str | None:
    given = parameters.get("type_of_work")
    return None if given is None else context.directory.type_of_work(context.awork, given)


def _status(parameters: Parameters, project: str | None, context: Context) -> str | None:
    given = parameters.get("status")
    if given is None:
        return None
    if project is None:
        raise invalid("status", given, "no status: a private task takes awork's first")
    return context.directory.status(context.awork, project, given)


def _lists(
    parameters: Parameters, project: str | None, context: Context
) -> list[dict[str, Any]] | None:
    given = parameters.get("lists")
    if given is None:
        return None
    if project is None:
        raise invalid("lists", given, "no lists: only a project has them")
    return [
        {"id": context.directory.task_list(context.awork, project, one), "order": _LAST}
        for one in values.several(given)
    ]


def _assignees(parameters: Parameters, context: Context) -> list[str] | None:
    given = parameters.get("assignees")
    if given is None:
        return None
    return [context.directory.user(context.awork, user) for user in values.several(given)]


def _assign(task: dict[str, Any], users: list[str] | None, context: Context) -> None:
    if users is None:
        return
    path = f"/tasks/{_id(task)}/setassignees"
    context.effects.once(
        "assignees", Request("POST", path, users), find=None, summary=f"{len(users)} assigned"
    )


def _tag(task: dict[str, Any], parameters: Parameters, context: Context) -> None:
    tags = add_tags.names(parameters.get("tags") or [])
    if tags:
        add_tags.add(f"/tasks/{_id(task)}", tags, context)


def _custom_fields(
    body: dict[str, Any], parameters: Parameters, context: Context
) -> list[custom_fields.Form]:
    project = body["entityId"] if body["baseType"] == "projecttask" else None
    return custom_fields.forms(parameters.get("custom_fields") or {}, project, context)


def _fill_in(task: dict[str, Any], fields: list[custom_fields.Form], context: Context) -> None:
    if fields:
        context.effects.once(
            "custom_fields",
            Request("POST", f"/tasks/{_id(task)}/setcustomfields", fields),
            find=None,
            summary=f"custom fields: {len(fields)}",
        )


def _id(task: dict[str, Any]) -> str:
    """The id of the task; in shadow mode there is none yet."""
    return str(task.get("id", "(the new task)"))


def _find(trail: Trail, context: Context) -> dict[str, Any] | None:
    sent, me = trail.body, context.directory.me(context.awork)
    if sent["baseType"] == "private":
        path = f"/users/{sent['entityId']}/assignedtasks"
    else:
        path = f"/projects/{sent['entityId']}/projecttasks"
    named = str(where("name").eq(sent["name"]))
    marker = context.effects.marker("task")
    for task in context.awork.list(path, filterby=named):
        marked = str(task.get("description") or "").rstrip().endswith(marker)
        if task.get("name") == sent["name"] and marked and created_by_us(task, me, trail):
            return dict(task)
    return None
