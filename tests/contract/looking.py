"""Facts of awork's sample events over a sandbox, with every call of theirs counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.sandbox.refusals import Model
from deploy.sandbox.server import Sandbox
from tests.samples import sample
from workers.facts.lazy import LazyFacts, lazy_facts
from workers.rules.facts import resolve
from workers.targets.awork import Awork, Connection
from workers.targets.directory import Directory

TASK = "eb034701-4458-526f-b97b-8f49c007ba41"
PROJECT = "ab5828f2-dab6-5088-b8a0-f64cbc2f97ad"
TIMO = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
MARA = "5458143e-8112-5d54-a0e3-c6eb2ab56030"
NOBODY = "00000000-0000-4000-8000-000000000000"

#: a Friday
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Looking:
    """One process's eyes on awork."""

    sandbox: Sandbox
    connection: Connection
    directory: Directory

    def awork(self) -> Awork:
        return Awork(self.connection)

    def at(self, payload: dict[str, Any], kind: str = "", now: datetime = NOW) -> LazyFacts:
        """The facts of an event."""
        named = kind or payload["eventType"]
        return lazy_facts(payload, named, now, awork=self.awork(), directory=self.directory)

    def at_sample(self, event: str, variant: str | None = None, **entity: Any) -> LazyFacts:
        """The facts of a sample, with these fields of its entity."""
        payload = sample(event, variant)
        return self.at({**payload, "entity": {**payload["entity"], **entity}})

    @property
    def asked(self) -> list[str]:
        """The paths of all calls so far."""
        return [call.path for call in self.sandbox.calls]

    def put(self, table: str, **model: Any) -> Model:
        """Something new in the world; nobody is told."""
        with self.sandbox.world.muted():
            return self.sandbox.world.add(table, model)

    def change(self, table: str, ident: str, **fields: Any) -> None:
        """Something in the world is different from now on."""
        with self.sandbox.world.lock:
            self.sandbox.world.table(table)[ident].update(fields)

    def remove(self, table: str, ident: str) -> None:
        with self.sandbox.world.lock:
            del self.sandbox.world.table(table)[ident]

    def schedule(self, start: str, end: str, *, user: str = TIMO, task: str = TASK) -> None:
        """A block in somebody's calendar."""
        span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        seconds = int(span.total_seconds())
        block = {"startDate": start, "endDate": end, "plannedDuration": seconds}
        self.put("taskschedules", taskId=task, userId=user, **block)

    def task(self, status: str = "todo", **fields: Any) -> str:
        """A task of the samples' project in a status of this type. Returns its id."""
        world = self.sandbox.world
        (found,) = world.find_where("taskstatuses", projectId=PROJECT, type=status)
        like = {key: value for key, value in world.tasks[TASK].items() if key != "taskStatus"}
        made = self.put("tasks", **{**like, "taskStatusId": found["id"], **fields})
        return str(made["id"])


@contextmanager
def looking_at(sandbox: Sandbox) -> Iterator[Looking]:
    connection = Connection(sandbox.url, sandbox.token)
    try:
        yield Looking(sandbox, connection, Directory())
    finally:
        connection.close()


def told(facts: LazyFacts, dotted: str) -> object:
    """What a path holds."""
    return resolve(facts, path_of(dotted))


def path_of(dotted: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in dotted.split("."))
