"""Commands of a deployment with several workspaces: each is about one, and says which there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests.contract.deskoftwo import NAMES, desk_of, hookwork, of
from tests.contract.several import deliveries, enlist, environ_for, rounds_of, store
from tests.contract.test_sandbox_answers import TASK
from tests.contract.unheard import RULES, People
from tests.worker import Clock
from webhooks.store import journal, keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.journal import Run
from webhooks.store.keys import Keys
from webhooks.store.rounds import InForce

NOT_SAID = "which workspace is meant is not said (--workspace, or HOOKWORK_WORKSPACE)"


@pytest.fixture
def env(
    environ: dict[str, str], sandbox: Sandbox, tmp_path: Path, client: Client
) -> Iterator[dict[str, str]]:
    client.config_set("appendfsync", "everysec")
    yield desk_of(environ, sandbox, tmp_path)
    client.config_set("appendfsync", "no")


@pytest.fixture
def failed(client: Client, server: RedisServer) -> dict[str, str]:
    """An event of each that has failed; the worker has one rule."""
    enlist(rounds_of(client, *NAMES), "w1", *[InForce("h", ["greet"])] * 2)
    return {name: fails(client, server, name) for name in NAMES}


def fails(client: Client, server: RedisServer, name: str) -> str:
    """An event of a workspace that fails. Returns its id."""
    store(server.url, deliveries(name, 1))
    inbox = Inbox(client.of(name), retention_s=1_000)
    (claim,) = inbox.claim(1)
    run = Run(
        event_id=claim.id,
        kind="task_updated",
        entity_id="t0",
        title=f"of {name}",
        outcome="failed",
        reason="gone",
    )
    inbox.finish(claim, outcome="failed", run=journal.encode(run))
    return claim.id


def test_the_failed_list_is_that_of_the_workspace_that_is_named(
    env: dict[str, str], failed: dict[str, str]
) -> None:
    told = {name: of(env, name, "failed").stdout for name in NAMES}

    assert all(failed[name] in told[name] for name in NAMES)
    assert failed["globex"] not in told["acme"]


def test_the_environment_may_name_it_too(env: dict[str, str], failed: dict[str, str]) -> None:
    result = hookwork(env | {"HOOKWORK_WORKSPACE": "globex"}, "failed", "--json")

    assert failed["globex"] in result.stdout
    assert failed["acme"] not in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("failed",),
        ("replay", "--failed"),
        ("pause", "greet"),
        ("resume", "greet"),
        ("drop", "e", "--reason", "enough"),
        ("undo", "e"),
        ("backfill", "--since", "1h"),
        ("explain", "event.json"),
        ("test",),
    ],
    ids=lambda command: command[0],
)
def test_where_several_are_there_and_none_is_named_nothing_is_done(
    env: dict[str, str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "event.json").write_text("{}")
    arguments = [str(tmp_path / one) if one.endswith(".json") else one for one in command]

    nobody, stranger = hookwork(env, *arguments), of(env, "acne", *arguments)

    assert (nobody.exit_code, stranger.exit_code) == (1, 1)
    assert f"{NOT_SAID}. There are acme, globex" in nobody.stderr
    assert "there is no workspace 'acne'" in stranger.stderr


def test_the_only_one_need_not_be_named(
    environ: dict[str, str], client: Client, server: RedisServer
) -> None:
    event_id = fails(client, server, "acme")

    result = hookwork(environ_for(environ, "acme") | {"HOOKWORK_WORKSPACE": ""}, "failed")

    assert event_id in result.stdout


def test_beside_others_the_one_without_a_name_is_meant_when_none_is_named(
    environ: dict[str, str], client: Client, server: RedisServer
) -> None:
    events = [fails(client, server, name) for name in ("", "acme")]

    result = hookwork(environ_for(environ, "", "acme") | {"HOOKWORK_WORKSPACE": ""}, "failed")

    assert events[0] in result.stdout
    assert events[1] not in result.stdout


def test_a_replay_is_of_the_workspace_that_is_named(
    env: dict[str, str], failed: dict[str, str], client: Client
) -> None:
    result = of(env, "acme", "replay", "--failed")
    other = of(env, "acme", "replay", failed["globex"])

    assert result.stdout == "1 event is judged once more\n"
    assert "is left, not on record" in other.stderr
    assert [client.zcard(Keys(name).failed) for name in NAMES] == [0, 1]
    assert [client.zcard(Keys(name).waiting) for name in NAMES] == [1, 0]


@pytest.mark.usefixtures("failed")
def test_a_pause_is_of_the_workspace_that_is_named(env: dict[str, str], client: Client) -> None:
    result = of(env, "globex", "pause", "greet", "--reason", "wrong hours")

    assert result.exit_code == 0
    assert [client.hlen(Keys(name).paused) for name in NAMES] == [0, 1]
    assert of(env, "acme", "resume", "greet").exit_code == 1
    assert of(env, "globex", "resume", "greet").exit_code == 0


def test_a_backfill_feeds_in_for_the_workspace_that_is_named(
    env: dict[str, str], sandbox: Sandbox, clock: Clock, client: Client
) -> None:
    clock.now = datetime.now(UTC) - timedelta(minutes=10)
    People(sandbox).change(TASK, name="Heard of later")
    day_ago = int((datetime.now(UTC) - timedelta(days=1)).timestamp())
    client.set(keys.BORN, f"{day_ago}.123 worker")
    client.zadd(keys.WORKSPACES, {"acme": day_ago * 1000})

    result = of(env, "acme", "backfill", "--since", "1h")

    assert result.exit_code == 0, result.output
    assert "tasks: looked at 1, had 0, fed in 1" in result.stdout
    assert [client.zcard(Keys(name).waiting) for name in ("", *NAMES)] == [0, 1, 0]


def test_a_backfill_from_before_a_workspace_was_added_is_refused(
    env: dict[str, str], client: Client
) -> None:
    client.set(keys.BORN, "1000000000.1 worker")
    enlist(rounds_of(client, *NAMES), "w1", *[InForce("h", ["greet"])] * 2)

    result = of(env, "acme", "backfill", "--since", "1h")

    assert result.exit_code == 2
    assert "hookwork's records here begin at" in result.stderr


def test_a_check_without_a_path_checks_the_rules_of_all_each_once(
    env: dict[str, str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nrules: nothing\n", encoding="utf-8")
    shared = env | {"HOOKWORK_WORKSPACES": "acme,globex,initech"}
    own = {"HOOKWORK_RULES__GLOBEX": str(bad)}

    good, all_, one = (
        hookwork(shared, "check"),
        hookwork(shared | own, "check"),
        of(shared | own, "acme", "check"),
    )

    assert (good.exit_code, all_.exit_code, one.exit_code) == (0, 1, 0)
    assert good.stdout.count("no mistakes") == all_.stdout.count("no mistakes") == 1
    assert "bad.yaml:2:8" in all_.stdout + all_.stderr


def test_a_check_of_a_path_needs_no_workspace(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(RULES, encoding="utf-8")

    assert hookwork(env, "check", str(file)).exit_code == 0
