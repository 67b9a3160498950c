"""The sandbox's Workiva: who gets in, for how long, how often, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from deploy.sandbox.workiva.service import Workiva
from tests.contract.wdesk import OLD, PLACES, TODAY, Caller, Moment, signed_in

BOTH = pytest.mark.parametrize("version", [TODAY, OLD])


@pytest.fixture(name="clock")
def _clock() -> Moment:
    return Moment()


@pytest.fixture(name="workiva")
def _workiva(clock: Moment) -> Iterator[Workiva]:
    with Sandbox.start(clock=clock) as sandbox:
        yield sandbox.workiva


@BOTH
def test_a_sign_in_gives_a_token_for_ten_minutes(workiva: Workiva, version: str) -> None:
    answer = Caller(workiva, version).sign_in()

    given = answer.json()
    assert answer.status_code == 200
    assert given.pop("access_token")
    assert given == {"token_type": "bearer", "expires_in": 599, "scope": "task:read task:write"}
    assert workiva.tokens_given == 1


@pytest.mark.parametrize("way", ["json", "basic"])
def test_a_sign_in_may_be_json_or_have_its_credentials_in_a_header(
    workiva: Workiva, way: str
) -> None:
    form = {"grant_type": "client_credentials"}
    pair = {"client_id": workiva.client_id, "client_secret": workiva.client_secret}
    url, version = f"{workiva.url}/oauth2/token", {"X-Version": TODAY}

    if way == "json":
        answer = httpx.post(url, json={**form, **pair}, headers=version)
    else:
        basic = (workiva.client_id, workiva.client_secret)
        answer = httpx.post(url, data=form, auth=basic, headers=version)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_sign_in_is_refused_in_oauths_words(
    workiva: Workiva, form: dict[str, str], status: int, error: str
) -> None:
    answer = Caller(workiva).sign_in(**form)

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert workiva.tokens_given == 0


@pytest.mark.parametrize(("version", "other"), [(TODAY, OLD), (OLD, TODAY)])
def test_a_sign_in_of_the_other_version_is_not_found(
    workiva: Workiva, version: str, other: str
) -> None:
    url = workiva.url + PLACES[other][1]

    answer = httpx.post(url, headers={"X-Version": version})

    assert answer.status_code == 404


@BOTH
@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic {token}"])
def test_without_a_valid_token_nothing_is_done(workiva: Workiva, version: str, header: str) -> None:
    caller = signed_in(workiva, version)
    headers = {"X-Version": version, "Authorization": header.format(token=caller.token)}

    answer = caller.ask("POST", headers=headers, json={"title": "a"})

    assert (answer.status_code, answer.json()["code"]) == (401, "401Unauthorized")
    assert workiva.tasks == {}


def test_a_token_ends_by_the_clock(workiva: Workiva, clock: Moment) -> None:
    caller = signed_in(workiva)
    workiva.expires_in_s = 10
    shorter = signed_in(workiva)

    clock.forward(seconds=10)
    statuses = [shorter.ask("GET").status_code, caller.ask("GET").status_code]
    clock.forward(seconds=588)
    before = caller.ask("GET").status_code
    clock.forward(seconds=1)

    assert statuses == [401, 200]
    assert (before, caller.ask("GET").status_code) == (200, 401)
    assert caller.sign_in().is_success
    assert caller.ask("GET").status_code == 200


def test_all_tokens_may_be_ended_at_once(workiva: Workiva) -> None:
    callers = [signed_in(workiva), signed_in(workiva)]

    workiva.end_tokens()

    assert [caller.ask("GET").status_code for caller in callers] == [401, 401]
    assert signed_in(workiva).ask("GET").is_success
    assert workiva.tokens_given == 3


def test_a_revoked_grant_lets_nobody_in_until_it_is_given_again(workiva: Workiva) -> None:
    caller = signed_in(workiva)

    workiva.revoke()
    refused, again = caller.ask("GET"), Caller(workiva).sign_in()
    workiva.grant()

    assert refused.status_code == 401
    assert (again.status_code, again.json()) == (401, {"error": "invalid_client"})
    assert caller.ask("GET").status_code == 401
    assert signed_in(workiva).ask("GET").is_success


def test_a_narrower_scope_is_told_and_holds(workiva: Workiva) -> None:
    workiva.scope = "task:read"
    caller = Caller(workiva)

    told = caller.sign_in().json()["scope"]
    refused = caller.ask("POST", json={"title": "a"})

    assert told == "task:read"
    assert (refused.status_code, refused.json()["code"]) == (403, "403Forbidden")
    assert caller.ask("GET").is_success


def test_a_scope_that_is_asked_for_is_all_that_is_given(workiva: Workiva) -> None:
    caller = Caller(workiva)

    told = caller.sign_in(scope="task:write").json()["scope"]

    assert told == "task:write"
    assert caller.ask("GET").status_code == 403
    assert caller.ask("POST", json={"title": "a"}).is_success


def test_too_many_calls_in_a_second_are_told_when_to_come_back(
    workiva: Workiva, clock: Moment
) -> None:
    caller = signed_in(workiva)

    statuses = [caller.ask("GET").status_code for _ in range(75)]
    limited = caller.ask("POST", json={"title": "a"})
    clock.forward(seconds=1)

    assert set(statuses) == {200}
    assert (limited.status_code, limited.json()["code"]) == (429, "429TooManyRequests")
    assert limited.headers["Retry-After"] == "1"
    assert workiva.tasks == {}
    assert caller.ask("GET").status_code == 200


def test_the_budget_may_be_another(workiva: Workiva) -> None:
    caller = signed_in(workiva)
    workiva.per_second = 1

    assert [caller.ask("GET").status_code for _ in "12"] == [200, 429]


def test_the_prototype_ends_by_the_clock_and_todays_api_goes_on(
    workiva: Workiva, clock: Moment
) -> None:
    clock.now = datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC)
    old, today = signed_in(workiva, OLD), signed_in(workiva)
    ident = old.made()["id"]

    clock.forward(seconds=1)

    assert [
        old.ask("GET", f"/tasks/{ident}").status_code,
        old.ask("GET").status_code,
        old.ask("POST", json={"title": "a"}).status_code,
    ] == [404, 404, 404]
    assert old.sign_in().status_code == 200
    assert today.ask("GET", f"/tasks/{ident}").status_code == 200


def test_the_prototypes_end_may_be_another_day(workiva: Workiva, clock: Moment) -> None:
    old = signed_in(workiva, OLD)

    workiva.prototype_ends = clock.now

    assert old.ask("GET").status_code == 404


@BOTH
def test_the_end_is_told_in_headers_only_when_wished(workiva: Workiva, version: str) -> None:
    caller = signed_in(workiva, version)

    silent = caller.ask("GET").headers
    workiva.tells_deprecation = True
    told = caller.ask("GET").headers

    # 2026-02-12T00:00:00Z is 1770854400 s after 1970.
    headers = ("@1770854400", "Sun, 31 Jan 2027 00:00:00 GMT")
    expected = headers if version == OLD else (None, None)
    assert (silent.get("deprecation"), silent.get("sunset")) == (None, None)
    assert (told.get("deprecation"), told.get("sunset")) == expected
