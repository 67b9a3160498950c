"""`hookwork doctor`: what it finds, what it mends, and with which status it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.sandbox.server import Sandbox
from tests.contract.unheard import RULES, SECRET, WEBHOOK
from webhooks.store.client import Client
from webhooks.store.problems import Problems

OTHERS = {name: value for name, value in WEBHOOK.items() if name not in ("isActive", "name")}


@pytest.fixture
def hook(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.world.add("webhooks", dict(WEBHOOK))


@pytest.fixture
def env(
    environ: dict[str, str], sandbox: Sandbox, tmp_path: Path, client: Client
) -> Iterator[dict[str, str]]:
    # As an operator would have it; the tests' own Redis is faster.
    client.config_set("appendfsync", "everysec")
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    given = {
        "AWORK_API_URL": sandbox.url,
        "AWORK_API_TOKEN": sandbox.token,
        "AWORK_WEBHOOK_SECRET": SECRET,
    }
    yield {**environ, **given, "HOOKWORK_RULES": str(rules)}
    client.config_set("appendfsync", "no")


def hookwork(env: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *arguments], env=env)


def found(env: dict[str, str]) -> dict[str, bool]:
    """What was looked at, and whether it is good."""
    rows = json.loads(hookwork(env, "--json").stdout)
    return {of: all(row["good"] for row in rows if row["of"] == of) for of in _names(rows)}


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["of"] for row in rows))


@pytest.mark.usefixtures("hook")
def test_where_all_is_well_it_says_so_in_a_line_each(env: dict[str, str]) -> None:
    result = hookwork(env)

    assert result.stdout.splitlines() == [
        "ok  settings: all are there and can be read",
        "ok  redis: answers, evicts nothing, keeps what it takes on disk",
        "ok  awork: the token works, as Event Processor in Nordlicht Studio",
        "ok  subscription: 'hookwork' (hooks.example.org/webhooks/awork) is active and sends what"
        " rules listen to",
    ]
    assert result.exit_code == 0


def test_a_paused_subscription_is_found_and_left_alone(
    env: dict[str, str], hook: dict[str, Any]
) -> None:
    hook.update(isActive=False, lastFailureReason="503 Busy")

    result = hookwork(env)

    assert result.exit_code == 1
    assert "BAD subscription: awork has paused the subscription 'hookwork' (503 Busy)" in (
        result.stdout
    )
    assert "`hookwork doctor --fix`" in result.stdout
    assert not hook["isActive"]


@pytest.mark.parametrize("shown", [True, False])
def test_fix_makes_it_active_again_and_changes_nothing_else(
    env: dict[str, str], hook: dict[str, Any], sandbox: Sandbox, *, shown: bool
) -> None:
    """Also where awork does not show the secret it sends."""
    hook.update(isActive=False, lastFailureReason="503 Busy")
    hook["authentication"] = hook["authentication"] if shown else None
    taken, failed = "2026-11-20T14:03:05.000Z", "2026-11-20T15:00:00.000Z"
    sandbox.world.webhook_logs[hook["id"]] += [
        {"isSuccessful": True, "createdOn": "2026-11-19T10:00:00.000Z", "message": "{}"},
        {"isSuccessful": True, "createdOn": taken, "message": "{}"},
        {"isSuccessful": False, "createdOn": failed, "message": "{}"},
    ]

    result = hookwork(env, "--fix")

    assert result.exit_code == 0
    assert hook["isActive"]
    header = hook["authentication"].partition("=")
    assert (header[0].lower(), header[2]) == ("x-webhook-secret", SECRET)
    assert {name: hook[name] for name in OTHERS} | {
        "authentication": WEBHOOK["authentication"]
    } == (OTHERS)
    assert "hookwork backfill --since 2026-11-20T14:03:05Z" in result.stdout
    assert "Making the subscription 'hookwork'" in result.stderr
    assert SECRET not in result.output
    assert len(sandbox.writes()) == 1


@pytest.mark.usefixtures("hook")
def test_fix_writes_nothing_where_nothing_is_paused(env: dict[str, str], sandbox: Sandbox) -> None:
    result = hookwork(env, "--fix")

    assert result.exit_code == 0
    assert sandbox.writes() == []


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize(
    ("changed", "bad"),
    [
        ({"AWORK_API_TOKEN": ""}, {"settings": False}),
        ({"AWORK_API_TOKEN": "wrong"}, {"settings": True, "redis": True, "awork": False}),
        ({"AWORK_API_URL": "http://127.0.0.1:1/api/v1"}, {"awork": False}),
        ({"REDIS_URL": "unix:///nonexistent/redis.sock"}, {"redis": False, "subscription": True}),
        ({"AWORK_WEBHOOK_SECRET": "another"}, {"awork": True, "subscription": False}),
        ({"HOOKWORK_RULES": "/nonexistent"}, {"rules": False}),
    ],
)
def test_each_thing_that_is_wrong_is_bad_by_itself(
    env: dict[str, str], changed: dict[str, str], bad: dict[str, bool]
) -> None:
    looked = found({**env, **changed})

    assert {of: good for of, good in looked.items() if of in bad} == bad
    assert hookwork({**env, **changed}).exit_code == 1


@pytest.mark.usefixtures("hook")
def test_a_subscription_that_still_sends_the_secret_before_this_one_is_ours(
    env: dict[str, str],
) -> None:
    secrets = {"AWORK_WEBHOOK_SECRET": "new", "AWORK_WEBHOOK_SECRET_PREVIOUS": SECRET}

    assert found({**env, **secrets})["subscription"]


@pytest.mark.usefixtures("hook")
def test_what_workers_have_found_wrong_is_told_too(env: dict[str, str], client: Client) -> None:
    Problems(client).raised("rules:not-loaded", "the newest rules do not load", way_out="mend")

    result = hookwork(env)

    assert result.exit_code == 1
    assert "BAD rules: the newest rules do not load\n      -> mend" in result.stdout


@pytest.mark.usefixtures("hook")
def test_what_redis_has_lost_is_told_and_what_is_looked_at_anyway_is_not_told_twice(
    env: dict[str, str], client: Client
) -> None:
    Problems(client).raised("redis:emptied", "Redis was emptied", way_out="backfill")
    Problems(client).raised("redis:full", "it was full a moment ago", way_out="wait")

    result = hookwork(env)

    assert result.exit_code == 1
    assert "BAD redis: Redis was emptied\n      -> backfill\n" in result.stdout
    assert "a moment ago" not in result.stdout


def test_a_token_that_awork_rejects_is_said_so(env: dict[str, str]) -> None:
    result = hookwork({**env, "AWORK_API_TOKEN": "another"})

    assert "BAD awork: rejects the token: GET /me: 401 token-rejected" in result.stdout
