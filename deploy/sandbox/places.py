"""What work hangs on: projects, people, types of work. Only to be read."""

from __future__ import annotations

from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import project_shown, task_shown


def list_projects(ask: Ask) -> Answer:
    return listed(ask, [project_shown(ask.world, p) for p in ask.world.projects.values()])


def get_project(ask: Ask) -> Answer:
    return Answer(body=project_shown(ask.world, _project(ask)))


def project_tasks(ask: Ask) -> Answer:
    tasks = ask.world.find_where("tasks", projectId=_project(ask)["id"])
    return listed(ask, [task_shown(ask.world, task) for task in tasks])


def project_statuses(ask: Ask) -> Answer:
    statuses = ask.world.find_where("taskstatuses", projectId=_project(ask)["id"])
    return listed(ask, sorted(statuses, key=lambda status: float(status["order"])))


def project_lists(ask: Ask) -> Answer:
    lists = ask.world.find_where("tasklists", projectId=_project(ask)["id"])
    return listed(ask, [_without(each, "projectId") for each in lists])


def project_members(ask: Ask) -> Answer:
    return Answer(body=_project(ask).get("members", []))


def types_of_work(ask: Ask) -> Answer:
    return listed(ask, _current(ask, "typeofwork"))


def list_users(ask: Ask) -> Answer:
    """People; the API user is among them only with `showArchived=true`."""
    users = _current(ask, "users")
    if not _show_archived(ask):
        users = [user for user in users if user["id"] != ask.world.api_user_id]
    return listed(ask, users)


def get_user(ask: Ask) -> Answer:
    return Answer(body=ask.subject("users", "userId", "user"))


def get_capacity(ask: Ask) -> Answer:
    return Answer(body=ask.subject("capacities", "userId", "user"))


def get_me(ask: Ask) -> Answer:
    user = ask.world.users[ask.world.api_user_id]
    return Answer(body={**user, "workspace": ask.world.workspace})


def my_project_tasks(ask: Ask) -> Answer:
    """All project tasks: an API key is an admin's, who sees every one."""
    tasks = ask.world.find_where("tasks", baseType="projecttask")
    return listed(ask, [task_shown(ask.world, task) for task in tasks])


def my_assigned_tasks(ask: Ask) -> Answer:
    """The API user's private tasks and those it is assigned to."""
    return _tasks_of(ask, ask.world.api_user_id)


def assigned_tasks(ask: Ask) -> Answer:
    """A user's private tasks and those they are assigned to."""
    return _tasks_of(ask, ask.subject("users", "userId", "user")["id"])


def _tasks_of(ask: Ask, user_id: str) -> Answer:
    theirs = [task for task in ask.world.tasks.values() if _is_of(task, user_id)]
    return listed(ask, [task_shown(ask.world, task) for task in theirs])


def list_absences(ask: Ask) -> Answer:
    return listed(ask, list(ask.world.table("absences").values()))


def workspace_absences(ask: Ask) -> Answer:
    """Days off of everybody, or of everybody in a region."""
    return listed(ask, list(ask.world.table("workspaceabsences").values()))


def _project(ask: Ask) -> Model:
    return ask.subject("projects", "projectId", "project")


def _is_of(task: Model, user_id: str) -> bool:
    assignees = [person["id"] for person in task.get("assignees") or []]
    return user_id in (task.get("userId"), *assignees)


def _current(ask: Ask, table: str) -> list[Model]:
    models = list(ask.world.table(table).values())
    return [m for m in models if _show_archived(ask) or not m.get("isArchived")]


def _show_archived(ask: Ask) -> bool:
    return ask.query.get("showArchived", "").lower() == "true"


def _without(model: Model, name: str) -> Model:
    return {key: value for key, value in model.items() if key != name}


ROUTES: Routes = {
    ("GET", "/projects"): list_projects,
    ("GET", "/projects/{projectId}"): get_project,
    ("GET", "/projects/{projectId}/projecttasks"): project_tasks,
    ("GET", "/projects/{projectId}/taskstatuses"): project_statuses,
    ("GET", "/projects/{projectId}/tasklists"): project_lists,
    ("GET", "/projects/{projectId}/members"): project_members,
    ("GET", "/typeofwork"): types_of_work,
    ("GET", "/users"): list_users,
    ("GET", "/users/{userId}"): get_user,
    ("GET", "/users/{userId}/capacity"): get_capacity,
    ("GET", "/users/{userId}/assignedtasks"): assigned_tasks,
    ("GET", "/me"): get_me,
    ("GET", "/me/projecttasks"): my_project_tasks,
    ("GET", "/me/assignedtasks"): my_assigned_tasks,
    ("GET", "/absences"): list_absences,
    ("GET", "/workspaceabsences"): workspace_absences,
}
