"""What rules can do. One file for each action, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from workers.actions import (
    add_comment,
    add_tags,
    adjust_time_entry,
    book_project,
    change_status,
    create_schedule,
    create_task,
    create_workiva_task,
    log_time,
    notify,
    plan_task,
    set_assignees,
    set_planned_efforts,
    set_priority,
    stop_timer,
    sync_workiva_task,
    unplan_task,
)
from workers.actions.base import Action
from workers.rules.vocabulary import Parameter

_ALL: tuple[Action, ...] = (
    create_schedule,
    plan_task,
    unplan_task,
    book_project,
    log_time,
    adjust_time_entry,
    stop_timer,
    create_task,
    change_status,
    set_assignees,
    set_planned_efforts,
    set_priority,
    add_tags,
    add_comment,
    create_workiva_task,
    sync_workiva_task,
    notify,
)

ACTIONS: Mapping[str, Action] = {action.NAME: action for action in _ALL}

#: what the loader of rules checks actions and parameters against
VOCABULARY: Mapping[str, Mapping[str, Parameter]] = {
    name: action.PARAMETERS for name, action in ACTIONS.items()
}
