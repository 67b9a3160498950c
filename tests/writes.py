"""The five writes: for each a rule, an event that it matches, and what awork must be sent.

Ids, units and zones are worked out here by hand, from the samples: Berlin is UTC+1 in November.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests import samples

TIMO = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"


@dataclass(frozen=True)
class Case:
    """One action at work."""

    name: str
    #: one entry of `rules`
    rule: str
    event: Callable[[], dict[str, Any]]
    #: whole path below awork's base
    path: str
    #: the sandbox's table in which the write is seen
    table: str
    #: the body that awork must be sent, less the marker
    body: dict[str, Any]
    #: field that ends with the marker, if any
    marked: str = ""

    @property
    def rules(self) -> str:
        return "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:\n" + self.rule


_TASK = samples.sample("task_added")["entity"]
_PROJECT = samples.sample("project_added")["entity"]
_ASSIGNED = samples.sample("taskassignment_added")["entity"]
_DONE = samples.sample("task_status_changed", "progress to done, no time tracked")["entity"]

CASES = (
    Case(
        name="create_schedule",
        rule="""
  - id: plan
    when: taskassignment_added
    do:
      - create_schedule:
          task: "${entity.id}"
          user: Timo Brandt
          start: "2026-11-23T09:00"
          end: "2026-11-23T12:30:00+01:00"
""",
        event=lambda: samples.fresh("taskassignment_added"),
        path="/taskschedules",
        table="schedules",
        body={
            "taskId": _ASSIGNED["id"],
            "userId": TIMO,
            "startDate": "2026-11-23T08:00:00Z",
            "endDate": "2026-11-23T11:30:00Z",
        },
    ),
    Case(
        name="book_project",
        rule="""
  - id: book
    when: project_status_changed
    do:
      - book_project:
          project: "${entity.id}"
          users: [Timo Brandt]
          from: "2026-11-23"
          to: "2026-12-04"
          duration: 2d
          description: Reserved for ${entity.name}
""",
        event=lambda: samples.fresh("project_status_changed"),
        path="/projecttimebookings",
        table="bookings",
        body={
            "userId": TIMO,
            "projectId": samples.sample("project_status_changed")["entity"]["id"],
            "startDate": "2026-11-23",
            "endDate": "2026-12-04",
            "duration": 172_800,
            "description": "Reserved for "
            + samples.sample("project_status_changed")["entity"]["name"],
        },
    ),
    Case(
        name="log_time",
        rule="""
  - id: log
    when: task_status_changed
    do:
      - log_time:
          user: "${entity.assignees.0.id}"
          task: "${entity.id}"
          start: "2026-11-23T09:15"
          duration: 1h30m
          note: Handed over
          billable: false
""",
        event=lambda: samples.fresh("task_status_changed", "progress to done, no time tracked"),
        path="/timeentries",
        table="entries",
        body={
            "timezone": "Europe/Berlin",
            "userId": _DONE["assignees"][0]["id"],
            "typeOfWorkId": _DONE["typeOfWorkId"],
            "taskId": _DONE["id"],
            "isBillable": False,
            "note": "Handed over",
            "startDateUtc": "2026-11-23T00:00:00Z",
            "startTimeUtc": "08:15:00",
            "duration": 5_400,
        },
        marked="note",
    ),
    Case(
        name="create_task",
        rule="""
  - id: kick-off
    when: project_added
    do:
      - create_task:
          name: "Kick-off: ${entity.name}"
          project: "${entity.id}"
          description: Agree on goals.
          due_on: "2026-11-27T17:00"
          planned_duration: 90m
          type_of_work: Development
          prio: true
""",
        event=lambda: samples.fresh("project_added"),
        path="/tasks",
        table="tasks",
        body={
            "name": f"Kick-off: {_PROJECT['name']}",
            "baseType": "projecttask",
            "entityId": _PROJECT["id"],
            "description": "Agree on goals.",
            "dueOn": "2026-11-27T16:00:00Z",
            "plannedDuration": 5_400,
            "typeOfWorkId": _TASK["typeOfWorkId"],
            "isPrio": True,
        },
        marked="description",
    ),
    Case(
        name="add_comment",
        rule="""
  - id: greet
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: "Planned for ${entity.plannedDuration} s"}
""",
        event=lambda: samples.fresh("task_added"),
        path=f"/tasks/{_TASK['id']}/comments",
        table="comments",
        body={"message": f"Planned for {_TASK['plannedDuration']} s"},
    ),
)

#: all five rules as one set
ALL_RULES = "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:\n" + "".join(
    case.rule for case in CASES
)


def without_marker(body: dict[str, Any], case: Case) -> dict[str, Any]:
    """The body less the marker, which must be there where the case says so."""
    if not case.marked:
        return body
    text, _, marker = body[case.marked].rpartition("⟨")
    assert marker.startswith("hw:"), body
    assert marker.endswith("⟩"), body
    return {**body, case.marked: text.strip()}
