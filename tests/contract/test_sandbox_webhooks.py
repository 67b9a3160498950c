"""How the sandbox tells its receivers what happened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from deploy.sandbox.contract import the_contract
from deploy.sandbox.seed import seeded_world
from deploy.sandbox.sender import Sender, doubling
from deploy.sandbox.server import Sandbox
from deploy.sandbox.world import World
from tests.contract.test_sandbox_answers import (
    BOOKING,
    DEVELOPMENT,
    DONE,
    ENTRY,
    MARA,
    SCHEDULE,
    TASK,
    TASK_FORM,
    TIMO,
    TOKEN,
    WEBHOOK,
)

Answering = Callable[[httpx.Request], httpx.Response]


class Receiver:
    """Whoever awork sends to: answers with the statuses it is given, then with 202."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[httpx.Request] = []
        self._statuses = list(statuses)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self._statuses.pop(0) if self._statuses else 202
        if status == 0:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(status)


class Sending:
    """A world with one webhook, a receiver, and a sender that notes waits instead of waiting."""

    def __init__(self, receiver: Receiver) -> None:
        self.world: World = seeded_world()
        self.hook = self.world.add("webhooks", {**WEBHOOK, "lastFailureReason": None})
        self.waits: list[float] = []
        self.receiver = receiver
        self._client = httpx.Client(transport=httpx.MockTransport(receiver))
        self.sender = Sender(self.world, self._client, wait=self.waits.append)

    def deliver(self, body: bytes = b"{}") -> bool:
        return self.sender.deliver(self.hook["id"], body)

    @property
    def log(self) -> list[dict[str, Any]]:
        return self.world.webhook_logs[self.hook["id"]]

    def end(self) -> None:
        self.sender.end()
        self._client.close()


@pytest.fixture(name="sending")
def _sending(request: pytest.FixtureRequest) -> Iterator[Sending]:
    sending = Sending(Receiver(*getattr(request, "param", ())))
    yield sending
    sending.end()


def test_a_delivery_is_a_post_of_json_with_the_configured_header(sending: Sending) -> None:
    assert sending.deliver(b'{"a": 1}')

    sent = sending.receiver.requests[0]
    assert (sent.method, str(sent.url)) == ("POST", WEBHOOK["uri"])
    assert sent.headers["content-type"] == "application/json"
    # The value itself has an equals sign: only the first one separates.
    assert sent.headers["x-webhook-secret"] == "a=b"
    assert sent.content == b'{"a": 1}'
    assert sent.extensions["timeout"]["read"] == 30


@pytest.mark.parametrize("sending", [(500, 0, 404)], indirect=True)
def test_anything_but_a_2xx_is_tried_again_and_logged(sending: Sending) -> None:
    assert sending.deliver(b'{"a": 1}')

    assert sending.waits == [0.5, 1.0, 2.0]
    assert [entry["responseCode"] for entry in sending.log] == [500, 0, 404, 202]
    assert [entry["isSuccessful"] for entry in sending.log] == [False, False, False, True]
    assert {entry["message"] for entry in sending.log} == {'{"a": 1}'}
    assert sending.hook["isActive"]
    assert sending.hook["lastFailureReason"] is None


@pytest.mark.parametrize("sending", [[503] * 99], indirect=True)
def test_after_more_than_ten_failures_the_webhook_is_paused(sending: Sending) -> None:
    assert not sending.deliver()

    # One attempt and ten retries: the eleventh failure is the one too many.
    assert len(sending.receiver.requests) == 11
    assert not sending.hook["isActive"]
    assert sending.hook["lastFailureReason"] == "503 Service Unavailable"
    assert not sending.deliver()
    assert len(sending.receiver.requests) == 11


@pytest.mark.parametrize("sending", [[500] * 10 + [202] + [500] * 10], indirect=True)
def test_a_success_forgets_the_failures_before_it(sending: Sending) -> None:
    assert sending.deliver()
    assert sending.deliver()

    assert len(sending.receiver.requests) == 22
    assert sending.hook["isActive"]


@pytest.mark.parametrize("sending", [[500] * 21], indirect=True)
def test_a_webhook_made_active_again_starts_anew(sending: Sending) -> None:
    sending.deliver()
    sending.world.touch(sending.hook, {"isActive": True, "lastFailureReason": None})

    assert sending.deliver()
    assert sending.hook["isActive"]


def test_retries_are_doubled_up_to_a_cap() -> None:
    spaced = [doubling(retry) for retry in range(1, 11)]

    assert spaced == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]


def test_only_active_webhooks_that_listen_are_told(sending: Sending) -> None:
    world = sending.world
    world.add("webhooks", {**WEBHOOK, "isActive": False})
    world.add("webhooks", {**WEBHOOK, "events": "task_deleted"})

    assert len(sending.sender.send_raw(b"{}", event="task_added")) == 1
    assert len(sending.sender.send_raw(b"{}", event="user_added")) == 0
    assert len(sending.sender.send_raw(b"test")) == 2
    sending.sender.settle()
    assert len(sending.receiver.requests) == 3


def test_only_the_last_thousand_attempts_are_kept(sending: Sending) -> None:
    for number in range(1002):
        sending.deliver(str(number).encode())

    assert len(sending.log) == 1000
    assert sending.log[0]["message"] == "2"


CLOSED_ENTRY = {"timezone": "Europe/Berlin", "typeOfWorkId": DEVELOPMENT}
WRITES: list[tuple[str, str, Any, list[str]]] = [
    ("POST", "tasks", TASK_FORM, ["task_added"]),
    ("PUT", f"tasks/{TASK}", {"name": "x"}, ["task_updated"]),
    ("POST", "tasks/changestatuses", [{"taskId": TASK, "statusId": DONE}], ["task_status_changed"]),
    (
        "POST",
        f"tasks/{TASK}/setassignees",
        [MARA],
        ["taskassignment_added", "taskassignment_deleted"],
    ),
    ("POST", f"tasks/{TASK}/setassignees", [TIMO], []),
    ("POST", f"tasks/{TASK}/comments", {"message": "x"}, ["task_comment_added"]),
    ("POST", "timeentries", ENTRY, ["timetracking_added"]),
    ("POST", "taskschedules", SCHEDULE, []),
    ("POST", "projecttimebookings", BOOKING, []),
    ("POST", "tasks", {}, []),
]


@pytest.mark.parametrize(("method", "path", "body", "events"), WRITES)
def test_writes_through_the_api_raise_aworks_events(
    method: str, path: str, body: Any, events: list[str]
) -> None:
    heard: list[dict[str, Any]] = []
    with Sandbox.start(token=TOKEN) as sandbox:
        sandbox.world.listeners.append(heard.append)
        url, headers = f"{sandbox.url}/{path}", {"authorization": f"Bearer {TOKEN}"}
        httpx.request(method, url, json=body, headers=headers)

    assert [envelope["eventType"] for envelope in heard] == events
    for envelope in heard:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00", envelope["timestamp"])
        assert envelope["triggeredBy"]["id"] == sandbox.world.api_user_id
        assert envelope["entityId"] == envelope["entity"]["id"]
        assert len(envelope["traceId"]) == 32


def test_changes_name_what_changed_and_nothing_else() -> None:
    heard: list[dict[str, Any]] = []
    with Sandbox.start(token=TOKEN) as sandbox:
        sandbox.world.listeners.append(heard.append)
        headers = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=sandbox.url, headers=headers) as client:
            task = client.get(f"tasks/{TASK}").json()
            same = ("name", "startOn", "isPrio", "laneOrder", "plannedDuration")
            form = {name: task[name] for name in same}
            client.put(f"tasks/{TASK}", json={**form, "dueOn": "2026-11-27T16:00:00Z"})
            entry = client.post("timeentries", json=ENTRY).json()
            form = {**CLOSED_ENTRY, "taskId": TASK, "note": ENTRY["note"], "duration": 60}
            client.put(f"timeentries/{entry['id']}", json=form)
            client.delete(f"timeentries/{entry['id']}")

    due = {"property": "DueOn", "old": "2026-11-25T16:00:00Z", "new": "2026-11-27T16:00:00Z"}
    assert heard[0]["changes"] == [due]
    assert [e["eventType"] for e in heard[1:]] == [
        "timetracking_added",
        "timetracking_updated",
        "timetracking_deleted",
    ]
    changed = {c["property"]: (c["old"], c["new"]) for c in heard[2]["changes"]}
    assert changed["Duration"] == ("8640", "60")
    assert set(changed) == {"Duration", "EndTimeUtc", "EndTimeLocal"}


def test_a_write_is_told_to_a_receiver_over_http_and_logged() -> None:
    with Sandbox.start(token=TOKEN) as sandbox:
        # Any route that answers a POST with 2xx will do for a receiver.
        hook = {**WEBHOOK, "uri": f"{sandbox.origin}/sandbox/release"}
        headers = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=sandbox.url, headers=headers) as client:
            made = client.post("webhooks", json=hook).json()
            client.post("tasks", json=TASK_FORM)
            sandbox.sender.settle()
            logs = client.get(f"webhooks/{made['id']}/logs")

    assert [(e["responseCode"], e["isSuccessful"]) for e in logs.json()] == [(204, True)]
    assert json.loads(logs.json()[0]["message"])["eventType"] == "task_added"
    operation = the_contract().operation("GET", "/webhooks/{webhookId}/logs")
    assert operation.answer_flaws(200, logs.json()) == []
