"""Workiva's tasks: created, read, changed, deleted, as both of its APIs show them.

Performs no I/O. Every handler judges before it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.sandbox.refusals import Flaw, Model
from deploy.sandbox.workiva import forms, progress
from deploy.sandbox.workiva.refusals import Refused, conflict, wrong
from deploy.sandbox.workiva.versions import Version
from deploy.sandbox.workiva.workspace import Workspace

#: what PATCH may replace
REPLACED = ("approvalSteps", "assignees", "description", "dueDate", "location", "owner", "title")
_OPERATION = {"op", "path", "value"}


def create(workspace: Workspace, said: Any, version: Version) -> Model:
    """A new task."""
    given = forms.new_task(said, version)
    task = {**workspace.blank(workspace.new_id()), **given}
    if task["status"] == "Completed":
        task["completed"] = {"dateTime": task["created"]["dateTime"]}
    workspace.tasks[task["id"]] = task
    return task


def change(workspace: Workspace, task: Model, said: Any, version: Version) -> Model:
    """The task after a JSON Patch; all of it is applied, or nothing."""
    wanted = _replacements(said, version)
    if _differs(task, wanted, "location") and task["location"] is not None:
        raise conflict("/location", "The location is set, and cannot be changed any more.")
    is_restarted = _is_restarted(task, wanted)
    if "approvalSteps" in wanted:
        _keep_responses(task, wanted["approvalSteps"])
    task.update(wanted)
    if is_restarted:
        progress.restart(task)
    task["modified"] = workspace.act()
    return task


def shown(task: Model, version: Version) -> Model:
    """A task as an API answers it: what it calls its deadline is the one difference."""
    model = {name: value for name, value in task.items() if name != "dueDate"}
    return {**model, version.due: task["dueDate"]}


def _replacements(said: Any, version: Version) -> Model:
    if not isinstance(said, list) or not said:
        raise wrong("", "must be a list of JSON Patch operations")
    found: Model = {}
    for index, operation in enumerate(said):
        name = _replaced(operation, f"[{index}]")
        found[name] = forms.changed(name, operation["value"], version)
    return found


def _replaced(operation: Any, at: str) -> str:
    """The property an operation replaces."""
    if not isinstance(operation, dict) or set(operation) != _OPERATION:
        raise wrong(at, "must have op, path and value")
    if operation["op"] != "replace":
        raise wrong(f"{at}.op", f"must be replace, not {operation['op']}")
    name = str(operation["path"]).removeprefix("/")
    if operation["path"] != f"/{name}" or name not in REPLACED:
        known = ", ".join(f"/{each}" for each in REPLACED)
        raise Refused(400, [Flaw(f"{at}.path", f"must be one of {known}")])
    return name


def _is_restarted(task: Model, wanted: Mapping[str, Any]) -> bool:
    """Changed assignees, a changed location, and changed participants who have approved before."""
    if _differs(task, wanted, "assignees") or _differs(task, wanted, "location"):
        return True
    steps = wanted.get("approvalSteps", task["approvalSteps"])
    return any(
        step["responses"] and step["participants"] != _participants(steps, index)
        for index, step in enumerate(task["approvalSteps"])
    )


def _keep_responses(task: Model, steps: list[Model]) -> None:
    for before, after in zip(task["approvalSteps"], steps, strict=False):
        after["responses"] = before["responses"]


def _participants(steps: list[Model], index: int) -> list[Model] | None:
    return steps[index]["participants"] if index < len(steps) else None


def _differs(task: Model, wanted: Mapping[str, Any], name: str) -> bool:
    return name in wanted and wanted[name] != task[name]
