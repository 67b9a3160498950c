"""`hookwork doctor` and Workiva: looked at where it is used, and what is said of each trouble."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.commands.checks import problem_checks
from deploy.commands.checks_workiva import where, workiva_checks
from deploy.sandbox.server import Sandbox
from tests.contract.unheard import SECRET, WEBHOOK
from webhooks.settings import read
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers import sunset
from workers.targets.workiva_api import APIS, PROTOTYPE

GRANT = ("WORKIVA_CLIENT_ID", "WORKIVA_CLIENT_SECRET")
RULE = """
version: 1
rules:
  - id: mirror
    mode: {mode}
    when: task_added
    do: [{{create_workiva_task: {{title: "${{entity.name}}"}}}}]
"""


@pytest.fixture
def env(
    environ: dict[str, str], sandbox: Sandbox, tmp_path: Path, client: Client
) -> dict[str, str]:
    assert client.ping()
    sandbox.world.add("webhooks", dict(WEBHOOK))
    (tmp_path / "rules.yaml").write_text(RULE.format(mode="live"), encoding="utf-8")
    return environ | {
        "AWORK_API_URL": sandbox.url,
        "AWORK_API_TOKEN": sandbox.token,
        "AWORK_WEBHOOK_SECRET": SECRET,
        "HOOKWORK_RULES": str(tmp_path),
        "WORKIVA_API_URL": sandbox.workiva.url,
        "WORKIVA_CLIENT_ID": sandbox.workiva.client_id,
        "WORKIVA_CLIENT_SECRET": sandbox.workiva.client_secret,
    }


def hookwork(env: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *arguments], env=env)


def found(env: dict[str, str]) -> list[dict[str, Any]]:
    """What it says of Workiva; nothing it prints has the grant's secret in it."""
    result = hookwork(env, "--json")
    assert not (env["WORKIVA_CLIENT_SECRET"] and env["WORKIVA_CLIENT_SECRET"] in result.output)
    return [row for row in json.loads(result.stdout) if row["of"] == "workiva"]


def test_a_grant_that_is_let_in_is_said_so_with_the_host_and_the_api(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    (row,) = found(env)

    assert row["good"]
    host = sandbox.workiva.url.split("/")[2]
    assert row["message"] == (
        f"the grant is let in and reads tasks, at {host} (not a host of Workiva's), API 2026-01-01"
    )
    asked = [(call.method, call.path, dict(call.query)) for call in sandbox.workiva.calls]
    assert asked == [("POST", "/oauth2/token", {}), ("GET", "/tasks", {"$maxpagesize": "1"})]


def test_the_prototype_is_signed_in_to_and_read_by_its_own_paths(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    settings = read(env | {"WORKIVA_API": PROTOTYPE.name})

    (check,) = workiva_checks(settings, None, {}, lambda: datetime(2026, 11, 21, tzinfo=UTC))

    assert check.good
    assert check.message.endswith(", API prototype-2022-01-01")
    assert [call.path for call in sandbox.workiva.calls] == [
        "/iam/v1/oauth2/token",
        "/prototype/platform/tasks",
    ]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://api.app.wdesk.com", "api.app.wdesk.com (US)"),
        ("https://api.EU.wdesk.com/", "api.EU.wdesk.com (EU)"),
        ("https://api.apac.wdesk.com", "api.apac.wdesk.com (APAC)"),
        ("http://127.0.0.1:1/workiva", "127.0.0.1:1 (not a host of Workiva's)"),
    ],
)
def test_where_workiva_is_asked_is_said(env: dict[str, str], url: str, place: str) -> None:
    settings = read(env | {"WORKIVA_API_URL": url})

    assert where(settings) == f"at {place}, API 2026-01-01"


def test_a_rejected_grant_is_said_so_with_the_way_out(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    sandbox.workiva.revoke()

    (row,) = found(env)

    assert not row["good"]
    assert row["message"].startswith("rejects the grant, at 127.0.0.1:")
    assert row["message"].endswith(": POST /oauth2/token: 401 invalid_client")
    assert "set WORKIVA_CLIENT_ID and WORKIVA_CLIENT_SECRET" in row["way_out"]
    assert "Workspace settings, Security" in row["way_out"]


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (
            "task:read",
            "rejects the grant, .*: POST /oauth2/token: 200, but the token is good for 'task:read'"
            " only, not task:write.*",
        ),
        ("task:write", "does not show tasks, .*: GET /tasks: 403Forbidden.*"),
    ],
)
def test_a_scope_that_is_lacking_is_named(
    env: dict[str, str], sandbox: Sandbox, scope: str, message: str
) -> None:
    sandbox.workiva.scope = scope

    (row,) = found(env)

    assert not row["good"]
    assert re.fullmatch(message, row["message"])
    assert "the scopes task:read and task:write" in row["way_out"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "does not answer us, .*: POST /oauth2/token: ConnectError.*"),
        ("{origin}/elsewhere", "does not answer us, .*: POST /oauth2/token: 404; .* right[?]"),
    ],
)
def test_an_address_where_workiva_is_not_is_said_so(
    env: dict[str, str], sandbox: Sandbox, url: str, said: str
) -> None:
    (row,) = found(env | {"WORKIVA_API_URL": url.format(origin=sandbox.origin)})

    assert not row["good"]
    assert re.fullmatch(said, row["message"])
    assert "WORKIVA_API_URL" in row["way_out"]


def test_what_a_live_rule_needs_and_is_not_set_is_said_with_the_rule(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    rows = found(env | dict.fromkeys(GRANT, ""))

    place = f"{env['HOOKWORK_RULES']}/rules.yaml:7"
    assert [row["message"] for row in rows] == [
        f"{name} is missing, and the live rule 'mirror' needs it for create_workiva_task ({place})"
        for name in GRANT
    ]
    assert {row["way_out"] for row in rows} == {
        "set it and restart the workers, or make the rule shadow"
    }
    assert sandbox.workiva.calls == []


def test_where_workiva_is_not_used_nothing_is_said_of_it(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(RULE.format(mode="shadow"), encoding="utf-8")

    assert found(env | dict.fromkeys(GRANT, "")) == []


def test_half_a_grant_is_a_setting_that_cannot_be_read(env: dict[str, str]) -> None:
    result = hookwork(env | {"WORKIVA_CLIENT_SECRET": ""})

    assert result.stdout.startswith(
        "BAD settings: WORKIVA_CLIENT_SECRET is missing, though WORKIVA_CLIENT_ID is set."
    )


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (datetime(2026, 12, 2, tzinfo=UTC), "takes this API away on 2027-01-31 UTC, in 60 days"),
        (datetime(2027, 1, 31, tzinfo=UTC), "is gone since 2027-01-31 UTC"),
    ],
)
def test_the_end_of_the_prototype_is_said_and_what_is_gone_is_not_asked(
    env: dict[str, str], sandbox: Sandbox, today: datetime, said: str
) -> None:
    settings = read(env | {"WORKIVA_API": PROTOTYPE.name})
    ended = sunset.found(APIS[settings.workiva_api], today.date())

    end, *rest = workiva_checks(settings, None, ended, lambda: today)

    assert not end.good
    assert said in end.message
    assert end.way_out == "set WORKIVA_API=2026-01-01 (or remove it) and restart the workers"
    is_gone = today.date() == PROTOTYPE.gone_on
    assert ([one.good for one in rest], bool(sandbox.workiva.calls)) == (
        ([], False) if is_gone else ([True], True)
    )


def test_what_workers_say_of_the_end_is_told_where_doctor_has_other_settings(
    env: dict[str, str], client: Client
) -> None:
    """A worker that has not been restarted since the setting was changed."""
    Problems(client).raised(sunset.ENDS, "Workiva takes this API away", way_out="restart")

    told = [(row["good"], row["message"]) for row in found(env)]

    assert told[0] == (False, "Workiva takes this API away")
    assert told[1][0]


def test_what_doctor_finds_of_the_end_itself_is_not_told_twice(client: Client) -> None:
    Problems(client).raised(sunset.ENDS, "in 60 days", way_out="switch")
    Problems(client).raised("workiva:away", "does not answer", way_out="wait")

    told = [check.message for check in problem_checks(client, known={sunset.ENDS: ()})]

    assert told == ["does not answer"]
