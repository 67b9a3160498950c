"""The writes that set something of a task: for each an action, and what awork must be sent.

They make no object, so there is nothing to adopt: what was lost is sent again, or, where awork
would refuse it, found on the task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.sandbox.refusals import Model
from tests import samples
from tests.writes import TIMO

TASK_ID = samples.sample("task_added")["entity"]["id"]
MARA = "5458143e-8112-5d54-a0e3-c6eb2ab56030"
TODO = "d70ef0b7-6fe4-5382-a6db-055cbad47279"
REVIEW = "6ded13c5-f677-51d0-9725-d3ce55aa6492"


@dataclass(frozen=True)
class Setter:
    """One action at work on the task of the sample event."""

    name: str
    #: in flow style
    action: str
    #: whole path below awork's base
    path: str
    #: the body that awork must be sent
    body: Any
    #: the part of the task that it sets
    part: Callable[[Model], object]
    #: what it is then
    wanted: object
    #: what it was, in the sample
    before: object
    #: how often it is sent when its first answer was lost
    sent: int = 2


SETTERS = (
    Setter(
        name="change_status",
        action='change_status: {task: "${entity.id}", status: review}',
        path="/tasks/changestatuses",
        body=[{"taskId": TASK_ID, "statusId": REVIEW}],
        part=lambda task: task["taskStatusId"],
        wanted=REVIEW,
        before=TODO,
    ),
    Setter(
        name="add_tags",
        action='add_tags: {task: "${entity.id}", tags: [Billable, urgent, "${entity.name}"]}',
        path=f"/tasks/{TASK_ID}/addtags",
        body=[{"name": "urgent"}, {"name": "Build checkout page"}],
        part=lambda task: [tag["name"] for tag in task["tags"]],
        wanted=["billable", "urgent", "Build checkout page"],
        before=["billable"],
        sent=1,
    ),
    Setter(
        name="set_assignees",
        action='set_assignees: {task: "${entity.id}", assignees: Mara Jensen}',
        path=f"/tasks/{TASK_ID}/setassignees",
        body=[MARA],
        part=lambda task: [person["id"] for person in task["assignees"]],
        wanted=[MARA],
        before=[TIMO],
    ),
    Setter(
        name="set_priority",
        action='set_priority: {task: "${entity.id}", prio: true}',
        path="/tasks/settaskpriority",
        body={"taskId": TASK_ID, "isPrio": True},
        part=lambda task: task["isPrio"],
        wanted=True,
        before=False,
    ),
    Setter(
        name="set_planned_efforts",
        action='set_planned_efforts: {task: "${entity.id}", efforts: 1h30m}',
        path=f"/tasks/{TASK_ID}/setplannedefforts",
        body=[{"userId": TIMO, "plannedEffort": 5_400}],
        part=lambda task: [person["plannedEffort"] for person in task["assignees"]],
        wanted=[5_400],
        before=[21_600],
    ),
)
