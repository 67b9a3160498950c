"""A worker, a task and people's calendars, on a Monday morning in Berlin before anybody works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.trying import MARA, TIMO
from tests.worker import Clock, Worker, with_rules, worker
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.journal import Run
from workers.drain import work_on

BERLIN = ZoneInfo("Europe/Berlin")
_NO_RULE = """
version: 1
rules:
  - {id: none, when: task_added, do: [unplan_task: {task: "${task.id}"}]}
"""
#: more than any of them takes
_TRIES = 12
#: a Monday; far from a change of the clocks
MONDAY = datetime(2027, 1, 11, tzinfo=BERLIN)
HOURS = '{mon-fri: ["09:00-12:30", "13:30-17:30"]}'
TASK: dict[str, Any] = samples.sample("task_added")["entity"]
TASK_ID: str = TASK["id"]
OTHER_ID = "11111111-2222-4333-8444-555555555555"


@dataclass
class Office:
    """The sandbox's workspace, and one worker with one rule."""

    worker: Worker
    sandbox: Sandbox
    clock: Clock
    _rules: str = field(default="")

    def rule(
        self,
        action: str,
        *,
        rule: str = "plan",
        when: str = "task_updated",
        mode: str = "live",
        more: str = "limits: {}",
    ) -> None:
        """Let this be the only rule. action: in flow style. more: another line of it."""
        rules = (
            f"version: 1\ndefaults: {{timezone: Europe/Berlin, working_hours: {HOURS}}}\n"
            f"rules:\n  - id: {rule}\n    when: {when}\n    mode: {mode}\n"
            f"    {more}\n    do:\n      - {action}\n"
        )
        self.worker = with_rules(self.worker, rules)

    def task(self, **fields: Any) -> dict[str, Any]:
        """Change the task in awork, as a person would."""
        with self.sandbox.world.muted():
            task = self.sandbox.world.tasks[TASK_ID]
            task.update(fields)
            return task

    def deliver(self, task: str = TASK_ID) -> str:
        """A person touched the task. Returns the id of the event."""
        entity = self.sandbox.world.tasks[task]
        envelope = {"entityId": task, "timestamp": self.clock.now.isoformat()}
        return self.worker.deliver(samples.fresh("task_updated", **entity) | envelope)

    def updated(self, task: str = TASK_ID) -> Run:
        """A person touched the task; the worker works on that."""
        self.clock.forward(seconds=1)
        self.deliver(task)
        return self.worker.work()

    def settled(self, task: str = TASK_ID) -> Run:
        """The same, tried until nothing is left to do."""
        self.deliver(task)
        return self.rest()

    def rest(self) -> Run:
        """Go on with the event that is tried again, until nothing is left to do."""
        for _ in range(_TRIES):
            self.clock.forward(seconds=20)
            run = self.worker.work()
            if run.outcome != "later":
                return run
        raise AssertionError(f"still not settled: {run.reason}, {run.message}")

    def rest_of_all(self) -> None:
        """Go on with every event that is tried again."""
        one = self.worker
        for _ in range(_TRIES):
            self.clock.forward(seconds=20)
            for claim in one.deps.inbox.claim(9, now_ms=self.clock.ms):
                work_on(claim, one.deps)
        assert one.deps.redis.zcard(keys.UNNAMED.waiting) == 0

    def lease_ends(self) -> None:
        """What a dead worker had is free again; locks in Redis end by Redis's own clock."""
        self.clock.forward(seconds=61)
        for lock in self.worker.deps.redis.keys(keys.UNNAMED.deciding("*")):
            self.worker.deps.redis.delete(lock)

    def blocks(self, user: str = TIMO, *, task: str = TASK_ID) -> list[tuple[str, str]]:
        """A task's blocks in a calendar, in Berlin: ("Mon 09:00", "12:30")."""
        found = [
            (at(one["startDate"]), at(one["endDate"]))
            for one in self.sandbox.world.schedules.values()
            if (one["taskId"], one["userId"]) == (task, user)
        ]
        return [(f"{start:%a %H:%M}", f"{end:%H:%M}") for start, end in sorted(found)]

    def move(self, block: str, to: datetime, *, by: str = TIMO) -> None:
        """A person moves a block of the task to another time. block: how it begins: "Mon 09:00"."""
        one = self._block(block)
        start, end = at(one["startDate"]), at(one["endDate"])
        with self.sandbox.world.muted():
            one.update(startDate=utc(to), endDate=utc(to + (end - start)), updatedBy=by)

    def delete(self, block: str) -> None:
        """A person deletes a block of the task."""
        with self.sandbox.world.muted():
            self.sandbox.world.remove("taskschedules", self._block(block)["id"])

    def _block(self, starts: str) -> dict[str, Any]:
        of_task = self.sandbox.world.find_where("taskschedules", taskId=TASK_ID)
        (found,) = (one for one in of_task if f"{at(one['startDate']):%a %H:%M}" == starts)
        return found

    def busy(self, start: datetime, hours: float, *, user: str = TIMO, task: str = "") -> str:
        """A block that a person made. Returns its id."""
        with self.sandbox.world.muted():
            kept = self.sandbox.world.add(
                "taskschedules",
                {
                    "taskId": task or OTHER_ID,
                    "userId": user,
                    "startDate": utc(start),
                    "endDate": utc(start + timedelta(hours=hours)),
                    "plannedDuration": int(hours * 3600),
                },
            )
            kept["createdBy"] = kept["updatedBy"] = user
            return str(kept["id"])

    def sent(self) -> list[str]:
        """The writes so far: POST, PUT or DELETE."""
        return [call.method for call in self.sandbox.calls if call.method != "GET"]

    def calls(self) -> list[str]:
        """What awork was asked so far."""
        return [f"{call.method} {call.path.partition('?')[0]}" for call in self.sandbox.calls]

    def notes(self, run: Run) -> str:
        """What the action had to tell."""
        return run.rules[0].actions[0].message


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(BERLIN)


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def office(client: Client, server: RedisServer) -> Iterator[Office]:
    """Everything that takes: 8 h a day for everybody, and the task is Timo's, for 6 h until
    Thursday evening."""
    clock = Clock()
    clock.now = (MONDAY + timedelta(hours=7)).astimezone(UTC)
    with Sandbox.start(clock=clock) as sandbox:
        one = worker(client, server, _NO_RULE, sandbox, clock)
        made = Office(one, sandbox, clock)
        made.rule('plan_task: {task: "${task.id}"}')
        other = {**TASK, "id": OTHER_ID, "name": "Other work"}
        sandbox.world.tasks[other["id"]] = other
        people = [person for person in TASK["assignees"] if person["id"] == TIMO]
        made.task(
            plannedDuration=6 * 3600,
            startOn=None,
            dueOn=utc(MONDAY + timedelta(days=3, hours=18)),
            assignees=[{**people[0], "plannedEffort": 6 * 3600}],
        )
        yield made
        made.worker.deps.connection.close()


__all__ = [
    "BERLIN",
    "MARA",
    "MONDAY",
    "OTHER_ID",
    "TASK_ID",
    "TIMO",
    "Office",
    "at",
    "office",
    "utc",
]
