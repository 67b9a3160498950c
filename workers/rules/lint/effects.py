"""What the writes of each action cause at awork: events that come back, things that are set. Data.

A line here for each action; an action without one causes nothing that a rule could hear of.
Sources: awork's list of events; which of them a call raises is what their names say. For schedules
and bookings there is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_NONE: frozenset[str] = frozenset()
_UPDATED = frozenset({"task_updated"})
_ASSIGNED = frozenset({"task_updated", "taskassignment_added"})
_STATUS = frozenset({"task_status_changed", "task_updated"})


@dataclass(frozen=True)
class Effect:
    """What one action causes."""

    #: kinds of events that its write raises
    raises: frozenset[str] = _NONE
    #: parameter -> kinds that are raised as well when it is given
    with_parameter: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: parameter -> field of the raised event's object that then has its value
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what it sets, in words; two that set the same thing to different values undo each other
    sets: str = ""
    #: the parameter that names the object it sets it of
    of: str = "task"
    #: the parameter with the value; empty: the action itself is the value
    to: str = ""
    #: the parameter with which it only adds to what is there
    adding: str = ""
    #: words that stand for a value only awork knows
    words: frozenset[str] = _NONE


EFFECTS: Mapping[str, Effect] = {
    "log_time": Effect(frozenset({"timetracking_added"}), shows={"note": ("note",)}),
    "add_comment": Effect(frozenset({"task_comment_added"}), shows={"message": ("message",)}),
    "create_task": Effect(
        frozenset({"task_added"}),
        with_parameter={"assignees": _ASSIGNED, "tags": _UPDATED, "custom_fields": _UPDATED},
        shows={"name": ("name",), "prio": ("isPrio",)},
    ),
    "adjust_time_entry": Effect(
        frozenset({"timetracking_updated"}),
        with_parameter={
            "rest_as": frozenset({"timetracking_added"}),
            "type_of_work": frozenset({"timetracking_type_changed"}),
        },
        shows={"note": ("note",), "billable": ("isBillable",)},
        sets="billable",
        of="time_entry",
        to="billable",
    ),
    "stop_timer": Effect(frozenset({"timetracking_updated"})),
    "change_status": Effect(
        _STATUS,
        shows={"status": ("taskStatus", "name")},
        sets="the status",
        to="status",
        words=frozenset({"previous"}),
    ),
    "add_tags": Effect(_UPDATED),
    "set_assignees": Effect(
        _ASSIGNED | {"taskassignment_deleted"},
        sets="the assignees",
        to="assignees",
        adding="keep",
    ),
    "set_priority": Effect(_UPDATED, shows={"prio": ("isPrio",)}, sets="the priority", to="prio"),
    "set_planned_efforts": Effect(_UPDATED, sets="the planned efforts", to="efforts"),
    "plan_task": Effect(sets="the schedules"),
    "unplan_task": Effect(sets="the schedules"),
}


def raised(action: str, parameters: Mapping[str, object]) -> frozenset[str]:
    """The kinds of events that one call of an action raises."""
    effect = EFFECTS.get(action, Effect())
    given = (kinds for name, kinds in effect.with_parameter.items() if name in parameters)
    return effect.raises.union(*given)
