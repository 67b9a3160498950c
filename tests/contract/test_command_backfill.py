"""`hookwork backfill`: what it prints, and with which status it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.commands.backfilling import known_since
from deploy.commands.since import moment
from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import TASK
from tests.contract.unheard import RULES, People, entries
from tests.stored import enlist
from tests.worker import Clock
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def people(sandbox: Sandbox, clock: Clock) -> People:
    """Who changed things ten minutes ago."""
    clock.now = datetime.now(UTC) - timedelta(minutes=10)
    return People(sandbox)


@pytest.fixture
def env(
    environ: dict[str, str], sandbox: Sandbox, tmp_path: Path, client: Client
) -> dict[str, str]:
    """A Redis that has been in use for a day."""
    born = datetime.now(UTC) - timedelta(days=1)
    client.set(keys.BORN, f"{born.timestamp():.0f}.123 worker")
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    given = {"AWORK_API_URL": sandbox.url, "AWORK_API_TOKEN": sandbox.token}
    return {**environ, **given, "HOOKWORK_RULES": str(rules)}


def hookwork(env: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["backfill", *arguments], env=env)


def test_it_says_what_it_looked_at_and_what_it_fed_in(
    env: dict[str, str], people: People, client: Client
) -> None:
    people.change(TASK, name="Heard of\x1b later")

    first, again = (hookwork(env, "--since", "1h") for _ in range(2))

    assert (first.exit_code, again.exit_code) == (0, 0)
    told = first.stdout.splitlines()
    assert told[:2] == [
        "delivery log: looked at 0, had 0, fed in 0",
        "tasks: looked at 1, had 0, fed in 1",
    ]
    assert told[2].startswith("  task_updated  Heard of  later, 20")
    assert told[3] == "The workers have them now; the console says of each that it was found later."
    assert told[4] == "No rule listens to timeentries: not looked at; --of looks all the same."
    assert "tasks: looked at 1, had 1, fed in 0" in again.stdout
    assert client.zcard(keys.UNNAMED.waiting) == 1


def test_a_dry_run_says_what_it_would_feed_in_also_of_before_the_records(
    env: dict[str, str], people: People, client: Client
) -> None:
    people.change(TASK)

    result = hookwork(env, "--since", "3d", "--dry-run")

    assert result.exit_code == 0
    assert "tasks: looked at 1, had 0, would feed in 1" in result.stdout
    assert client.zcard(keys.UNNAMED.waiting) == 0


def test_its_data_have_every_event(env: dict[str, str], people: People, sandbox: Sandbox) -> None:
    ident = people.add(TASK, name="new")["entityId"]
    entries(sandbox, 30, lambda _number: people.sandbox.world.clock())

    result = hookwork(env, "--since", "1h", "--json", "--of", "tasks", "--of", "timeentries")
    data = json.loads(result.stdout)

    assert result.exit_code == 0
    assert [(one["of"], one["looked_at"], one["fed_in"]) for one in data["parts"]] == [
        ("delivery log", 0, 0),
        ("tasks", 1, 1),
        ("timeentries", 30, 30),
    ]
    assert (data["events"][0]["entity_id"], data["events"][0]["kind"]) == (ident, "task_added")
    assert len(data["events"]) == 31


@pytest.mark.usefixtures("people")
def test_what_may_have_been_handled_before_the_records_begin_is_not_done_once_more(
    env: dict[str, str], client: Client
) -> None:
    """A Redis that is new knows nothing of what the one before it had settled."""
    refused = hookwork(env, "--since", "3d")
    anyway = hookwork(env, "--since", "3d", "--anyway")
    client.delete(keys.BORN)
    unknown = hookwork(env, "--since", "1h")

    assert (refused.exit_code, anyway.exit_code, unknown.exit_code) == (2, 0, 2)
    assert "hookwork's records here begin at 20" in refused.stderr
    assert "--dry-run" in refused.stderr
    assert "--anyway" in refused.stderr


def test_records_begin_with_the_first_worker(client: Client, settings: Settings) -> None:
    inbox, later = Inbox(client, retention_s=1), datetime.now(UTC) + timedelta(hours=1)
    enlist(inbox, "one", bell="", rules_hash="", rules=[])

    known = known_since(client, settings, later)

    assert timedelta(minutes=50) < later - known < timedelta(minutes=70)


def test_what_awork_does_not_say_is_an_error_with_the_way_on(
    env: dict[str, str], people: People, sandbox: Sandbox
) -> None:
    people.change(TASK)
    sandbox.faults.deny("GET", "/me/projecttasks")

    result = hookwork(env, "--since", "1h")

    assert result.exit_code == 1
    assert "401 unauthorized" in result.stderr
    assert "give the same command again" in result.stderr


def test_without_the_right_to_see_the_log_the_rest_is_done_and_the_exit_says_so(
    env: dict[str, str], people: People, sandbox: Sandbox
) -> None:
    people.change(TASK)
    sandbox.faults.deny("GET", "/webhooks")

    result = hookwork(env, "--since", "1h")

    assert result.exit_code == 1
    assert "delivery log: not looked at; GET /webhooks: 401 unauthorized" in result.stdout
    assert "tasks: looked at 1, had 0, fed in 1" in result.stdout


@pytest.mark.usefixtures("people")
def test_settings_that_are_missing_are_named(env: dict[str, str]) -> None:
    result = hookwork({**env, "AWORK_API_TOKEN": ""}, "--since", "1h")

    assert result.exit_code == 1
    assert result.stderr.startswith("AWORK_API_TOKEN is missing. Example: ")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-11-20T14:00Z", NOW - timedelta(hours=22)),
        ("2026-11-20T14:00", NOW - timedelta(hours=22)),
        ("2026-11-20T15:00+01:00", NOW - timedelta(hours=22)),
    ],
)
def test_since_is_an_age_or_a_moment(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at


@pytest.mark.parametrize("text", ["", "yesterday", "3 weeks", "2026-11-22T00:00Z", "0x1h"])
def test_since_is_nothing_else_and_not_in_the_future(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        moment(text, NOW)

    assert ended.value.exit_code == 2
    assert capsys.readouterr().err.startswith("--since ")


@pytest.mark.usefixtures("people")
def test_how_far_it_looked_is_said_and_what_is_too_young_is_refused(env: dict[str, str]) -> None:
    looked, too_young = hookwork(env, "--since", "1h"), hookwork(env, "--since", "1m")

    assert looked.stdout.splitlines()[-1].endswith(" may still be delivered: not looked at.")
    assert (too_young.exit_code, too_young.stdout) == (2, "")
    assert "can be looked at from 20" in too_young.stderr
