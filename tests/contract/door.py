"""The sandbox asked in-process, each answer held against the contract; and a lived-in world.

Opens no socket. The clock stands still until a test lets time pass.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from deploy.sandbox.api import Api, Wire
from deploy.sandbox.contract import the_contract
from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import sample, seeded_world, stable_id
from deploy.sandbox.world import World, new_guid
from tests.contract.test_sandbox_answers import (
    BOOKING,
    DEVELOPMENT,
    ENTRY,
    MARA,
    PROJECT,
    SCHEDULE,
    TASK,
    TIMO,
    WEBHOOK,
)

# There from the start.
TODO = "d70ef0b7-6fe4-5382-a6db-055cbad47279"
STUCK = stable_id(f"{PROJECT} stuck")
MANAGEMENT = "dcedb278-1808-555c-942c-8cc1a0af32bb"
HAMBURG = stable_id("region Hamburg")
#: an absence of Timo's
OFF = sample("absence_added")["entityId"]

# There only where somebody has lived.
#: a second task of the project, with nothing on it
OTHER = stable_id("other task")
#: waits for the end of the sample's task
DEPENDENCY = stable_id("dependency")
#: Timo's, on the sample's task
COMMENT = stable_id("comment")
#: in Timo's calendar, for the sample's task
BLOCK = stable_id("block")
#: Timo, for the project
BOOKED = stable_id("booking")
#: an hour of Timo's on the sample's task, billable
TRACKED = stable_id("tracked")
#: Mara's timer on the project, billable
RUNNING = stable_id("running")
#: a type of work nothing has
UNUSED_TYPE = stable_id("unused type")
#: a day off of everybody in Hamburg
HOLIDAY = stable_id("holiday")
#: a webhook
HOOK = stable_id("hook")

#: the day of an absence, as forms give it
DAY_OFF = {"startOn": "2026-12-24T00:00:00Z", "endOn": "2026-12-24T00:00:00Z"}

_HOUR: Model = {**ENTRY, "startTimeUtc": "07:00:00", "duration": 3600, "isBillable": True}
_TIMER = {
    "timezone": "Europe/Berlin",
    "typeOfWorkId": DEVELOPMENT,
    "projectId": PROJECT,
    "isBillable": True,
}
#: what is made through the API: id, path, body
_MADE: list[tuple[str, str, Model]] = [
    (COMMENT, f"/tasks/{TASK}/comments", {"message": "Hi", "userId": TIMO}),
    (BLOCK, "/taskschedules", SCHEDULE),
    (BOOKED, "/projecttimebookings", BOOKING),
    (TRACKED, "/timeentries", _HOUR),
    (RUNNING, f"/users/{MARA}/timetracking/start", _TIMER),
    (UNUSED_TYPE, "/typeofwork", {"name": "Travel"}),
    (HOLIDAY, "/workspaceabsences", {**DAY_OFF, "description": "Eve", "regionId": HAMBURG}),
    (HOOK, "/webhooks", WEBHOOK),
]


class Door:
    """A world of its own at 08:15:30 UTC on Friday, 20 November 2026, and the way to ask it.

    An answer that the contract does not allow fails the test that asked.
    """

    def __init__(self) -> None:
        self._now = datetime.fromisoformat("2026-11-20T08:15:30Z")
        self.world = seeded_world(lambda: self._now)
        #: the envelopes of the events since they were last told, oldest first
        self.events: list[Model] = []
        self.world.listeners.append(self.events.append)
        self._api = Api(self.world)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered to a call that must be done; None for an empty answer."""
        status, answer = self.asked(method, path, body)
        assert status < HTTPStatus.BAD_REQUEST, f"{method} {path}: {status} {answer}"
        return answer

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """awork's code for why it does not do a call that must be refused."""
        status, answer = self.asked(method, path, body)
        assert status >= HTTPStatus.BAD_REQUEST, f"{method} {path} was done: {status} {answer}"
        return str(answer["code"])

    def asked(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and decoded answer, whatever they are.

        path: below `/api/v1`, with a query if need be.
        """
        bare, _, query = path.partition("?")
        raw_body = b"" if body is None else json.dumps(body).encode()
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        reply = self._api.answer(Wire(method, bare, pairs, raw_body), trace_id="0" * 32)
        answer = json.loads(reply.raw_body) if reply.raw_body else None
        found = the_contract().find(method, bare)
        assert found is not None, f"the contract has no {method} {bare}"
        flaws = found[0].answer_flaws(reply.status, answer)
        assert flaws == [], f"{method} {path}: {reply.status} {answer}"
        return reply.status, answer

    def told(self) -> list[str]:
        """The types of the events since this was last asked, in order."""
        types = [event["eventType"] for event in self.events]
        self.events.clear()
        return types

    def wait(self, **duration: float) -> None:
        """Let time pass: `minutes=5`, as `timedelta` takes it."""
        self._now += timedelta(**duration)


def lived_in() -> Door:
    """A door to a world in which there is one of everything, and two of tasks and time entries."""
    door = Door()
    with door.world.muted():
        _add_other_task(door.world)
        _add_dependency(door.world)
        for ident, path, body in _MADE:
            door.world.new_id = partial(str, ident)
            assert door("POST", path, body)["id"] == ident
    door.world.new_id = new_guid
    return door


def _add_other_task(world: World) -> None:
    # Its number is below the sample's: the next one given stays 43.
    own = {"id": OTHER, "correlationId": OTHER, "name": "Write texts", "taskNumber": 41}
    bare: Model = {"assignees": [], "lists": [], "tags": [], "taskIdentifier": "HAFEN-41"}
    world.tasks[OTHER] = {**world.tasks[TASK], **own, **bare}


def _add_dependency(world: World) -> None:
    # The API that we call shows dependencies and makes none.
    world.new_id = partial(str, DEPENDENCY)
    world.add("taskdependencies", {"predecessorId": TASK, "successorId": OTHER})
