"""Stop a timer.

    - stop_timer:
        time_entry: "${entity.id}"

A timer that was stopped meanwhile is left alone, and so is whatever its person has started since.
Later actions see `stopped`, false when there was nothing to stop any more.

Writes POST /users/{id}/timetracking/stop. That stops whichever timer of the person runs, so it must
not be repeated blindly: right before it is sent, the first time and again, the entry is read, and
must have no end. What cannot be told apart is a person who stops it and starts another one within
that instant; should awork have stopped another entry, the record says so. Our own effect is found
again by the entry's end.
Source: https://developers.awork.com, "Stops the currently running time tracking of the specified
user".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.errors import RunFailed
from workers.actions import values
from workers.actions.base import Context, Parameters
from workers.actions.entry_form import is_running
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request

Item = Mapping[str, Any]

NAME = "stop_timer"
PARAMETERS = {
    "time_entry": Parameter(ParameterKind.ID, required=True, about="the entry whose timer runs")
}
_ENDED = "nothing is written: the timer does not run any more"


class _Ended(RunFailed):
    """The timer does not run any more."""

    def __init__(self) -> None:
        super().__init__("timer-ended", "the timer does not run any more")


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Stop one timer. See Action.run."""
    path = f"/timeentries/{values.needed(parameters, 'time_entry')}"
    entry = context.awork.one(path)
    # Kept: in a try after a lost answer it has ended, and that is our doing.
    if not context.effects.decided("running", lambda: is_running(entry)):
        return _left(entry, context, _ENDED)
    if not entry.get("userId"):
        return _left(entry, context, "nothing is written: the person it is of was deleted in awork")
    try:
        stopped = _stop(path, entry, context)
    except _Ended:
        # Somebody stopped it while the rule had to wait; nothing was sent.
        return _left(entry, context, _ENDED)
    if not stopped and not context.effects.shadow:
        return _left(entry, context, "awork had no timer to stop any more")
    if stopped.get("id", entry["id"]) != entry["id"]:
        return _left(entry, context, f"awork stopped another time entry: {stopped['id']}")
    return {**entry, **stopped, "stopped": True}


def _left(entry: Item, context: Context, why: str) -> dict[str, Any]:
    context.effects.notes.append(why)
    return {**entry, "stopped": False}


def _stop(path: str, entry: Item, context: Context) -> dict[str, Any]:
    def refuse_ended() -> None:
        if not is_running(entry):
            raise _Ended

    def find() -> dict[str, Any] | None:
        there = context.awork.one(path)
        # Without its id: stopping an entry does not make it ours.
        return None if is_running(there) else {n: v for n, v in there.items() if n != "id"}

    user = str(entry.get("userId"))
    stopped = context.effects.once(
        "timer",
        Request("POST", f"/users/{user}/timetracking/stop"),
        find=lambda _trail: find(),
        guard=refuse_ended,
        summary=f"timer of {context.directory.name_of(context.awork, user)} stopped",
    )
    if not context.effects.shadow:
        # The request names its person only: what was read of the entry is old all the same.
        context.awork.cache.drop([str(entry["id"]).lower()])
    return stopped
