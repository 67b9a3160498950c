"""A task's way from created to completed: which action leads where.

Performs no I/O. Workiva's pages name the statuses and the actions, not every step between them;
what is here is the smallest machine they allow, and an action that does not fit is a conflict:

    Created, Started, Returned, Reworking -SUBMIT-> Awaiting Approval; Completed without steps
    Awaiting Approval, Approved -APPROVE, SKIP-> Approved; Completed after the last step
    Awaiting Approval, Approved -REJECT-> Returned
    anything but Completed and Cancelled -CANCEL-> Cancelled
    anything but Created -RESTART-> Created

A step whose mode is ONE is done by one approval, one whose mode is ALL by one of each participant;
all of them come from the grant's user here. SKIP ends a step at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva.refusals import conflict

_BEFORE = ("Created", "Started", "Returned", "Reworking")
_WAITING = ("Awaiting Approval", "Approved")
_ENDED = ("Completed", "Cancelled")
#: for each action the statuses it does not fit
_FITS: Mapping[str, tuple[str, ...]] = {"SUBMIT": _BEFORE} | dict.fromkeys(
    ("APPROVE", "REJECT", "SKIP"), _WAITING
)


def act(task: Model, action: str, comment: str | None, act: Model) -> None:
    """Do one action. act: who, and when. Raises Refused for one that does not fit the status."""
    if not _fits(task["status"], action):
        raise conflict("action", f"{action} does not fit the status {task['status']}.")
    match action:
        case "SUBMIT":
            _forget_responses(task)
            _move_on(task, "Awaiting Approval", act)
        case "APPROVE" | "SKIP":
            _respond(task, action, comment, act)
            _move_on(task, "Approved", act)
        case "REJECT":
            _respond(task, action, comment, act)
            task["status"] = "Returned"
        case "CANCEL":
            task["status"] = "Cancelled"
        case "RESTART":
            restart(task)
    task["modified"] = act


def restart(task: Model) -> None:
    """Begin again: as if it was just created."""
    _forget_responses(task)
    task.pop("completed", None)
    task["status"] = "Created"


def _fits(status: str, action: str) -> bool:
    if action == "CANCEL":
        return status not in _ENDED
    if action == "RESTART":
        return status != "Created"
    return status in _FITS[action]


def _move_on(task: Model, status: str, act: Model) -> None:
    """To the status, or to the end when no step is left."""
    if _current(task) is not None:
        # An approval that is not yet all its step needs changes nothing.
        task["status"] = status
        return
    task["status"] = "Completed"
    task["completed"] = {"dateTime": act["dateTime"]}


def _respond(task: Model, action: str, comment: str | None, act: Model) -> None:
    step = _current(task)
    if step is None:
        raise conflict("action", f"No approval step is left for {action}.")
    step["responses"].append({"action": action, "comment": comment, "created": act})


def _current(task: Model) -> Model | None:
    """The first step that is not done."""
    return next((step for step in task["approvalSteps"] if not _is_done(step)), None)


def _is_done(step: Model) -> bool:
    actions = [response["action"] for response in step["responses"]]
    needed = max(1, len(step["participants"])) if step["completionMode"] == "ALL" else 1
    return "SKIP" in actions or actions.count("APPROVE") >= needed


def _forget_responses(task: Model) -> None:
    for step in task["approvalSteps"]:
        step["responses"] = []
