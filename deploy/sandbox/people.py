"""People: who they are, how long they work, and which tasks are theirs.

Source: the contract's operations on `/users` and `/me`.
"""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.changes import differences
from deploy.sandbox.lists import current, listed, wants_archived
from deploy.sandbox.refusals import Model, invalid, not_found
from deploy.sandbox.seed import new_capacity
from deploy.sandbox.shown import task_shown
from deploy.sandbox.stamps import stamp

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORKDAYS = DAYS[:5]

_PUT_PROPERTIES = ("birthDate", "firstName", "gender", "language", "lastName", "position", "title")


def list_users(ask: Ask) -> Answer:
    """People; the API user is among them only with `showArchived=true`."""
    users = current(ask, "users")
    if not wants_archived(ask):
        users = [user for user in users if user["id"] != ask.world.api_user_id]
    return listed(ask, users)


def get_user(ask: Ask) -> Answer:
    return Answer(body=_user(ask))


def put_user(ask: Ask) -> Answer:
    """Replaces the properties of the form; what it leaves out is emptied."""
    user = _user(ask)
    new = {name: ask.body.get(name) for name in _PUT_PROPERTIES}
    changes = differences(user, new)
    ask.world.touch(user, new)
    link = f"/users/{user['id']}"
    ask.world.announce("user_updated", user, entity_type="user", link=link, changes=changes)
    return Answer(body=user)


def delete_user(ask: Ask) -> Answer:
    """A soft delete: what the person made stays theirs."""
    user, now = _user(ask), stamp(ask.world.clock())
    gone = {"isArchived": True, "isDeactivated": True, "deletedOn": now, "deactivatedOn": now}
    ask.world.touch(user, gone)
    ask.world.announce("user_deleted", user, entity_type="user", link=f"/users/{user['id']}")
    return NO_CONTENT


def get_me(ask: Ask) -> Answer:
    user = ask.world.users[ask.world.api_user_id]
    return Answer(body={**user, "workspace": ask.world.workspace})


def get_capacity(ask: Ask) -> Answer:
    return Answer(body=ask.subject("capacities", "userId", "user"))


def put_capacity(ask: Ask) -> Answer:
    """Sets seconds for each day of the week.

    A week alone is spread over Monday to Friday, days left out are free, nothing at all is the
    default of new users.
    """
    capacity = ask.subject("capacities", "userId", "user")
    given = {day: ask.body.get(day) for day in DAYS}
    for day, seconds in given.items():
        if seconds is not None and seconds < 0:
            raise invalid(day, f"must not be negative: {seconds}")
    weekly = {day: seconds or 0 for day, seconds in given.items()}
    if all(seconds is None for seconds in given.values()):
        weekly = _spread(ask.body.get("capacityPerWeek"))
    new = {"weeklyCapacity": weekly, "capacityPerWeek": sum(weekly.values())}
    ask.world.touch(capacity, new)
    return Answer(body=capacity)


def _spread(week_s: int | None) -> Model:
    if week_s is None:
        default: Model = new_capacity("")["weeklyCapacity"]
        return default
    return {day: week_s // len(_WORKDAYS) if day in _WORKDAYS else 0 for day in DAYS}


def my_project_tasks(ask: Ask) -> Answer:
    """All project tasks: an API key is an admin's, who sees every one."""
    tasks = ask.world.find_where("tasks", baseType="projecttask")
    return listed(ask, [task_shown(ask.world, task) for task in tasks])


def my_assigned_tasks(ask: Ask) -> Answer:
    """The API user's private tasks and those it is assigned to."""
    return _tasks_of(ask, ask.world.api_user_id)


def my_assigned_task(ask: Ask) -> Answer:
    return _task_of(ask, ask.world.api_user_id)


def assigned_tasks(ask: Ask) -> Answer:
    """A user's private tasks and those they are assigned to."""
    return _tasks_of(ask, _user(ask)["id"])


def assigned_task(ask: Ask) -> Answer:
    return _task_of(ask, _user(ask)["id"])


def _tasks_of(ask: Ask, user_id: str) -> Answer:
    theirs = [task for task in ask.world.tasks.values() if _is_of(task, user_id)]
    return listed(ask, [task_shown(ask.world, task) for task in theirs])


def _task_of(ask: Ask, user_id: str) -> Answer:
    task = ask.subject("tasks", "taskId", "task")
    if not _is_of(task, user_id):
        raise not_found("task of this user", task["id"])
    return Answer(body=task_shown(ask.world, task))


def _is_of(task: Model, user_id: str) -> bool:
    assignees = [person["id"] for person in task.get("assignees") or []]
    return user_id in (task.get("userId"), *assignees)


def _user(ask: Ask) -> Model:
    return ask.subject("users", "userId", "user")


ROUTES: Routes = {
    ("GET", "/users"): list_users,
    ("GET", "/users/{userId}"): get_user,
    ("PUT", "/users/{userId}"): put_user,
    ("DELETE", "/users/{userId}"): delete_user,
    ("GET", "/users/{userId}/capacity"): get_capacity,
    ("PUT", "/users/{userId}/capacity"): put_capacity,
    ("GET", "/users/{userId}/assignedtasks"): assigned_tasks,
    ("GET", "/users/{userId}/assignedtasks/{taskId}"): assigned_task,
    ("GET", "/me"): get_me,
    ("GET", "/me/projecttasks"): my_project_tasks,
    ("GET", "/me/assignedtasks"): my_assigned_tasks,
    ("GET", "/me/assignedtasks/{taskId}"): my_assigned_task,
}
