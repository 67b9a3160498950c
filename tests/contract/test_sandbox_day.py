"""The sample day, the samples it is built on, and the command that plays it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.sandbox.__main__ import app
from deploy.sandbox.contract import the_contract
from deploy.sandbox.day import Delivery, fetch_day, play, sample_day, working_day
from deploy.sandbox.hooks import EVENT_TYPES
from deploy.sandbox.seed import sample, samples, seeded_world
from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import TIMO

ROOT = Path(__file__).parents[2]

#: A Friday.
NOW = datetime(2026, 11, 20, 8, 15, 30, 482197, tzinfo=UTC)

SCHEMAS = {
    "task": "TaskModel",
    "project": "Project",
    "user": "User",
    "timetracking": "TimeTracking",
    "absence": "Absence",
    "comment": "Comment",
}

EVENTS = [
    "taskassignment_added",
    "project_status_changed",
    "task_status_changed",
    "project_added",
    "taskassignment_added",
    "company_updated",
    None,
    "user_added",
]


def _flaws(payload: dict[str, Any]) -> list[Any]:
    name = SCHEMAS.get(payload["entityType"])
    contract = the_contract()
    return contract.flaws(contract.schema(name), payload["entity"]) if name else []


def _events(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return [json.loads(d.body) for d in deliveries if d.body.startswith(b"{")]


@pytest.mark.parametrize("each", samples(), ids=lambda each: f"{each['event']}: {each['variant']}")
def test_a_sample_is_an_event_of_the_vendors_whose_entity_fits_the_contract(
    each: dict[str, Any],
) -> None:
    payload = each["payload"]

    assert payload["eventType"] == each["event"]
    assert each["event"] in EVENT_TYPES
    assert payload["entityId"] == payload["entity"]["id"]
    assert _flaws(payload) == []


def test_the_world_knows_everyone_the_samples_name() -> None:
    world = seeded_world()

    for each in samples():
        payload = each["payload"]
        assert payload["triggeredBy"]["id"] in world.users
        assert payload["entity"].get("userId", TIMO) in world.users
        assert payload["entity"].get("projectId") in (None, *world.projects)
        assert payload["entity"].get("taskId") in (None, *world.tasks)
        assert payload["entity"].get("taskStatusId") in (None, *world.table("taskstatuses"))
        assert payload["entity"].get("typeOfWorkId") in (None, *world.table("typeofwork"))
    assert set(world.table("capacities")) == set(world.users)


def test_a_day_has_its_events_in_order_and_one_body_that_is_none() -> None:
    day = sample_day(seeded_world(), NOW)

    bodies = [json.loads(d.body) if d.body.startswith(b"{") else {} for d in day]
    assert [body.get("eventType") for body in bodies] == EVENTS
    assert day[6].body == b"this is not json"
    assert [d.times for d in day] == [1, 1, 1, 1, 2, 1, 1, 1]
    assert day[4].body == day[0].body
    assert len({d.title for d in day}) == len(day)


def test_a_days_events_fit_the_contract_and_happen_now() -> None:
    for event in _events(sample_day(seeded_world(), NOW)):
        assert _flaws(event) == []
        assert event["timestamp"] == "2026-11-20T08:15:30.4821970+00:00"
        assert event["entityId"] == event["entity"]["id"]
        assert event["entityLink"].endswith(event["entityId"])


def test_each_day_is_new() -> None:
    world = seeded_world()

    first, second = (_events(sample_day(world, NOW)) for _ in range(2))

    assert {e["traceId"] for e in first}.isdisjoint(e["traceId"] for e in second)
    both = {e["entityId"] for e in first} & {e["entityId"] for e in second}
    # Only the company is the same on both days.
    assert both == {sample("company_updated")["entityId"]}


def test_the_assigned_task_is_for_one_person_whose_morning_is_taken() -> None:
    world = seeded_world()
    heard: list[Any] = []
    world.listeners.append(heard.append)

    task = _events(sample_day(world, NOW))[0]["entity"]

    # In Berlin's winter from 09:00 on the Monday after this Friday until Wednesday, 18:00.
    span = (task["startOn"], task["dueOn"])
    assert span == ("2026-11-23T08:00:00.000Z", "2026-11-25T17:00:00.000Z")
    [desk] = world.schedules.values()
    assert (desk["userId"], desk["startDate"]) == (TIMO, "2026-11-23T08:00:00.000Z")
    assert [person["id"] for person in task["assignees"]] == [TIMO]
    assert task["project"]["company"]["name"] == "Hafenblick GmbH"
    assert heard == []


def test_the_started_project_has_dates_members_and_a_running_status() -> None:
    project = _events(sample_day(seeded_world(), NOW))[1]["entity"]

    assert project["projectStatus"]["type"] == "progress"
    assert (project["startDate"][:10], project["dueDate"][:10]) == ("2026-11-23", "2026-12-04")
    assert [member["firstName"] for member in project["members"]] == ["Timo", "Mara"]


def test_the_done_task_was_planned_but_never_tracked() -> None:
    event = _events(sample_day(seeded_world(), NOW))[2]
    task = event["entity"]

    assert task["taskStatus"]["type"] == "done"
    assert event["changes"][0]["new"] == task["taskStatusId"]
    assert (task["plannedDuration"], task["totalTrackedDuration"]) == (7200, 0)
    assert len(task["assignees"]) == 1


def test_working_days_skip_the_weekend() -> None:
    days = [working_day(NOW, nth).date().isoformat() for nth in (1, 5, 6)]

    assert days == ["2026-11-23", "2026-11-27", "2026-11-30"]


def test_what_a_day_speaks_of_can_be_asked_for() -> None:
    with Sandbox.start(token="t") as sandbox, httpx.Client() as client:
        client.headers["authorization"] = "Bearer t"
        day = fetch_day(sandbox.origin, client)
        for event in _events(day):
            if event["entityType"] in ("task", "project", "user"):
                there = client.get(f"{sandbox.url}/{event['entityType']}s/{event['entityId']}")
                assert there.json() == event["entity"]


def test_play_sends_one_after_the_other_with_the_secret() -> None:
    requests: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202)

    told: list[str] = []
    day = sample_day(seeded_world(), NOW)
    with httpx.Client(transport=httpx.MockTransport(receive)) as client:
        statuses = play("http://x/hooks", "X-Secret", "s", day, client, tell=told.append)

    assert statuses == [202] * 9
    assert [r.content for r in requests] == [d.body for d in day for _ in range(d.times)]
    assert {r.headers["x-secret"] for r in requests} == {"s"}
    assert told == [d.title for d in day]


@pytest.mark.parametrize("knowing", [False, True])
def test_the_command_plays_a_day(knowing: bool) -> None:
    with Sandbox.start() as sandbox:
        receiver = f"{sandbox.origin}/sandbox/release"
        more = ["--sandbox", sandbox.origin] if knowing else []
        result = CliRunner().invoke(app, ["play", "--url", receiver, "--secret", "s", *more])
        tasks = len(sandbox.world.tasks)

    assert result.exit_code == 0
    assert "A client project starts" in result.output
    assert "9 deliveries answered: 204, 204" in result.output
    assert tasks == (3 if knowing else 1)


@pytest.mark.parametrize("command", [[], ["serve"]])
def test_the_command_serves_until_interrupted(command: list[str]) -> None:
    line = [sys.executable, "-m", "deploy.sandbox", *command, "--port", "0", "--token", "t"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("awork sandbox on ").strip()
        shown = process.stdout.readline().rpartition(" ")[2].strip()
        tasks = httpx.get(shown)
        answer = httpx.get(f"{url}/me", headers={"authorization": "Bearer t"})
        process.send_signal(signal.SIGINT)
        status = process.wait(10)

    assert answer.status_code == 200
    assert tasks.json() == []
    assert status == 0
