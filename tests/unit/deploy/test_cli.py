"""The `hookwork` command: what it prints, and with which status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.redis_server import RedisServer
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.problems import Problems

GOOD = """version: 1
rules:
  - id: greet
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: hello}
"""
TESTED = """tests:
  - name: it greets
    rule: greet
    event: {eventType: task_added}
    expect:
      - add_comment: {message: hello}
"""
BROKEN = GOOD.replace("add_comment", "add_coment")
COMMANDS = sorted(
    command.callback.__name__ for command in app.registered_commands if command.callback
)
MISTAKE = "unknown action 'add_coment'; did you mean 'add_comment'?"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it, and an environment without settings."""
    for name in ("REDIS_URL", "HOOKWORK_RULES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hookwork(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environ)


def test_good_rules_are_counted(elsewhere: Path) -> None:
    (elsewhere / "a.yaml").write_text(GOOD, encoding="utf-8")
    (elsewhere / "b.yml").write_text(GOOD.replace("greet", "greet-too"), encoding="utf-8")
    for rule in ("greet", "greet-too"):
        test = TESTED.replace("rule: greet", f"rule: {rule}")
        (elsewhere / f"{rule}.test.yaml").write_text(test, encoding="utf-8")

    result = hookwork("check", ".")

    assert result.exit_code == 0
    assert result.stdout.startswith(".: 2 rules (2 live), no mistakes (rule set ")
    assert result.stderr == ""


def test_a_mistake_is_shown_with_its_place_and_a_caret() -> None:
    Path("rules.yaml").write_text(BROKEN, encoding="utf-8")

    result = hookwork("check", "rules.yaml")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"rules.yaml:6:9: {MISTAKE} [unknown-action]",
        '          - add_coment: {task: "${entity.id}", message: hello}',
        "            ^",
    ]
    assert result.stderr == "1 mistake; nothing was loaded\n"


def test_all_mistakes_of_all_files_are_counted(elsewhere: Path) -> None:
    for name in ("a", "b"):
        (elsewhere / f"{name}.yaml").write_text(BROKEN, encoding="utf-8")

    result = hookwork("check", str(elsewhere))

    assert result.exit_code == 1
    assert result.stderr.startswith("3 mistakes;")  # the second `greet` is one more


@pytest.mark.parametrize(("text", "exit_code", "level"), [(BROKEN, 1, "error"), (GOOD, 0, "")])
def test_json_is_for_machines(text: str, exit_code: int, level: str) -> None:
    Path("rules.yaml").write_text(text, encoding="utf-8")
    Path("rules.test.yaml").write_text(TESTED, encoding="utf-8")

    result = hookwork("check", "rules.yaml", "--format", "json")

    row = {
        "level": level,
        "path": "rules.yaml",
        "line": 6,
        "column": 9,
        "code": "unknown-action",
        "message": MISTAKE,
    }
    assert result.exit_code == exit_code
    assert json.loads(result.stdout) == ([row] if level else [])
    assert result.stderr == ""


def test_github_marks_the_line() -> None:
    Path("rules.yaml").write_text(BROKEN, encoding="utf-8")

    result = hookwork("check", "rules.yaml", "--format", "github")

    assert result.exit_code == 1
    assert result.stdout == (f"::error file=rules.yaml,line=6,col=9::{MISTAKE} [unknown-action]\n")


def test_a_warning_is_shown_and_is_no_mistake() -> None:
    Path("rules.yaml").write_text(GOOD.replace("task_added", "project_task_added"), "utf-8")
    Path("rules.test.yaml").write_text(TESTED, encoding="utf-8")

    result = hookwork("check", "rules.yaml", "--format", "github")

    assert result.exit_code == 0
    assert result.stdout.startswith("::warning file=rules.yaml,line=4,col=11::")


def test_without_a_path_the_rules_of_the_environment_are_checked() -> None:
    Path("mine.yaml").write_text(GOOD, encoding="utf-8")
    Path("mine.test.yaml").write_text(TESTED, encoding="utf-8")

    result = hookwork("check", HOOKWORK_RULES="mine.yaml")

    assert result.exit_code == 0
    assert result.stdout.startswith("mine.yaml: 1 rule (1 live), no mistakes")


def test_a_rule_without_a_test_is_a_warning_and_no_mistake() -> None:
    Path("rules.yaml").write_text(GOOD, encoding="utf-8")

    result = hookwork("check", "rules.yaml")

    first, *_, last = result.stdout.splitlines()
    assert result.exit_code == 0
    assert first.startswith("rules.yaml:3:5: warning: no test names the rule 'greet';")
    assert last.startswith("rules.yaml: 1 rule (1 live), no mistakes, 1 warning (rule set ")


def test_how_many_rules_write_is_told_by_their_mode(elsewhere: Path) -> None:
    for number, mode in enumerate(("live", "live", "shadow", "off, reason: fair")):
        text = GOOD.replace("id: greet", f"id: greet-{number}")
        keys = "".join(f"    {each}\n" for each in f"mode: {mode}".split(", "))
        (elsewhere / f"{number}.yaml").write_text(text.replace("    when:", f"{keys}    when:"))

    result = hookwork("check", ".")

    *_, last = result.stdout.splitlines()
    assert last.startswith(".: 4 rules (2 live, 1 shadow, 1 off), no mistakes, 3 warnings")


@pytest.mark.parametrize(("form", "told"), [("text", 1), ("github", 3)])
def test_rules_without_a_test_are_one_line_for_people(
    elsewhere: Path, form: str, told: int
) -> None:
    for name in ("a", "b", "c"):
        (elsewhere / f"{name}.yaml").write_text(GOOD.replace("id: greet", f"id: greet-{name}"))

    lines = hookwork("check", ".", "--format", form).stdout.splitlines()

    untested = [line for line in lines if line.endswith("[untested-rule]")]
    assert len(untested) == told
    if form == "text":
        assert "no test names these rules: greet-a, greet-b, greet-c; write" in untested[0]


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 1)])
def test_a_warning_ends_with_1_only_when_that_is_asked_for(
    strict: tuple[str, ...], code: int
) -> None:
    Path("rules.yaml").write_text(GOOD, encoding="utf-8")

    assert hookwork("check", "rules.yaml", *strict).exit_code == code


def test_a_test_file_is_not_checked_as_rules() -> None:
    Path("a.test.yaml").write_text(TESTED, encoding="utf-8")

    result = hookwork("check", "a.test.yaml")

    assert result.exit_code == 2
    assert result.stderr == (
        "a.test.yaml is a file with tests of rules; run it with 'hookwork test a.test.yaml'\n"
    )


def test_a_path_that_is_not_there_is_wrong_usage() -> None:
    result = hookwork("check", "nowhere")

    assert result.exit_code == 2
    assert result.stdout == (
        "nowhere:1:1: no such file or folder; give a rule file or a folder of them [no-such-path]\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--wrong"),
        ("check", "--format", "xml"),
        ("pause",),
        ("resume",),
        ("up", "--twice"),
        ("nothing",),
    ],
)
def test_a_wrong_word_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert hookwork(*arguments).exit_code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = hookwork(command, "--help")

    assert result.exit_code == 0
    assert f"Example: hookwork {command}" in " ".join(result.stdout.split())


def test_the_commands_are_these() -> None:
    assert COMMANDS == [
        "backfill",
        "backup",
        "check",
        "doctor",
        "drop",
        "explain",
        "failed",
        "pause",
        "replay",
        "resume",
        "schema",
        "test",
        "undo",
        "up",
    ]


def test_a_rule_is_paused_and_goes_on(client: Client, server: RedisServer) -> None:
    client.hset(keys.UNNAMED.rules, "ids", "greet\nplan")
    paused = hookwork("pause", "greet", "--reason", "wrong hours", REDIS_URL=server.url)
    while_paused = client.hgetall(keys.UNNAMED.paused)
    resumed = hookwork("resume", "greet", REDIS_URL=server.url)

    assert (paused.exit_code, paused.stdout) == (0, "greet is paused; its events wait\n")
    assert while_paused == {b"greet": b"wrong hours"}
    assert resumed.exit_code == 0
    assert resumed.stdout == ("greet goes on; its waiting events are tried again within a minute\n")
    assert client.hgetall(keys.UNNAMED.paused) == {}


def test_a_rule_that_no_worker_has_cannot_be_paused(client: Client, server: RedisServer) -> None:
    """Somebody who mistypes it must not believe that the writing has stopped."""
    client.hset(keys.UNNAMED.rules, "ids", "greet\nplan")

    result = hookwork("pause", "greeet", REDIS_URL=server.url)

    assert (result.exit_code, result.stderr) == (
        1,
        "nothing was paused: no rule is called 'greeet'; did you mean 'greet'?\n",
    )
    assert not client.exists(keys.UNNAMED.paused)


def test_a_pause_keeps_its_first_reason(client: Client, server: RedisServer) -> None:
    client.hset(keys.UNNAMED.rules, "ids", "greet")
    hookwork("pause", "greet", "--reason", "wrong hours", REDIS_URL=server.url)

    again = hookwork("pause", "greet", REDIS_URL=server.url)

    assert (again.exit_code, again.stderr) == (1, "greet is paused already: wrong hours\n")


def test_a_rule_that_is_not_paused_cannot_be_resumed(client: Client, server: RedisServer) -> None:
    assert client.hgetall(keys.UNNAMED.paused) == {}

    result = hookwork("resume", "greet", REDIS_URL=server.url)

    assert (result.exit_code, result.stderr) == (1, "greet is not paused\n")


def test_a_running_house_in_this_folder_is_found(
    client: Client, server: RedisServer, elsewhere: Path
) -> None:
    client.hset(keys.UNNAMED.rules, "ids", "greet")
    running = elsewhere / ".hookwork" / "running.json"
    running.parent.mkdir()
    running.write_text(json.dumps({"REDIS_URL": server.url}), encoding="utf-8")

    result = hookwork("pause", "greet")

    assert result.exit_code == 0
    assert client.hgetall(keys.UNNAMED.paused) == {b"greet": b"by hand"}


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_without_redis_url_and_house_it_says_what_is_missing(command: str) -> None:
    result = hookwork(command, "greet")

    assert (result.exit_code, result.stderr) == (
        1,
        "REDIS_URL is missing, and no `hookwork up` runs in this folder\n",
    )


def test_a_redis_that_is_away_is_one_line() -> None:
    result = hookwork("pause", "greet", REDIS_URL="unix:///nonexistent/redis.sock")

    assert result.exit_code == 1
    assert result.stderr == "Redis does not answer at /nonexistent/redis.sock\n"


def test_the_password_of_redis_is_not_printed() -> None:
    result = hookwork("pause", "greet", REDIS_URL="redis://:hunter2@127.0.0.1:1/0")

    assert result.exit_code == 1
    assert "hunter2" not in result.output


def test_a_redis_url_that_is_none_is_one_line() -> None:
    result = hookwork("pause", "greet", REDIS_URL="localhost:6379")

    assert isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1


def test_a_rule_that_is_resumed_is_no_problem_any_more(client: Client, server: RedisServer) -> None:
    problems = Problems(client)
    problems.raised("rule:greet:loop", "greet answers its own events")
    problems.raised("awork:token-rejected", "the token is wrong")
    client.hset(keys.UNNAMED.paused, "greet", "it answers its own events")

    hookwork("resume", "greet", REDIS_URL=server.url)

    assert [problem.cause for problem in problems.all()] == ["awork:token-rejected"]


def test_a_redis_that_takes_no_writes_is_said_in_a_line_with_the_way_out(
    server: RedisServer, client: Client
) -> None:
    client.hset(keys.UNNAMED.rules, "ids", "greet")
    client.config_set("maxmemory", "1")
    try:
        result = hookwork("pause", "greet", REDIS_URL=server.url)
    finally:
        client.config_set("maxmemory", "0")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Redis does not do it: ")
    assert result.stderr.endswith("; give it more memory, or set a shorter HOOKWORK_RETENTION\n")


@pytest.mark.usefixtures("client")
def test_redis_may_be_named_by_a_file(elsewhere: Path, server: RedisServer) -> None:
    (elsewhere / "url").write_text(f"{server.url}\n", encoding="utf-8")

    found = hookwork("failed", REDIS_URL_FILE="url")
    missing = hookwork("failed", REDIS_URL_FILE="nowhere")

    assert (found.exit_code, found.stdout) == (0, "nothing failed\n")
    assert missing.exit_code == 1
    assert missing.stderr.startswith("REDIS_URL_FILE: cannot read 'nowhere': ")


def test_help_has_no_line_breaks_of_the_source() -> None:
    told = {command.help or "" for command in app.registered_commands}

    assert len(told) == len(COMMANDS)
    assert not [one for one in told if "\n" in one.replace("\n\n", "")]
