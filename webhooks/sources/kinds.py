"""The kinds of events awork has. Data only.

Source: awork's webhook documentation and its n8n node (35 names, the same in both);
the aliases stood in older copies of the documentation.
"""

from __future__ import annotations

#: every event name of awork, as sent in `eventType`
KINDS: tuple[str, ...] = (
    "absence_added",
    "absence_updated",
    "absence_deleted",
    "company_added",
    "company_updated",
    "company_type_changed",
    "company_deleted",
    "project_added",
    "project_updated",
    "project_status_changed",
    "project_type_changed",
    "project_deleted",
    "project_comment_added",
    "projectmember_added",
    "projectmember_deleted",
    "task_added",
    "task_updated",
    "task_status_changed",
    "task_type_changed",
    "task_deleted",
    "taskassignment_added",
    "taskassignment_deleted",
    "task_comment_added",
    "tasklist_added",
    "tasklist_updated",
    "tasklist_deleted",
    "timetracking_added",
    "timetracking_updated",
    "timetracking_type_changed",
    "timetracking_deleted",
    "user_added",
    "user_updated",
    "user_activation_changed",
    "user_status_changed",
    "user_deleted",
)

#: names that only older documentation has, and what awork calls them now
ALIASES: dict[str, str] = {
    "project_task_added": "task_added",
    "project_task_deleted": "task_deleted",
    "task_changed": "task_updated",
    "task_list_added": "tasklist_added",
    "task_list_updated": "tasklist_updated",
    "task_list_deleted": "tasklist_deleted",
    "client_added": "company_added",
    "client_updated": "company_updated",
    "client_deleted": "company_deleted",
}
