"""How work is sorted: the statuses and lists of a project, and types of work.

Source: the contract's operations on `/projects/{projectId}/taskstatuses`, `/tasklists` and on
`/typeofwork`.
"""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import current, listed
from deploy.sandbox.nested import fan_out
from deploy.sandbox.projects import the_project
from deploy.sandbox.refusals import Model, invalid, not_found
from deploy.sandbox.task_changes import change_status
from deploy.sandbox.task_moves import retype

STATUS_TYPES = ("todo", "progress", "review", "stuck", "done")
#: A project cannot do without one of each.
_NEEDED_TYPES = ("todo", "done")
_ICONS = ("code", "event", "brush", "groups", "search", "work")


def project_statuses(ask: Ask) -> Answer:
    statuses = ask.world.find_where("taskstatuses", projectId=the_project(ask)["id"])
    return listed(ask, sorted(statuses, key=lambda status: float(status["order"])))


def get_status(ask: Ask) -> Answer:
    return Answer(body=_status(ask))


def create_status(ask: Ask) -> Answer:
    """Without an order it comes after the last."""
    project_id = the_project(ask)["id"]
    others = ask.world.find_where("taskstatuses", projectId=project_id)
    last = max((float(each["order"]) for each in others), default=0.0)
    status = {"order": last + 1, **_status_form(ask), "projectId": project_id}
    return Answer(body=ask.world.add("taskstatuses", status))


def put_status(ask: Ask) -> Answer:
    status = _status(ask)
    ask.world.touch(status, _status_form(ask))
    fan_out(ask.world, "taskStatusId", status["id"])
    return Answer(body=status)


def delete_status(ask: Ask) -> Answer:
    """Its tasks go to another status, which must be named while there are any."""
    status = _status(ask)
    other = ask.referred("taskstatuses", "taskStatusId")
    same = ask.world.find_where("taskstatuses", projectId=status["projectId"], type=status["type"])
    if status["type"] in _NEEDED_TYPES and len(same) == 1:
        what = f"is the project's last of type {status['type']}"
        raise invalid("taskStatusId", what, code="invalid-operation")
    tasks = ask.world.find_where("tasks", taskStatusId=status["id"])
    if tasks and (other is None or other["id"] == status["id"]):
        raise invalid("taskStatusId", f"is required: {len(tasks)} tasks have the status")
    for task in tasks:
        change_status(ask.world, task, other or status)
    ask.world.remove("taskstatuses", status["id"])
    return NO_CONTENT


def _status(ask: Ask) -> Model:
    status = ask.subject("taskstatuses", "taskStatusId", "task status")
    if status.get("projectId") != the_project(ask)["id"]:
        raise not_found("task status of this project", status["id"])
    return status


def _status_form(ask: Ask) -> Model:
    if ask.body["type"] not in STATUS_TYPES:
        raise invalid("type", f"is none of {', '.join(STATUS_TYPES)}: {ask.body['type']}")
    return {name: value for name, value in ask.body.items() if value is not None}


def project_lists(ask: Ask) -> Answer:
    project_id = the_project(ask)["id"]
    lists = [each for each in current(ask, "tasklists") if each.get("projectId") == project_id]
    return listed(ask, [_list_shown(each) for each in lists])


def create_list(ask: Ask) -> Answer:
    project_id = the_project(ask)["id"]
    list_ = {
        "name": ask.body["name"],
        "order": ask.body.get("order") or 0.0,
        "isArchived": False,
        "isHiddenForConnectUsers": ask.body.get("isHiddenForConnectUsers") or False,
        "projectId": project_id,
    }
    kept = ask.world.add("tasklists", list_)
    link = f"/projects/{project_id}"
    ask.world.announce("tasklist_added", kept, entity_type="tasklist", link=link)
    return Answer(body=_list_shown(kept))


def _list_shown(list_: Model) -> Model:
    # The events name the project; the answers of the API do not.
    return {key: value for key, value in list_.items() if key != "projectId"}


def types_of_work(ask: Ask) -> Answer:
    return listed(ask, current(ask, "typeofwork"))


def get_type(ask: Ask) -> Answer:
    return Answer(body=_type(ask))


def create_type(ask: Ask) -> Answer:
    return Answer(body=ask.world.add("typeofwork", {**_type_form(ask.body), "isArchived": False}))


def put_type(ask: Ask) -> Answer:
    kind = _type(ask)
    ask.world.touch(kind, _type_form(ask.body))
    fan_out(ask.world, "typeOfWorkId", kind["id"])
    return Answer(body=kind)


def archive_type(ask: Ask) -> Answer:
    kind = _type(ask)
    ask.world.touch(kind, {"isArchived": ask.body["isArchived"]})
    return Answer(body=kind)


def delete_type(ask: Ask) -> Answer:
    """What has the type gets another one, which must be named while anything has it."""
    kind, other = _type(ask), ask.referred("typeofwork", "typeOfWorkId")
    tasks = ask.world.find_where("tasks", typeOfWorkId=kind["id"])
    entries = ask.world.find_where("timeentries", typeOfWorkId=kind["id"])
    if (tasks or entries) and (other is None or other["id"] == kind["id"]):
        raise invalid("typeOfWorkId", "is required: tasks or time entries have the type")
    if other is not None:
        retype(ask.world, tasks, other["id"], with_entries=True)
        for entry in entries:
            ask.world.touch(entry, {"typeOfWorkId": other["id"]})
    ask.world.remove("typeofwork", kind["id"])
    return NO_CONTENT


def type_icons(_: Ask) -> Answer:
    """Some of them: the whole list is not published."""
    return Answer(body=list(_ICONS))


def _type(ask: Ask) -> Model:
    return ask.subject("typeofwork", "typeOfWorkId", "type of work")


def _type_form(body: Model) -> Model:
    return {name: body.get(name) for name in ("name", "description", "icon")}


ROUTES: Routes = {
    ("GET", "/projects/{projectId}/taskstatuses"): project_statuses,
    ("POST", "/projects/{projectId}/taskstatuses"): create_status,
    ("GET", "/projects/{projectId}/taskstatuses/{taskStatusId}"): get_status,
    ("PUT", "/projects/{projectId}/taskstatuses/{taskStatusId}"): put_status,
    ("POST", "/projects/{projectId}/taskstatuses/{taskStatusId}/delete"): delete_status,
    ("GET", "/projects/{projectId}/tasklists"): project_lists,
    ("POST", "/projects/{projectId}/tasklists"): create_list,
    ("GET", "/typeofwork"): types_of_work,
    ("POST", "/typeofwork"): create_type,
    ("GET", "/typeofwork/icons"): type_icons,
    ("GET", "/typeofwork/{typeOfWorkId}"): get_type,
    ("PUT", "/typeofwork/{typeOfWorkId}"): put_type,
    ("POST", "/typeofwork/{typeOfWorkId}/delete"): delete_type,
    ("POST", "/typeofwork/{typeOfWorkId}/setarchived"): archive_type,
}
