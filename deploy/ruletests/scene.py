"""What a test begins with: its event, its moment, and what awork would answer. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deploy.ruletests import events, workiva, workiva_given
from deploy.ruletests.events import Told
from deploy.ruletests.names import Names
from deploy.ruletests.workiva_given import GivenHoldings
from deploy.ruletests.workspace import workspace
from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva.workspace import Workspace
from deploy.sandbox.world import World
from workers.holdings import Holdings
from workers.rules.testing.model import Row, RuleTest
from workers.rules.values import instant


@dataclass(frozen=True)
class Case:
    """A test with what it needs from files."""

    test: RuleTest
    #: the event's fixture, decoded; None when the event is no fixture
    fixture: Model | None = None


@dataclass(frozen=True)
class Scene:
    """Everything the rules of one test see."""

    #: the event as awork would deliver it; None when the clock starts the rule
    payload: Model | None
    world: World
    workiva: Workspace
    #: which of Workiva's tasks were made by us, and for what
    holdings: Holdings
    now: datetime
    names: Names


def scene(case: Case) -> Scene:
    """Set a test up.

    Raises a refusal, as awork would, of given times that are none; ValueError when the event has
    no moment and the test has none either.
    """
    test = case.test
    names = Names(events.our_id())
    for row in test.given.get("me", ()):
        names.us = names.id(row.id)
    given = {
        table: [_model(row, f"{table} {number}", names) for number, row in enumerate(rows, 1)]
        for table, rows in test.given.items()
        if table != workiva_given.TABLE
    }
    told = _told(case, given, names)
    sent = told.payload if told else {}
    now = test.now or instant(sent.get("timestamp"), "UTC")
    of_event = told.entity if told else {}
    world = workspace(sent, given, told=of_event, now=now, names=names)
    payload = events.completed_in(told, world) if told else None
    there, holdings = _workiva(test, now, names)
    return Scene(payload, world, there, holdings, now, names)


def _workiva(test: RuleTest, now: datetime, names: Names) -> tuple[Workspace, Holdings]:
    tasks, mirrors = [], []
    for number, row in enumerate(test.given.get(workiva_given.TABLE, ()), 1):
        name = row.id or f"{workiva_given.TABLE} {number}"
        task = workiva_given.task(row.parts, names.id(name), name)
        tasks.append(task)
        if mirror := workiva_given.mirror(row.parts, task, names):
            mirrors.append((task["id"], mirror))
    return workiva.workspace(tasks, now=now, names=names), GivenHoldings(mirrors)


def _model(row: Row, otherwise: str, names: Names) -> Model:
    wired: Model = names.wired(dict(row.parts))
    return events.with_status({**wired, "id": names.id(row.id or otherwise)}, names)


def _told(case: Case, given: Mapping[str, list[Model]], names: Names) -> Told | None:
    event = case.test.event
    match event.how:
        case "fixture":
            return events.of_fixture(case.fixture or {}, names)
        case "inline":
            return events.inline(event.parts, given, case.test.now, names)
    return None
