"""Which model stands behind each root of each kind. Data only.

Where awork documents the entity of an event nowhere, it may be any of several models, and a field
of any of them is taken: the first is what the samples show.
"""

from __future__ import annotations

from collections.abc import Mapping

_ABSENCE = ("Absence",)
_COMPANY = ("Company",)
_PROJECT = ("Project",)
_PROJECT_COMMENT = ("Comment", "Project")
_PROJECT_MEMBER = ("ProjectMember",)
_TASK = ("TaskModel",)
_TASK_ASSIGNMENT = ("TaskModel", "TaskAssignment")
_TASK_COMMENT = ("Comment", "TaskModel")
_TASK_LIST = ("TaskList",)
_TIME_ENTRY = ("TimeTracking",)
_USER = ("User",)

#: kind -> models that its entity may be
ENTITY_OF: Mapping[str, tuple[str, ...]] = {
    "absence_added": _ABSENCE,
    "absence_updated": _ABSENCE,
    "absence_deleted": _ABSENCE,
    "company_added": _COMPANY,
    "company_updated": _COMPANY,
    "company_type_changed": _COMPANY,
    "company_deleted": _COMPANY,
    "project_added": _PROJECT,
    "project_updated": _PROJECT,
    "project_status_changed": _PROJECT,
    "project_type_changed": _PROJECT,
    "project_deleted": _PROJECT,
    "project_comment_added": _PROJECT_COMMENT,
    "projectmember_added": _PROJECT_MEMBER,
    "projectmember_deleted": _PROJECT_MEMBER,
    "task_added": _TASK,
    "task_updated": _TASK,
    "task_status_changed": _TASK,
    "task_type_changed": _TASK,
    "task_deleted": _TASK,
    "taskassignment_added": _TASK_ASSIGNMENT,
    "taskassignment_deleted": _TASK_ASSIGNMENT,
    "task_comment_added": _TASK_COMMENT,
    "tasklist_added": _TASK_LIST,
    "tasklist_updated": _TASK_LIST,
    "tasklist_deleted": _TASK_LIST,
    "timetracking_added": _TIME_ENTRY,
    "timetracking_updated": _TIME_ENTRY,
    "timetracking_type_changed": _TIME_ENTRY,
    "timetracking_deleted": _TIME_ENTRY,
    "user_added": _USER,
    "user_updated": _USER,
    "user_activation_changed": _USER,
    "user_status_changed": _USER,
    "user_deleted": _USER,
    "cron:tasks": _TASK,
    "cron:running_timers": _TIME_ENTRY,
    "cron:schedules": ("TaskSchedule",),
    "cron:users": _USER,
}

#: root -> awork's model and the facts worked out beside it, for the roots that need no event
ROOT_MODELS: Mapping[str, tuple[str, ...]] = {
    "event": ("Event", "EventFacts"),
    "task": ("TaskModel", "TaskFacts"),
    "project": ("Project",),
    "timeEntry": ("TimeTracking", "TimeEntryFacts"),
    "user": ("User", "UserFacts"),
    "assignee": ("User", "UserFacts"),
}

#: a deleted object is not read any more: nothing can be worked out beside what the event shows
GONE = frozenset(
    {("task_deleted", "task"), ("timetracking_deleted", "timeEntry"), ("user_deleted", "user")}
)

#: what people call these, for messages; any other model is named by its path
NOUNS: Mapping[str, str] = {
    "Absence": "an absence",
    "Comment": "a comment",
    "Company": "a company",
    "Event": "an event",
    "Project": "a project",
    "ProjectMember": "a project member",
    "TaskAssignment": "an assignment",
    "TaskList": "a task list",
    "TaskModel": "a task",
    "TaskSchedule": "a task schedule",
    "TimeTracking": "a time entry",
    "User": "a user",
}
