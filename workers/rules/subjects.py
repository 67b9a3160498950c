"""What an event is about: where its entity names the task, project, entry and person behind it.

Data and two look-ups; performs no I/O. Two things rest on the same table, so that they cannot
disagree: the check that a rule's paths exist (registry.py), and the reading of whole objects.

    ROOTS_OF["timetracking_added"]["task"]  == ("taskId",)     the id stands in entity.taskId
    ROOTS_OF["task_updated"]["task"]        == ()              the entity itself is the task
    "timeEntry" in ROOTS_OF["task_updated"] is False           such an event has no time entry

A path ends at an id. Where it is empty the id is the entity's own. A root that the table lacks for
a kind can never be there; one it has may still be absent (an entry without a task). A few objects
are named only inside another one, which must be read first: `start_of` says which.

What the clock starts counts as a kind of its own for each list it can run over, `cron:tasks` and
so on; its entity is the item of that list.

Sources: awork's model reference and the payloads of its webhooks. The entities of assignment,
comment, member and list events are documented nowhere; theirs is what the samples show.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.rules.facts import Path

#: the roots that are whole objects, in the order of the language's table
SUBJECTS = ("task", "project", "timeEntry", "user", "assignee")
#: what the kinds of the clock begin with; the list's name follows
CRON = "cron:"

_FIRST_ASSIGNEE: Path = ("assignees", 0, "id")

_TASK: Mapping[str, Path] = {
    "task": (),
    "project": ("projectId",),
    "assignee": _FIRST_ASSIGNEE,
}
_TASK_COMMENT: Mapping[str, Path] = {
    "task": ("entityId",),
    "project": ("projectId",),
    "assignee": _FIRST_ASSIGNEE,
}
_PROJECT: Mapping[str, Path] = {"project": ()}
_PROJECT_COMMENT: Mapping[str, Path] = {"project": ("entityId",)}
_PROJECT_MEMBER: Mapping[str, Path] = {"project": ("projectId",), "user": ("userId",)}
_TASK_LIST: Mapping[str, Path] = {"project": ("projectId",)}
_TIME_ENTRY: Mapping[str, Path] = {
    "task": ("taskId",),
    "project": ("projectId",),
    "timeEntry": (),
    "user": ("userId",),
}
_TASK_SCHEDULE: Mapping[str, Path] = {
    "task": ("taskId",),
    "project": ("projectId",),
    "user": ("userId",),
}
_ABSENCE: Mapping[str, Path] = {"user": ("userId",)}
_USER: Mapping[str, Path] = {"user": ()}
_COMPANY: Mapping[str, Path] = {}

#: what an event's entity is -> root -> path of its id
_ROOTS: Mapping[str, Mapping[str, Path]] = {
    "absence": _ABSENCE,
    "company": _COMPANY,
    "project": _PROJECT,
    "project comment": _PROJECT_COMMENT,
    "project member": _PROJECT_MEMBER,
    "task": _TASK,
    "assignment": _TASK,
    "task comment": _TASK_COMMENT,
    "task list": _TASK_LIST,
    "time entry": _TIME_ENTRY,
    "task schedule": _TASK_SCHEDULE,
    "user": _USER,
}

#: kind -> what its entity is: the one list of kinds that the rules' tables are made from
ENTITY: Mapping[str, str] = {
    "absence_added": "absence",
    "absence_updated": "absence",
    "absence_deleted": "absence",
    "company_added": "company",
    "company_updated": "company",
    "company_type_changed": "company",
    "company_deleted": "company",
    "project_added": "project",
    "project_updated": "project",
    "project_status_changed": "project",
    "project_type_changed": "project",
    "project_deleted": "project",
    "project_comment_added": "project comment",
    "projectmember_added": "project member",
    "projectmember_deleted": "project member",
    "task_added": "task",
    "task_updated": "task",
    "task_status_changed": "task",
    "task_type_changed": "task",
    "task_deleted": "task",
    "taskassignment_added": "assignment",
    "taskassignment_deleted": "assignment",
    "task_comment_added": "task comment",
    "tasklist_added": "task list",
    "tasklist_updated": "task list",
    "tasklist_deleted": "task list",
    "timetracking_added": "time entry",
    "timetracking_updated": "time entry",
    "timetracking_type_changed": "time entry",
    "timetracking_deleted": "time entry",
    "user_added": "user",
    "user_updated": "user",
    "user_activation_changed": "user",
    "user_status_changed": "user",
    "user_deleted": "user",
    "cron:tasks": "task",
    "cron:running_timers": "time entry",
    "cron:schedules": "task schedule",
    "cron:users": "user",
}

#: kind -> root -> path of its id, from the entity unless `start_of` names another start
ROOTS_OF: Mapping[str, Mapping[str, Path]] = {kind: _ROOTS[is_] for kind, is_ in ENTITY.items()}

#: comments and schedules name their task alone: project and assignee stand in the task
_IN_THE_TASK = frozenset(
    {
        ("task_comment_added", "project"),
        ("task_comment_added", "assignee"),
        ("cron:schedules", "project"),
    }
)


def subject(kind: str, root: str) -> Path | None:
    """Where the id of a root's object stands.

    kind: awork's name of today, or `cron:` and the list's name.
    Returns the path, () when the start itself is the object, None when events of this kind have
    no such object (or the kind is unknown).
    """
    return ROOTS_OF.get(kind, {}).get(root)


def start_of(kind: str, root: str) -> str:
    """Where `subject`'s path is followed from: "entity", or the root to read before, "task"."""
    return "task" if (kind, root) in _IN_THE_TASK else "entity"
