"""The sandbox's Workiva: what can be made to fail, and what can be seen of it from outside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from deploy.sandbox.workiva.grant import Credentials
from tests.contract.wdesk import OLD, TODAY, Caller, signed_in

WAIT_S = 10.0
BODY = {"title": "Report"}
BOTH = pytest.mark.parametrize(
    ("version", "path"), [(TODAY, "/tasks"), (OLD, "/prototype/platform/tasks")]
)


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_a_refused_call_is_told_in_workivas_words(sandbox: Sandbox, status: int) -> None:
    caller = signed_in(sandbox.workiva)
    sandbox.workiva.faults.add("refuse", "POST", "/tasks", status=status)

    answer = caller.ask("POST", json=BODY)

    said = answer.json()
    assert (answer.status_code, said["code"][:3], said["version"]) == (status, str(status), TODAY)
    assert said["message"]
    assert sandbox.workiva.tasks == {}
    assert caller.ask("POST", json=BODY).status_code == 201


@BOTH
@pytest.mark.parametrize(("kind", "tasks"), [("drop_before", 0), ("drop_after", 1)])
def test_an_answer_may_be_lost_before_or_after_the_write(
    sandbox: Sandbox, version: str, path: str, kind: str, tasks: int
) -> None:
    caller = signed_in(sandbox.workiva, version)
    sandbox.workiva.faults.from_model({"kind": kind, "method": "POST", "path": ".*/tasks"})

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        caller.ask("POST", json=BODY)

    call = sandbox.workiva.wait_for_call("POST", path)
    assert (call.status, call.written, call.body) == (0, bool(tasks), BODY)
    assert len(sandbox.workiva.tasks) == tasks
    assert len(sandbox.workiva.writes(path)) == tasks


def test_a_call_may_fail_after_its_write(sandbox: Sandbox) -> None:
    caller = signed_in(sandbox.workiva)
    sandbox.workiva.faults.add("fail_after", "POST", "/tasks", status=503, retry_after_s=7)

    answer = caller.ask("POST", json=BODY)

    assert (answer.status_code, answer.json()["code"]) == (503, "503ServiceUnavailable")
    assert answer.headers["Retry-After"] == "7"
    assert len(sandbox.workiva.tasks) == 1


def test_a_held_answer_waits_until_it_is_released(sandbox: Sandbox) -> None:
    caller = signed_in(sandbox.workiva)
    fault = sandbox.workiva.faults.add("hold_after", "POST", "/tasks")

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(caller.ask, "POST", json=BODY)
        sandbox.workiva.wait_for_call("POST", "/tasks", WAIT_S)
        is_held = not answer.done()
        fault.release()

        assert answer.result(WAIT_S).status_code == 201
    assert is_held


@pytest.mark.parametrize(("retry_after_s", "told"), [(None, None), (9, "9")])
def test_a_rate_limit_may_say_when_to_come_back(
    sandbox: Sandbox, retry_after_s: int | None, told: str | None
) -> None:
    caller = signed_in(sandbox.workiva)
    sandbox.workiva.faults.add("rate_limit", retry_after_s=retry_after_s)

    answer = caller.ask("GET")

    assert (answer.status_code, answer.json()["code"]) == (429, "429TooManyRequests")
    assert answer.headers.get("Retry-After") == told


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "invalid_client"), (503, "temporarily_unavailable"), (500, "server_error")],
)
def test_a_sign_in_may_fail_in_oauths_words(sandbox: Sandbox, status: int, error: str) -> None:
    sandbox.workiva.faults.add("refuse", "POST", "/oauth2/token", status=status)

    answer = Caller(sandbox.workiva).sign_in()

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert sandbox.workiva.tokens_given == 0


def test_a_token_may_be_given_and_never_arrive(sandbox: Sandbox) -> None:
    sandbox.workiva.faults.add("drop_after", "POST", "/oauth2/token")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        Caller(sandbox.workiva).sign_in()

    assert sandbox.workiva.tokens_given == 1


def test_its_faults_and_calls_are_its_own(sandbox: Sandbox) -> None:
    caller = signed_in(sandbox.workiva)
    sandbox.faults.add("refuse", times=None)

    made = caller.ask("POST", json=BODY)

    assert made.status_code == 201
    assert sandbox.calls == []
    assert [(c.method, c.path, c.status, c.written) for c in sandbox.workiva.calls] == [
        ("POST", "/oauth2/token", 200, False),
        ("POST", "/tasks", 201, True),
    ]


def test_no_secret_is_recorded(sandbox: Sandbox) -> None:
    caller = signed_in(sandbox.workiva)
    caller.ask("POST", json=BODY)

    calls = httpx.get(f"{sandbox.origin}/sandbox/workiva/calls").text

    assert sandbox.workiva.client_id in calls
    assert sandbox.workiva.client_secret not in calls
    assert caller.token not in calls


def test_tasks_and_faults_can_be_seen_and_moved_from_outside(sandbox: Sandbox) -> None:
    caller, control = signed_in(sandbox.workiva), f"{sandbox.origin}/sandbox/workiva"
    made = caller.made()

    shown = httpx.post(f"{control}/faults", json={"kind": "refuse", "path": "/tasks"}).json()

    assert httpx.get(f"{control}/tasks").json() == [made]
    assert [fault["kind"] for fault in shown] == ["refuse"]
    assert caller.ask("GET").status_code == 500
    assert httpx.get(f"{control}/faults").json()[0]["taken"] == 1
    assert httpx.post(f"{control}/release").status_code == 204
    assert httpx.delete(f"{control}/faults").status_code == 204
    assert httpx.get(f"{sandbox.origin}/sandbox/faults").json() == []


def test_the_grant_can_be_taken_and_given_again_from_outside(sandbox: Sandbox) -> None:
    caller, control = signed_in(sandbox.workiva), f"{sandbox.origin}/sandbox/workiva"

    taken = httpx.post(f"{control}/revoke").status_code
    without = caller.ask("GET").status_code, Caller(sandbox.workiva).sign_in().status_code
    given = httpx.post(f"{control}/grant").status_code

    assert (taken, given) == (204, 204)
    assert without == (401, 401)
    assert caller.ask("GET").status_code == 401
    assert signed_in(sandbox.workiva).ask("GET").status_code == 200


def test_what_is_held_is_let_go_when_the_sandbox_stops() -> None:
    with ThreadPoolExecutor(1) as pool:
        with Sandbox.start() as sandbox:
            caller = signed_in(sandbox.workiva)
            sandbox.workiva.faults.add("hold_after", "GET")
            answer = pool.submit(caller.ask, "GET")
            sandbox.workiva.wait_for_call("GET", "/tasks", WAIT_S)

        assert answer.result(WAIT_S).status_code == 200


def test_it_is_signed_in_to_with_what_it_was_started_with() -> None:
    sandbox = Sandbox(workiva=Credentials("grant", "its secret"))

    workiva = sandbox.workiva

    assert (workiva.client_id, workiva.client_secret) == ("grant", "its secret")
    sandbox.stop()
