"""Runs that are undone: asked for as the command does, carried out by a worker."""

from __future__ import annotations

from typing import Any

from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.worker import Worker
from tests.writes import Case
from webhooks.store import replays, undos
from webhooks.store.journal import Run
from webhooks.store.undos import Asked

#: more than any of them takes
_TRIES = 12
TABLES = {
    "schedules": "taskschedules",
    "bookings": "projecttimebookings",
    "entries": "timeentries",
    "tasks": "tasks",
    "comments": "comments",
}


def ran(case: Case, make: Make) -> tuple[Worker, str, str]:
    """A worker, an event it has worked on, and the id of what that made."""
    one = make(case.rules)
    event_id = one.deliver(case.event())
    run = one.work()
    return one, event_id, run.rules[0].actions[0].writes[0].made


def table(sandbox: Sandbox, case: Case) -> dict[str, Any]:
    """What the sandbox has of the kind that a case makes, by its id."""
    return sandbox.world.table(TABLES[case.table])


def ask(one: Worker, run_id: str) -> Asked:
    """Ask for a run to be undone."""
    client = one.deps.redis
    event = replays.head_of(client, run_id)
    assert event is not None
    return undos.ask(client, event, by="ops", now_ms=one.clock.ms)


def undo(one: Worker, run_id: str) -> Run:
    """The same, and work on it until it is settled."""
    assert ask(one, run_id).how == "stored"
    return rest(one)


def rest(one: Worker) -> Run:
    """Work on what is due until it is settled. Time passes, so that lists show what was made."""
    for _ in range(_TRIES):
        one.clock.forward(seconds=61)
        run = one.work()
        if run.outcome != "later":
            return run
    raise AssertionError(f"still not settled: {run.reason}, {run.message}")


def said(run: Run) -> list[str]:
    """What became of each object, and what is not undone."""
    return [
        *(action.message for rule in run.rules for action in rule.actions),
        *(rule.message for rule in run.rules if not rule.actions),
    ]


def changed_by(sandbox: Sandbox, person: str, table: str, ident: str, **fields: Any) -> None:
    """A person changes something in awork."""
    world = sandbox.world
    with world.muted():
        model = world.table(table)[ident]
        world.touch(model, fields)
        model["updatedBy"] = person
