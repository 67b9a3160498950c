"""Which model stands behind each root of each kind. Data only.

Where awork documents the entity of an event nowhere, it may be any of several models, and a field
of any of them is taken: the first is what the samples show.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.rules.subjects import ENTITY

#: what an entity is -> models that it may be
_MODELS: Mapping[str, tuple[str, ...]] = {
    "absence": ("Absence",),
    "company": ("Company",),
    "project": ("Project",),
    "project comment": ("Comment", "Project"),
    "project member": ("ProjectMember",),
    "task": ("TaskModel",),
    "assignment": ("TaskModel", "TaskAssignment"),
    "task comment": ("Comment", "TaskModel"),
    "task list": ("TaskList",),
    "time entry": ("TimeTracking",),
    "task schedule": ("TaskSchedule",),
    "user": ("User",),
}

#: kind -> models that its entity may be
ENTITY_OF: Mapping[str, tuple[str, ...]] = {kind: _MODELS[is_] for kind, is_ in ENTITY.items()}

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
