"""The client and the sandbox's Workiva, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from deploy.sandbox.server import Sandbox
from tests.worker import Clock
from webhooks.errors import TargetAway, TargetFailed, TargetGone, TargetRefused
from webhooks.settings import read
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers import connections
from workers.targets.circuits import Circuits
from workers.targets.deprecations import Deprecations
from workers.targets.http import Request
from workers.targets.workiva import Connection, Credentials, Workiva
from workers.targets.workiva_api import CURRENT, PROTOTYPE, Api

CREATE = Request("POST", "/tasks", {"title": "Check the report"}, target="workiva")


@pytest.fixture(params=[CURRENT, PROTOTYPE], ids=lambda api: api.name)
def api(request: pytest.FixtureRequest) -> Api:
    asked: Api = request.param
    return asked


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def workiva(sandbox: Sandbox, client: Client, clock: Clock, api: Api) -> Iterator[Workiva]:
    there = sandbox.workiva
    connection = Connection(
        there.url,
        Credentials(SecretStr(there.client_id), SecretStr(there.client_secret)),
        api=api,
        client=client,
        circuits=Circuits(client, now_ms=lambda: clock.ms),
        deprecations=Deprecations(client),
        now=clock,
        now_ms=lambda: clock.ms,
    )
    yield Workiva(connection)
    connection.close()


def test_a_task_is_made_read_found_and_gone(workiva: Workiva, sandbox: Sandbox) -> None:
    made = workiva.send(CREATE).json
    ident = made["id"]

    read, found = workiva.one(f"/tasks/{ident}"), workiva.found("title eq 'Check the report'")
    unfiltered = workiva.found("")
    deleted = workiva.send(Request("DELETE", f"/tasks/{ident}", target="workiva"))
    with pytest.raises(TargetGone):
        workiva.one(f"/tasks/{ident}")

    assert read["title"] == made["title"] == "Check the report"
    assert [one["id"] for one in found] == [one["id"] for one in unfiltered] == [ident]
    assert (deleted.status, deleted.json) == (204, None)
    assert sandbox.workiva.tokens_given == 1


def test_a_condition_that_workiva_does_not_know_lists_all(workiva: Workiva) -> None:
    workiva.send(CREATE)

    assert len(workiva.found("nothing knows 'this'")) == 1


def test_a_list_of_more_than_a_page_is_read_whole(workiva: Workiva, sandbox: Sandbox) -> None:
    there = sandbox.workiva.workspace
    for number in range(1_001):
        there.tasks[f"t{number}"] = {**there.blank(f"t{number}"), "title": f"Task {number}"}

    assert len(workiva.found("")) == 1_001


def test_a_token_that_ended_early_is_replaced(workiva: Workiva, sandbox: Sandbox) -> None:
    workiva.send(CREATE)
    sandbox.workiva.end_tokens()

    workiva.send(CREATE)

    assert sandbox.workiva.tokens_given == 2
    assert len(sandbox.workiva.tasks) == 2


def test_tokens_are_renewed_before_they_end_all_day_long(
    workiva: Workiva, sandbox: Sandbox, clock: Clock
) -> None:
    for _ in range(120):
        workiva.send(CREATE)
        clock.forward(seconds=90)

    # None of them was refused; each serves for six requests, the last of them after 450 s.
    assert workiva.tally == {"api:workiva:201": 120}
    assert sandbox.workiva.tokens_given == 20


def test_a_revoked_grant_pauses_it_until_it_is_granted_again(
    workiva: Workiva, sandbox: Sandbox, client: Client, clock: Clock
) -> None:
    workiva.send(CREATE)
    sandbox.workiva.revoke()
    failed = [failure(workiva) for _ in range(9)]
    during, calls = Problems(client).all(), len(sandbox.workiva.calls)
    sandbox.workiva.grant()
    clock.forward(seconds=1)
    workiva.send(CREATE)

    assert failed[0].code == "token-rejected"
    assert {(type(one), one.code) for one in failed[1:]} == {(TargetAway, "workiva:token-rejected")}
    assert [one.cause for one in during] == ["workiva:token-rejected"]
    # To sign in, to create; the same refused.
    assert calls == 4
    assert (len(sandbox.workiva.tasks), Problems(client).all()) == (2, [])


def test_a_grant_without_its_scope_is_rejected(
    workiva: Workiva, sandbox: Sandbox, client: Client
) -> None:
    sandbox.workiva.scope = "task:read"
    failure(workiva)

    (problem,) = Problems(client).all()
    assert "'task:read' only, not task:write" in problem.message


def test_too_many_requests_hold_all(workiva: Workiva, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.workiva.faults.add(kind="rate_limit", path=".*/tasks", retry_after_s=7)
    first, second = failure(workiva), failure(workiva)
    sandbox.workiva.faults.clear()
    clock.forward(seconds=7)
    workiva.send(CREATE)

    assert (first.status, second.code) == (429, "workiva:busy")
    assert len(sandbox.workiva.tasks) == 1


def test_what_workiva_refuses_is_told_in_its_words(workiva: Workiva) -> None:
    with pytest.raises(TargetRefused) as refused:
        workiva.send(Request("POST", "/tasks", {"title": 7}, target="workiva"))

    assert str(refused.value).startswith("POST /tasks: 400BadRequest: ")
    assert "title" in str(refused.value)


def test_the_prototypes_end_is_told_where_it_says_so(
    workiva: Workiva, sandbox: Sandbox, client: Client, api: Api
) -> None:
    sandbox.workiva.tells_deprecation = True

    workiva.send(CREATE)

    causes = [one.cause for one in Problems(client).all()]
    assert causes == ([] if api is CURRENT else ["workiva:deprecated"])


def test_its_end_is_that_of_the_prototype_and_of_nothing_else(
    workiva: Workiva, clock: Clock, api: Api
) -> None:
    clock.now = datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC)
    workiva.send(CREATE)
    clock.forward(seconds=1)

    if api is CURRENT:
        assert workiva.send(CREATE).status == 201
    else:
        assert failure(workiva).code == "workiva:prototype-gone"


def test_workers_made_from_their_settings_share_token_pause_and_notices(
    sandbox: Sandbox, client: Client, environ: dict[str, str]
) -> None:
    there = sandbox.workiva
    there.tells_deprecation = True
    told = {
        **environ,
        "WORKIVA_API_URL": there.url,
        "WORKIVA_CLIENT_ID": there.client_id,
        "WORKIVA_CLIENT_SECRET": there.client_secret,
        "WORKIVA_API": PROTOTYPE.name,
    }
    settings, now = read(told), datetime(2026, 11, 21, tzinfo=UTC)
    made = [connections.workiva(settings, Circuits(client), now=lambda: now) for _ in range(2)]

    for connection in made:
        Workiva(connection).send(CREATE)
    there.faults.add(kind="rate_limit", path=".*/tasks", retry_after_s=7)
    codes = [failure(Workiva(connection)).code for connection in made]
    for connection in made:
        connection.close()

    assert there.tokens_given == 1
    assert codes == ["429TooManyRequests", "workiva:busy"]
    assert [one.cause for one in Problems(client).all()] == ["workiva:deprecated"]


def failure(workiva: Workiva) -> TargetFailed:
    with pytest.raises(TargetFailed) as failed:
        workiva.send(CREATE)
    return failed.value
