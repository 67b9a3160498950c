"""Write a comment on a task.

    - add_comment:
        task: "${entity.id}"
        message: "Planned ${entity.plannedDuration} seconds until ${entity.dueOn}."

Writes POST /tasks/{id}/comments. Must not be repeated: people would read it twice. Our own is
found again by the same text on the task, by our API user at or after the attempt.
Source: https://developers.awork.com, "Creates a comment on a task" (65,000 characters at most).
"""

from __future__ import annotations

from typing import Any

from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import oldest
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.trail import Trail

NAME = "add_comment"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "message": Parameter(ParameterKind.TEXT, required=True, about="the text"),
}
_LONGEST = 65_000
_SHOWN = 60


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Add one comment. See Action.run."""
    message = str(parameters["message"])
    if not 0 < len(message) <= _LONGEST:
        raise invalid("message", f"{len(message)} characters", f"1 to {_LONGEST} characters")
    path = f"/tasks/{values.reference(parameters, 'task')}/comments"
    shown = message if len(message) <= _SHOWN else message[: _SHOWN - 3] + "..."
    return context.effects.once(
        "comment",
        Request("POST", path, {"message": message}),
        find=lambda trail: _find(path, trail, context),
        summary=f"comment {shown!r}",
    )


def _find(path: str, trail: Trail, context: Context) -> dict[str, Any] | None:
    me = context.directory.me(context.awork)
    comments = context.awork.list(path)
    same = (one for one in comments if one.get("message") == trail.body["message"])
    return oldest(same, me, trail)
