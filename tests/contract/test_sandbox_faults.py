"""The sandbox's failures, each over a real socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from deploy.sandbox.faults import KINDS
from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import MARA, SCHEDULE, TIMO, TOKEN

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
WAIT_S = 10.0


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers=AUTHORIZED, timeout=WAIT_S) as client:
        yield client


@pytest.fixture(name="pool")
def _pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_refused_call_gets_status_and_code_and_writes_nothing(
    sandbox: Sandbox, client: httpx.Client, status: int
) -> None:
    sandbox.faults.add("refuse", "POST", "/taskschedules", status=status, code="database-commit")

    refused = client.post("taskschedules", json=SCHEDULE)
    again = client.post("taskschedules", json=SCHEDULE)

    assert (refused.status_code, refused.json()["code"]) == (status, "database-commit")
    assert again.status_code == 200
    assert len(sandbox.world.schedules) == 1
    assert [(c.status, c.written) for c in sandbox.calls] == [(status, False), (200, True)]


def test_a_call_may_fail_after_its_write(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("fail_after", "POST", "/taskschedules")

    answer = client.post("taskschedules", json=SCHEDULE)

    assert (answer.status_code, answer.json()["code"]) == (500, "server-error")
    assert len(sandbox.world.schedules) == 1
    assert sandbox.writes("/taskschedules")[0].status == 500


@pytest.mark.parametrize(("kind", "written"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_call_gets_no_byte_of_answer(
    sandbox: Sandbox, client: httpx.Client, kind: str, written: bool
) -> None:
    sandbox.faults.from_model({"kind": kind, "method": "POST", "path": "/taskschedules"})

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("taskschedules", json=SCHEDULE)

    call = sandbox.wait_for_call("POST", "/taskschedules")
    assert (call.status, call.written) == (0, written)
    assert len(sandbox.world.schedules) == written
    assert client.get("taskschedules").status_code == 200


@pytest.mark.parametrize("kind", ["hold_after", "late"])
def test_a_held_call_is_written_at_once_and_answered_when_released(
    sandbox: Sandbox, client: httpx.Client, pool: ThreadPoolExecutor, kind: str
) -> None:
    fault = sandbox.faults.from_model({"kind": kind, "path": "/taskschedules"})

    answer = pool.submit(client.post, "taskschedules", json=SCHEDULE)
    call = sandbox.wait_for_call("POST", "/taskschedules", WAIT_S)

    assert call.written
    assert len(sandbox.world.schedules) == 1
    assert not answer.done()
    fault.release()
    assert answer.result(WAIT_S).status_code == 200


def test_a_held_caller_may_leave(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("hold_after", "POST", "/taskschedules")

    with _asked(sandbox):
        sandbox.wait_for_call("POST", "/taskschedules", WAIT_S)

    assert len(client.get("taskschedules").json()) == 1


def test_a_write_may_come_after_its_caller_has_left(sandbox: Sandbox, client: httpx.Client) -> None:
    fault = sandbox.faults.add("hold_before", "POST", "/taskschedules")
    with _asked(sandbox):
        assert fault.reached.wait(WAIT_S)

    before = client.get("taskschedules").json()
    fault.release()
    sandbox.wait_for_call("POST", "/taskschedules", WAIT_S)

    assert before == []
    assert len(client.get("taskschedules").json()) == 1


def _asked(sandbox: Sandbox) -> socket.socket:
    """A connection on which a schedule was asked for, to be closed before the answer."""
    body = json.dumps(SCHEDULE)
    head = f"POST /api/v1/taskschedules HTTP/1.1\r\nhost: awork\r\ncontent-length: {len(body)}\r\n"
    connection = socket.create_connection(("127.0.0.1", httpx.URL(sandbox.url).port or 0))
    connection.sendall(f"{head}authorization: Bearer {TOKEN}\r\n\r\n{body}".encode())
    return connection


def test_a_rate_limit_says_when_to_come_back(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("rate_limit", reset_s=7)
    sandbox.faults.add("rate_limit", reset_s=7, retry_after_s=9)

    plain, with_retry_after = client.get("me"), client.get("me")

    assert plain.json() == {"message": "API rate limit exceeded"}
    assert [plain.status_code, plain.headers["RateLimit-Reset"]] == [429, "7"]
    assert "Retry-After" not in plain.headers
    assert with_retry_after.headers["Retry-After"] == "9"
    assert client.get("me").status_code == 200


def test_a_fault_takes_only_the_calls_it_names(sandbox: Sandbox, client: httpx.Client) -> None:
    body = {"userId": MARA}
    fault = sandbox.faults.add("refuse", "POST", "/task.*", body=body, times=None, status=503)

    statuses = [
        client.post("taskschedules", json={**SCHEDULE, "userId": TIMO}).status_code,
        client.post("taskschedules", json={**SCHEDULE, "userId": MARA}).status_code,
        client.post("taskschedules", json={**SCHEDULE, "userId": MARA}).status_code,
        client.get("taskschedules").status_code,
    ]

    assert statuses == [200, 503, 503, 200]
    assert fault.taken == 2


def test_a_fault_after_the_write_is_not_spent_on_a_call_refused_for_itself(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    fault = sandbox.faults.add("fail_after", "POST", "/taskschedules")

    assert client.post("taskschedules", json={}).status_code == 400
    assert fault.taken == 0
    assert client.post("taskschedules", json=SCHEDULE).status_code == 500


def test_a_call_that_does_not_come_is_named_with_those_that_did(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    client.get("me")

    with pytest.raises(TimeoutError, match=r"call 2 of GET /me did not come.*so far: GET /me"):
        sandbox.wait_for_call("GET", "/me", timeout_s=0, nth=2)


def test_what_is_held_is_let_go_when_the_sandbox_stops(pool: ThreadPoolExecutor) -> None:
    with Sandbox.start(token=TOKEN) as sandbox:
        sandbox.faults.add("hold_after")
        answer = pool.submit(httpx.get, f"{sandbox.url}/me", headers=AUTHORIZED, timeout=WAIT_S)
        sandbox.wait_for_call("GET", "/me", WAIT_S)

    assert answer.result(WAIT_S).status_code == 200


def test_faults_are_set_shown_released_and_cleared_from_outside(
    sandbox: Sandbox, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    control = f"{sandbox.origin}/sandbox"
    shown = httpx.post(f"{control}/faults", json={"kind": "late", "method": "GET", "path": "/me"})
    answer = pool.submit(client.get, "me")
    sandbox.wait_for_call("GET", "/me", WAIT_S)

    released = httpx.post(f"{control}/release")

    assert answer.result(WAIT_S).status_code == 200
    assert (shown.json()[0]["kind"], released.status_code) == ("late", 204)
    assert httpx.get(f"{control}/faults").json()[0]["taken"] == 1
    assert httpx.delete(f"{control}/faults").status_code == 204
    assert httpx.get(f"{control}/faults").json() == []


NO_FAULTS = [
    {},
    [],
    {"kind": "explode"},
    {"kind": "refuse", "gate": 1},
    {"kind": "late", "path": "("},
]


@pytest.mark.parametrize("model", NO_FAULTS)
def test_a_fault_that_is_none_is_refused(sandbox: Sandbox, model: object) -> None:
    answer = httpx.post(f"{sandbox.origin}/sandbox/faults", json=model)

    assert answer.status_code == 400
    assert sandbox.faults.models() == []


def test_the_list_of_kinds_is_told_to_whoever_asks_for_another(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=", ".join(KINDS)):
        sandbox.faults.from_model({"kind": "explode"})


def test_calls_and_world_can_be_read_from_outside(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post("taskschedules", json=SCHEDULE)
    control = f"{sandbox.origin}/sandbox"

    calls = httpx.get(f"{control}/calls").json()
    schedules = httpx.get(f"{control}/world/taskschedules").json()

    assert [(c["method"], c["path"], c["body"]) for c in calls] == [
        ("POST", "/taskschedules", SCHEDULE)
    ]
    assert "authorization" not in calls[0]["headers"]
    assert [s["plannedDuration"] for s in schedules] == [3600]
    assert httpx.get(f"{control}/world/nothing").status_code == 404
    assert httpx.get(f"{control}/health").json() == {"status": "ok"}
