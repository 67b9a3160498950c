"""What rules can do. One file for each action, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from workers.actions import add_comment, book_project, create_schedule, create_task, log_time
from workers.actions.base import Action
from workers.rules.vocabulary import Parameter

ACTIONS: Mapping[str, Action] = {
    create_schedule.NAME: create_schedule,
    create_task.NAME: create_task,
    book_project.NAME: book_project,
    log_time.NAME: log_time,
    add_comment.NAME: add_comment,
}

#: what the loader of rules checks actions and parameters against
VOCABULARY: Mapping[str, Mapping[str, Parameter]] = {
    name: action.PARAMETERS for name, action in ACTIONS.items()
}
