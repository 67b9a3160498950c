"""What the sandbox answers, judged by the vendor's own contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from deploy.sandbox.api import ROUTES
from deploy.sandbox.contract import the_contract
from deploy.sandbox.hooks import EVENT_TYPES
from deploy.sandbox.seed import seeded_world
from deploy.sandbox.server import Sandbox
from deploy.sandbox.stamps import ticks

TOKEN = "t"

TASK = "eb034701-4458-526f-b97b-8f49c007ba41"
PROJECT = "ab5828f2-dab6-5088-b8a0-f64cbc2f97ad"
TIMO = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
MARA = "5458143e-8112-5d54-a0e3-c6eb2ab56030"
DEVELOPMENT = "36d8b091-c896-540a-8aa1-659d100eb52c"
DONE = "492de037-63e7-5ba8-a4b0-3641e08d13ed"
LIST = "47b64931-0f63-567b-81de-493758ea88f1"
NOBODY = "00000000-0000-4000-8000-000000000000"

SCHEDULE = {
    "taskId": TASK,
    "userId": TIMO,
    "startDate": "2026-11-24T09:00:00Z",
    "endDate": "2026-11-24T10:00:00Z",
}
BOOKING = {
    "userId": TIMO,
    "projectId": PROJECT,
    "startDate": "2026-11-24",
    "endDate": "2026-11-27",
    "duration": 28800,
    "description": "Blocker for a new project",
    "laneOrder": 1,
}
ENTRY = {
    "timezone": "Europe/Berlin",
    "typeOfWorkId": DEVELOPMENT,
    "userId": TIMO,
    "taskId": TASK,
    "note": "I created a first draft for the new sitemap",
    "startDateUtc": "2026-11-20T00:00:00Z",
    "startTimeUtc": "09:21:00",
    "duration": 8640,
}
TASK_FORM = {
    "name": "Create logo concept",
    "baseType": "projecttask",
    "entityId": PROJECT,
    "description": "We need to create a new impactful concept for the customer logo",
    "isPrio": True,
    "startOn": "2026-11-23T17:00:00Z",
    "dueOn": "2026-12-18T17:00:00Z",
    "laneOrder": 1,
    "plannedDuration": 21600,
    "typeOfWorkId": DEVELOPMENT,
    "order": 2,
    "lists": [{"id": LIST, "order": 5}],
}
WEBHOOK = {
    "name": "hookwork",
    "uri": "https://hooks.example.org/awork",
    "events": "task_added,task_updated",
    "isActive": True,
    "authenticationType": "header",
    "authentication": "X-Webhook-Secret=a=b",
}


class Caller:
    """Calls the sandbox and holds every answer against the contract."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        answer = self._client.request(method, path.lstrip("/"), json=body, params=query)
        found = the_contract().find(method, path)
        assert found is not None
        content = answer.json() if answer.content else None
        assert found[0].answer_flaws(answer.status_code, content) == []
        return answer

    def made(self, path: str, body: Any) -> Any:
        answer = self("POST", path, body)
        assert answer.status_code == 200
        return answer.json()


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="call")
def _call(sandbox: Sandbox) -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield Caller(client)


def test_every_route_is_one_of_the_contract() -> None:
    of_the_contract = [the_contract().operation(method, template) for method, template in ROUTES]

    assert len(of_the_contract) == len(ROUTES)


READS = [
    "/me",
    "/me/projecttasks",
    "/me/assignedtasks",
    f"/tasks/{TASK}",
    f"/tasks/{TASK}/comments",
    f"/tasks/{TASK}/timeentries",
    "/projects",
    f"/projects/{PROJECT}",
    f"/projects/{PROJECT}/projecttasks",
    f"/projects/{PROJECT}/taskstatuses",
    f"/projects/{PROJECT}/tasklists",
    f"/projects/{PROJECT}/members",
    "/typeofwork",
    "/users",
    f"/users/{TIMO}",
    f"/users/{TIMO}/capacity",
    "/absences",
    "/taskschedules",
    "/projecttimebookings",
    "/timeentries",
    "/webhooks",
]


@pytest.mark.parametrize("path", READS)
def test_what_is_there_from_the_start_fits_the_contract(call: Caller, path: str) -> None:
    assert call("GET", path).status_code == 200


def test_me_is_the_api_user(call: Caller, sandbox: Sandbox) -> None:
    me = call("GET", "/me").json()

    assert me["id"] == sandbox.world.api_user_id
    assert (me["firstName"], me["lastName"]) == ("Event", "Processor")
    assert me["id"] not in [user["id"] for user in call("GET", "/users").json()]
    everyone = call("GET", "/users", showArchived="true").json()
    assert me["id"] in [user["id"] for user in everyone]


def test_each_project_has_a_status_of_every_type(call: Caller) -> None:
    statuses = call("GET", f"/projects/{PROJECT}/taskstatuses").json()

    assert [s["type"] for s in statuses] == ["todo", "progress", "review", "stuck", "done"]


def test_a_schedule_is_made_read_moved_and_deleted(call: Caller, sandbox: Sandbox) -> None:
    made = call.made("/taskschedules", SCHEDULE)

    assert made == made | SCHEDULE | {"plannedDuration": 3600}
    assert made["createdBy"] == made["updatedBy"] == sandbox.world.api_user_id
    path = f"/taskschedules/{made['id']}"
    assert call("GET", path).json() == made
    moved = call("PUT", path, {**SCHEDULE_TIMES, "endDate": "2026-11-24T12:00:00+01:00"}).json()
    assert (moved["endDate"], moved["plannedDuration"]) == ("2026-11-24T11:00:00Z", 7200)
    assert (moved["taskId"], moved["userId"]) == (TASK, TIMO)
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


SCHEDULE_TIMES = {key: SCHEDULE[key] for key in ("startDate", "endDate")}


def test_schedules_are_listed_all_at_once_and_counted_on_their_task(call: Caller) -> None:
    for _ in range(12):
        call.made("/taskschedules", SCHEDULE)

    answer = call("GET", "/taskschedules", pageSize=1)
    task = call("GET", f"/tasks/{TASK}").json()

    assert len(answer.json()) == 12
    assert "aw-totalitems" not in answer.headers
    # 12 x 1 h cover the 6 h planned.
    assert (task["taskSchedulesCount"], task["isCompletelyScheduled"]) == (12, True)


def test_a_booking_is_made_found_by_interval_changed_and_deleted(call: Caller) -> None:
    made = call.made("/projecttimebookings", BOOKING)

    assert made == made | BOOKING
    assert "resourceVersion" not in made
    assert _bookings(call, "2026-11-27", "2026-11-30") == {TIMO: [made["id"]], MARA: []}
    assert _bookings(call, "2026-11-28", "2026-11-30") == {TIMO: [], MARA: []}
    path = f"/projecttimebookings/{made['id']}"
    changed = call("PUT", path, {**BOOKING, "projectId": None, "duration": 3600}).json()
    assert changed["duration"] == 3600
    assert "projectId" not in changed
    assert [b["id"] for b in call("GET", "/projecttimebookings").json()] == [made["id"]]
    assert call("DELETE", path).status_code == 204
    assert call("GET", "/projecttimebookings").json() == []


def _bookings(call: Caller, first: str, last: str) -> dict[str, list[str]]:
    query = {"userIds": f"{TIMO},{MARA}", "intervalStart": first, "intervalEnd": last}
    answer = call("GET", "/users/projecttimebookings", **query).json()
    return {each["userId"]: [b["id"] for b in each["timeBookings"]] for each in answer}


def test_a_webhook_is_made_changed_and_deleted(call: Caller) -> None:
    made = call.made("/webhooks", WEBHOOK)
    path = f"/webhooks/{made['id']}"

    paused = call("PUT", path, {**WEBHOOK, "isActive": False}).json()

    assert made == made | WEBHOOK | {"receiverType": "custom"}
    assert paused["isActive"] is False
    assert call("GET", path).json() == paused
    assert call("GET", f"{path}/logs").json() == []
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


def test_the_event_types_are_the_vendors_35(call: Caller) -> None:
    types = call("GET", "/webhooks/eventtypes").json()

    assert len(types) == len(set(types)) == 35
    assert set(types) == set(EVENT_TYPES)


def test_versions_grow_even_when_the_clock_stands_still() -> None:
    world = seeded_world(lambda: datetime.fromisoformat("2026-11-20T00:00:00Z"))

    assert [world.next_version() - world.next_version() for _ in range(3)] == [-1, -1, -1]


def test_a_version_is_the_ticks_of_its_instant() -> None:
    # 2026-11-20T00:00Z is 739,939 days after 0001-01-01: times 864e9 ticks a day.
    assert ticks(datetime.fromisoformat("2026-11-20T00:00:00Z")) == 739_939 * 864_000_000_000
