"""What goes wrong around awork's events and lists, when a test asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.sandbox.disorder import Disorder
from deploy.sandbox.server import Sandbox
from tests.contract.door import Door, lived_in
from tests.contract.test_sandbox_answers import (
    BOOKING,
    ENTRY,
    PROJECT,
    SCHEDULE,
    TASK,
    TASK_FORM,
    TIMO,
    TOKEN,
    WEBHOOK,
)

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
EVENTS = "task_updated,timetracking_added,timetracking_updated,timetracking_deleted,project_updated"


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers=AUTHORIZED) as client:
        yield client


def hook(sandbox: Sandbox, **fields: Any) -> str:
    """A webhook on a receiver that takes everything. Returns its id."""
    uri = f"{sandbox.origin}/sandbox/release"
    model = {**WEBHOOK, "uri": uri, "events": EVENTS, "lastFailureReason": None, **fields}
    return str(sandbox.world.add("webhooks", model)["id"])


def received(sandbox: Sandbox, hook_id: str) -> list[str]:
    """The types of the events a webhook was sent, in the order they arrived."""
    sandbox.sender.settle()
    log = sandbox.world.webhook_logs[hook_id]
    return [json.loads(entry["message"])["eventType"] for entry in log]


def edit_and_delete_an_entry(sandbox: Sandbox, client: httpx.Client) -> None:
    """One step after the other: deliveries of several run side by side."""
    path = f"timeentries/{client.post('timeentries', json=ENTRY).json()['id']}"
    sandbox.sender.settle()
    form = {name: ENTRY[name] for name in ("timezone", "typeOfWorkId", "taskId")}
    client.put(path, json={**form, "note": "new"})
    sandbox.sender.settle()
    client.delete(path)


#: what goes wrong, and what arrives of an entry that is added, changed and deleted
DISORDERS = [
    (Disorder(late=("timetracking_updated",)), ["added", "deleted", "updated"]),
    (Disorder(lost=("timetracking_updated",)), ["added", "deleted"]),
    (Disorder(copies=2, lost=("timetracking_deleted",)), ["added", "added", "updated", "updated"]),
]


@pytest.mark.parametrize(("disorder", "arrived"), DISORDERS)
def test_events_arrive_late_twice_or_never(
    sandbox: Sandbox, client: httpx.Client, disorder: Disorder, arrived: list[str]
) -> None:
    ident = hook(sandbox)
    sandbox.sender.disorder = disorder

    edit_and_delete_an_entry(sandbox, client)

    assert received(sandbox, ident) == [f"timetracking_{verb}" for verb in arrived]


def test_any_body_can_be_delivered_from_outside() -> None:
    with Sandbox.start(token=TOKEN) as sandbox:
        ident = hook(sandbox)
        deliver = f"{sandbox.origin}/sandbox/deliver"
        answers = [
            httpx.post(deliver, content=body).json()["deliveries"]
            for body in (
                b"this is not json",
                b'{"eventType": "task_updated"}',
                b'{"eventType": "x"}',
            )
        ]
        sandbox.sender.settle()

    assert answers == [1, 1, 0]
    messages = {entry["message"] for entry in sandbox.world.webhook_logs[ident]}
    assert messages == {"this is not json", '{"eventType": "task_updated"}'}


def test_a_late_event_follows_the_next_one_of_the_same_entity() -> None:
    disorder = Disorder(late=("updated",))
    first, other, last = (
        {"eventType": event, "entityId": entity}
        for event, entity in (("updated", "1"), ("deleted", "2"), ("deleted", "1"))
    )

    sent = [disorder.outgoing(envelope) for envelope in (first, other, last)]

    assert sent == [[], [other], [last, first]]


@pytest.mark.parametrize(("main_only", "nested"), [(True, []), (False, ["task", "timetracking"])])
def test_nested_changes_reach_only_webhooks_that_did_not_decline(
    sandbox: Sandbox, client: httpx.Client, main_only: bool, nested: list[str]
) -> None:
    client.post("timeentries", json=ENTRY)
    ident = hook(sandbox, onlyTriggerForMainEntityChanges=main_only)

    client.put(f"projects/{PROJECT}", json={"name": "Renamed"})

    arrived = [event for event in received(sandbox, ident) if event != "project_type_changed"]
    assert "project_updated" in arrived
    assert {event.partition("_")[0] for event in arrived if event != "project_updated"} == set(
        nested
    )


@pytest.mark.parametrize(("one_each", "changes"), [(False, [2]), (True, [1, 1])])
def test_an_edit_raises_one_event_or_one_for_each_property(
    one_each: bool, changes: list[int]
) -> None:
    door = Door()
    door.world.one_event_per_change = one_each
    task = door("GET", f"/tasks/{TASK}")
    same = {n: task[n] for n in ("startOn", "dueOn", "laneOrder", "plannedDuration")}

    door("PUT", f"/tasks/{TASK}", {**same, "name": "New", "isPrio": True})

    assert [len(event["changes"]) for event in door.events] == changes


#: what is written, and the list that shows it
WRITES = [
    ("/taskschedules", SCHEDULE, "/taskschedules"),
    ("/projecttimebookings", BOOKING, "/projecttimebookings"),
    ("/timeentries", ENTRY, f"/tasks/{TASK}/timeentries"),
    (f"/tasks/{TASK}/comments", {"message": "x"}, f"/tasks/{TASK}/comments"),
    ("/tasks", TASK_FORM, f"/projects/{PROJECT}/projecttasks"),
]


@pytest.mark.parametrize(("path", "body", "list_"), WRITES)
def test_a_lagging_list_does_not_show_what_was_written_a_moment_ago(
    path: str, body: dict[str, Any], list_: str
) -> None:
    door = lived_in()
    door.world.list_lag_s = 5
    before = len(door("GET", list_))

    made = door("POST", path, body)["id"]
    door.wait(seconds=4.9)
    too_early = [one["id"] for one in door("GET", list_)]
    door.wait(seconds=0.1)

    assert (len(too_early), made in too_early) == (before, False)
    assert made in [one["id"] for one in door("GET", list_)]


def test_a_lagging_list_shows_what_was_changed_and_deleted_as_it_was() -> None:
    door = lived_in()
    door.world.list_lag_s = 5
    door("PUT", f"/users/{TIMO}", {"firstName": "Tim"})
    (block,) = door("GET", "/taskschedules")
    door("DELETE", f"/taskschedules/{block['id']}")

    assert door("GET", "/taskschedules") == [block]
    assert "Timo" in [user["firstName"] for user in door("GET", "/users")]
    # What is asked for by id is as it is.
    assert door("GET", f"/users/{TIMO}")["firstName"] == "Tim"
    assert door.refused("GET", f"/taskschedules/{block['id']}") == "not-found"
    door.wait(seconds=5)
    assert door("GET", "/taskschedules") == []
    assert "Tim" in [user["firstName"] for user in door("GET", "/users")]


def test_what_a_lagging_list_hides_is_there_all_the_same() -> None:
    door = lived_in()
    door.world.list_lag_s = 5

    path = f"/tasks/{door('POST', '/tasks', TASK_FORM)['id']}/comments"
    made = door("POST", path, {"message": "x"})

    assert door("GET", path) == []
    assert door("GET", f"{path}/{made['id']}") == made


def test_every_answer_says_what_time_it_is_in_the_world() -> None:
    now = datetime(2026, 11, 20, 8, 15, 30, 999000, tzinfo=UTC)
    clock = [now]
    with Sandbox.start(token=TOKEN, clock=lambda: clock[0], per_minute=3) as sandbox:
        sandbox.faults.add("refuse", "GET", "/users")
        with httpx.Client(base_url=sandbox.url, headers=AUTHORIZED) as client:
            told = [client.get(path) for path in ("me", "users", "nothing", "me")]
            clock[0] += timedelta(days=10)
            later = client.get("me", headers={"authorization": "x"})

    assert [answer.status_code for answer in told] == [200, 500, 404, 429]
    dates = [answer.headers.get_list("date") for answer in told]
    assert dates == [["Fri, 20 Nov 2026 08:15:30 GMT"]] * 4
    assert later.headers["date"] == "Mon, 30 Nov 2026 08:15:30 GMT"
