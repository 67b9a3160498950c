"""The people of the sandbox during a chaos run: they edit tasks and projects, and move blocks.

Each edit makes the events that awork would send of it, stamped and versioned by the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from deploy.sandbox.day import working_day
from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import add_statuses, new_capacity, new_user, stable_id
from deploy.sandbox.shown import project_shown
from deploy.sandbox.stamps import read_instant, stamp
from deploy.sandbox.task_changes import change_task
from deploy.sandbox.world import World
from tests.chaos.rules import BLOCK_S, HOLDER, PLAIN, PLANNED
from workers.holdings import UNSEEN

PROJECTS, TASKS, PLANNED_TASKS = 8, 56, 8
PLANNERS = ("Ada Plan", "Ben Plan", "Cleo Plan")
_HOUR_S = 3600
#: how often each kind of edit is made
_SHARES = {
    "task_updated": 58,
    "task_status_changed": 14,
    "task_type_changed": 12,
    "taskassignment_added": 12,
    "project_updated": 4,
}


@dataclass(frozen=True)
class Edit:
    """What one person did, and the envelope awork sends of it."""

    #: unique; what rules write says it
    name: str
    kind: str
    entity_id: str
    envelope: Model = field(repr=False)

    @property
    def entity(self) -> Model:
        entity: Model = self.envelope["entity"]
        return entity

    @property
    def version(self) -> int:
        return int(self.entity["resourceVersion"])


@dataclass
class People:
    """Those who work in the sandbox's workspace."""

    world: World
    chance: Random
    #: the name of an own event's cause: called with each envelope of what the API user did
    on_own: Callable[[Model], object]
    tasks: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    moved: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _person: str = ""
    _told: list[Model] = field(default_factory=list)

    def settle_in(self) -> None:
        """Put people, projects and tasks into the world."""
        with self.world.muted():
            for name in (*PLANNERS, HOLDER):
                self._join(name)
            for number in range(PROJECTS):
                self._begin_project(number)
            for number in range(TASKS):
                self._begin_task(number)
        self._person = next(i for i, u in self.world.users.items() if u["firstName"] == "Mara")
        self.world.listeners.append(self._heard)

    def edit(self) -> Edit:
        """Change something, as a person."""
        (kind,) = self.chance.choices([*_SHARES], [*_SHARES.values()])
        if kind == "project_updated":
            return self.edit_project(self.chance.choice(self.projects))
        return self.edit_task(kind, self.chance.choice(self.tasks))

    def edit_task(self, kind: str, ident: str) -> Edit:
        """Change a task, with an event of this kind."""
        number = next(self._numbers)
        with self._as_person():
            task = self.world.tasks[ident]
            change_task(self.world, task, self._new(f"e{number}x", number, task), kind)
            return self._edit(f"e{number}x", kind, ident)

    def meddle(self) -> None:
        """Move a block that was planned, or delete it."""
        with self._as_person():
            ours = [b for b in self._blocks() if b["updatedBy"] == self._api_user]
            ahead = [b for b in ours if read_instant(b["startDate"]) > datetime.now(UTC)]
            if not ahead:
                return
            block = self.chance.choice(ahead)
            self.moved += 1
            # Lists may lag: what is not in them a minute after it was made counts as not shown yet.
            is_known = datetime.now(UTC) - read_instant(block["updatedOn"]) > UNSEEN
            if is_known and self.chance.random() < 0.6:
                self.world.remove("taskschedules", block["id"])
            else:
                later = {n: _a_day_later(block[n]) for n in ("startDate", "endDate")}
                self.world.touch(block, later)

    def _new(self, name: str, number: int, task: Model) -> Model:
        """What an edit makes of a task. No two edits have the same start."""
        wanted: Model = {"name": name, "plannedDuration": self.chance.randrange(4, 25) * 900}
        if task["description"] == PLAIN:
            start = datetime(2028, 1, 3, tzinfo=UTC) + timedelta(hours=number)
            return wanted | {
                "startOn": stamp(start),
                "dueOn": stamp(start + timedelta(seconds=BLOCK_S)),
            }
        return wanted

    def edit_project(self, ident: str) -> Edit:
        name = f"e{next(self._numbers)}x"
        with self._as_person():
            project = self.world.projects[ident]
            budget = self.chance.randrange(4, 160) * 900
            self.world.touch(project, {"name": name, "timeBudget": budget})
            shown, link = project_shown(self.world, project), f"/projects/{ident}"
            self.world.announce("project_updated", shown, entity_type="project", link=link)
            return self._edit(name, "project_updated", ident)

    def _edit(self, name: str, kind: str, ident: str) -> Edit:
        (envelope,) = self._told
        return Edit(name, kind, ident, envelope)

    @contextmanager
    def _as_person(self) -> Iterator[None]:
        """What is done now is not done by the API user. Holds the world."""
        with self.world.lock:
            self._api_user, self.world.api_user_id = self.world.api_user_id, self._person
            self._told = []
            try:
                yield
            finally:
                self.world.api_user_id = self._api_user

    def _heard(self, envelope: Model) -> None:
        if self.world.api_user_id == self._person:
            self._told.append(deepcopy(envelope))
        else:
            self.on_own(deepcopy(envelope))

    def _blocks(self) -> list[Model]:
        planned = set(self.planned)
        return [b for b in self.world.schedules.values() if b["taskId"] in planned]

    def _join(self, name: str) -> None:
        first, last = name.split()
        ident = stable_id(name)
        self.world.users[ident] = new_user({"id": ident, "firstName": first, "lastName": last})
        self.world.table("capacities")[ident] = new_capacity(ident)

    def _begin_project(self, number: int) -> None:
        like = next(iter(self.world.projects.values()))
        ident = stable_id(f"chaos project {number}")
        now = datetime.now(UTC)
        self.world.projects[ident] = deepcopy(like) | {
            "id": ident,
            "name": f"p{number}",
            "startDate": stamp(now + timedelta(days=2)),
            "dueDate": stamp(now + timedelta(days=60)),
        }
        add_statuses(self.world, ident)
        self.projects.append(ident)

    def _begin_task(self, number: int) -> None:
        like = self.world.tasks[next(iter(self.world.tasks))]
        ident, project = stable_id(f"chaos task {number}"), self.projects[number % PROJECTS]
        is_planned = number < PLANNED_TASKS
        person = self.world.users[stable_id(PLANNERS[number % len(PLANNERS)])]
        now = datetime.now(UTC)
        (todo,) = self.world.find_where("taskstatuses", projectId=project, type="todo")
        self.world.tasks[ident] = deepcopy(like) | {
            "id": ident,
            "projectId": project,
            "taskStatusId": todo["id"],
            "taskStatus": todo,
            "lists": [],
            "tags": [],
            "correlationId": ident,
            "description": PLANNED if is_planned else PLAIN,
            "startOn": stamp(working_day(now, 1)),
            "dueOn": stamp(working_day(now, 20)),
            "assignees": [
                {name: person.get(name, False) for name in _PERSON} | {"plannedEffort": _HOUR_S}
            ],
        }
        self.tasks.append(ident)
        if is_planned:
            self.planned.append(ident)


_PERSON = ("id", "firstName", "lastName", "hasImage", "isExternal")


def _a_day_later(instant: Any) -> str:
    return stamp(read_instant(instant) + timedelta(days=1))
