"""What a test begins with: its event, its moment, and what awork would answer. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deploy.ruletests import events
from deploy.ruletests.events import Told
from deploy.ruletests.names import Names
from deploy.ruletests.workspace import workspace
from deploy.sandbox.refusals import Model
from deploy.sandbox.world import World
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
    }
    told = _told(case, given, names)
    payload = told.payload if told else {}
    now = test.now or instant(payload.get("timestamp"), "UTC")
    of_event = told.entity if told else {}
    world = workspace(payload, given, told=of_event, now=now, names=names)
    return Scene(events.completed_in(told, world) if told else None, world, now, names)


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
