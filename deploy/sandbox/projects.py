"""Projects: listed, made, changed.

Source: the contract's operations on `/projects`.
"""

from __future__ import annotations

import re
from itertools import count

from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.changes import differences
from deploy.sandbox.lists import listed
from deploy.sandbox.nested import fan_out
from deploy.sandbox.refusals import Model, invalid, not_found
from deploy.sandbox.seed import add_statuses, stable_id
from deploy.sandbox.shown import project_shown, task_shown
from deploy.sandbox.stamps import read_instant, utc_text
from deploy.sandbox.world import World

#: What PUT replaces; what the body leaves out is emptied.
_PUT_PROPERTIES = (
    "name",
    "description",
    "color",
    "isBillableByDefault",
    "isProjectKeyVisible",
    "timeBudget",
)
_FLAGS = ("isPrivate", "deductNonBillableHours")
_DATES = ("startDate", "dueDate")
#: Models that stand beside their ids: a change names the id.
_OBJECTS = ("company", "projectType", "projectStatus")

#: The status of a project that names none.
_NOT_STARTED = {
    "id": stable_id("project not started"),
    "name": "Not started",
    "type": "not-started",
    "isArchived": False,
    "typeOrder": 1,
}


def list_projects(ask: Ask) -> Answer:
    return listed(ask, [project_shown(ask.world, p) for p in ask.world.projects.values()])


def get_project(ask: Ask) -> Answer:
    return Answer(body=project_shown(ask.world, the_project(ask)))


def create_project(ask: Ask) -> Answer:
    """A project with awork's five statuses, a key made from its name, and no members."""
    status = _nested(ask, "projectStatus") or {"projectStatus": _NOT_STARTED}
    project = {
        **_form(ask),
        **status,
        "projectStatusId": status["projectStatus"]["id"],
        "projectKey": _free_key(ask.world, ask.body["name"]),
        "hasImage": False,
        "tags": [],
        "members": [],
        "teams": [],
        "isExternal": False,
        "resourceVersion": ask.world.next_version(),
    }
    kept = ask.world.add("projects", project)
    add_statuses(ask.world, kept["id"])
    announce_project(ask.world, "project_added", kept)
    return Answer(body=project_shown(ask.world, kept))


def put_project(ask: Ask) -> Answer:
    project, new = the_project(ask), _form(ask)
    is_tracked = bool(ask.world.find_where("timeentries", projectId=project["id"]))
    if new["isPrivate"] and not project.get("isPrivate") and is_tracked:
        raise invalid("isPrivate", "must stay false: times are tracked", code="invalid-operation")
    if new["projectTypeId"] != project.get("projectTypeId"):
        kind = {name: new.pop(name) for name in ("projectTypeId", "projectType")}
        change_project(ask.world, project, kind, "project_type_changed")
    change_project(ask.world, project, new)
    return Answer(body=project_shown(ask.world, project))


def change_project(
    world: World, project: Model, new: Model, event: str = "project_updated"
) -> None:
    """Set properties of a project, such as its tags; its tasks and time entries tell of it too."""
    plain = {name: value for name, value in new.items() if name not in _OBJECTS}
    changes = differences(project, plain)
    world.touch(project, new)
    if changes:
        shown, link = project_shown(world, project), f"/projects/{project['id']}"
        world.announce(event, shown, entity_type="project", link=link, changes=changes)
        fan_out(world, "projectId", project["id"])


def announce_project(world: World, event: str, project: Model) -> None:
    shown, link = project_shown(world, project), f"/projects/{project['id']}"
    world.announce(event, shown, entity_type="project", link=link)


def project_tasks(ask: Ask) -> Answer:
    tasks = ask.world.find_where("tasks", projectId=the_project(ask)["id"])
    return listed(ask, [task_shown(ask.world, task) for task in tasks])


def project_task(ask: Ask) -> Answer:
    project, task = the_project(ask), ask.subject("tasks", "taskId", "task")
    if task.get("projectId") != project["id"]:
        raise not_found("task of this project", task["id"])
    return Answer(body=task_shown(ask.world, task))


def project_members(ask: Ask) -> Answer:
    return Answer(body=the_project(ask).get("members", []))


def the_project(ask: Ask) -> Model:
    return ask.subject("projects", "projectId", "project")


def _form(ask: Ask) -> Model:
    """What both forms give, and the models it refers to."""
    start, due = (ask.body.get(name) for name in _DATES)
    if start and due and read_instant(due) < read_instant(start):
        raise invalid("dueDate", "must not be before startDate", code="date-dependency")
    return {
        **{name: ask.body.get(name) for name in _PUT_PROPERTIES},
        **{name: ask.body.get(name) or False for name in _FLAGS},
        **{name: utc_text(ask.body.get(name)) for name in _DATES},
        "company": None,
        "companyId": ask.body.get("companyId"),
        **_nested(ask, "company"),
        "projectType": None,
        "projectTypeId": ask.body.get("projectTypeId"),
        **_nested(ask, "projectType"),
    }


def _nested(ask: Ask, name: str) -> Model:
    """The model a form names by its id, known from the projects that have it.

    awork keeps companies, project types and project statuses elsewhere, out of the part of its
    API that is played here.
    """
    ident = ask.body.get(f"{name}Id")
    if ident is None:
        return {}
    for project in ask.world.projects.values():
        if project.get(f"{name}Id") == ident.lower() and project.get(name):
            return {name: project[name]}
    raise invalid(f"{name}Id", f"refers to nothing: {ident}")


def _free_key(world: World, name: str) -> str:
    taken = {project.get("projectKey") for project in world.projects.values()}
    stem = re.sub(r"[^A-Z0-9]", "", name.upper())[:5] or "P"
    return next(key for n in count(1) if (key := stem if n == 1 else f"{stem}{n}") not in taken)


def project_types_of_work(ask: Ask) -> Answer:
    """Those of the workspace: a project has none of its own."""
    the_project(ask)
    types = ask.world.table("typeofwork").values()
    return Answer(body=[kind for kind in types if not kind.get("isArchived")])


ROUTES: Routes = {
    ("GET", "/projects"): list_projects,
    ("POST", "/projects"): create_project,
    ("GET", "/projects/{projectId}"): get_project,
    ("PUT", "/projects/{projectId}"): put_project,
    ("GET", "/projects/{projectId}/projecttasks"): project_tasks,
    ("GET", "/projects/{projectId}/projecttasks/{taskId}"): project_task,
    ("GET", "/projects/{projectId}/members"): project_members,
    ("GET", "/projects/{projectId}/typeofwork"): project_types_of_work,
}
