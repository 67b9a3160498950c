"""`hookwork test`, `explain` and `schema`: what they print, and with which status they end."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from tests import samples
from workers.rules.findings import Findings
from workers.rules.tree import nodes

RULES = """version: 1
rules:
  - id: greet
    when: task_added
    if:
      - entity.name: {exists: true}
      - project.tasksCount: {exists: true}
    do:
      - add_comment: {task: "${entity.id}", message: "hello ${entity.name}"}
  - id: another
    when: task_added
    if:
      - entity.isPrio: true
    do:
      - add_comment: {task: "${entity.id}", message: prio}
"""
TESTS = """tests:
  - name: it greets
    rule: greet
    event: {eventType: task_added, entity: {name: Logo}}
    expect:
      - add_comment: {message: hello Logo}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rules, their tests and an event, and an environment without settings."""
    for name in ("AWORK_API_TOKEN", "HOOKWORK_RULES", "WORKIVA_API"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "rules.test.yaml").write_text(TESTS, encoding="utf-8")
    (tmp_path / "event.json").write_text(json.dumps(samples.sample("task_added")), "utf-8")
    return tmp_path


def hookwork(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environ)


def test_tests_that_pass_end_with_0_and_say_how_many() -> None:
    result = hookwork("test", ".")

    assert result.exit_code == 0
    assert result.stdout.startswith("1 test passed in ")


def test_a_test_that_fails_ends_with_1_and_says_what_happened() -> None:
    Path("rules.test.yaml").write_text(TESTS.replace("hello Logo", "goodbye"), "utf-8")

    result = hookwork("test", ".")

    assert result.exit_code == 1
    assert "FAILED it greets" in result.stdout
    assert "goodbye" in result.stdout
    assert "hello Logo" in result.stdout


def test_no_test_at_all_ends_with_1() -> None:
    Path("rules.test.yaml").unlink()

    result = hookwork("test", ".")

    assert result.exit_code == 1
    assert "no tests of rules here" in result.stdout


def test_a_mistake_in_a_rule_is_shown_as_check_shows_it() -> None:
    Path("rules.yaml").write_text(RULES.replace("add_comment", "add_coment"), "utf-8")

    result = hookwork("test", ".")

    assert result.exit_code == 1
    assert "did you mean 'add_comment'? [unknown-action]" in result.stdout


def test_a_report_for_machines_is_written() -> None:
    result = hookwork("test", ".", "--junit", "report.xml")

    (case,) = ET.parse("report.xml").iter("testcase")
    assert result.exit_code == 0
    assert case.get("name") == "it greets"


def test_a_report_that_cannot_be_written_is_told() -> None:
    result = hookwork("test", ".", "--junit", "nowhere/report.xml")

    assert result.exit_code == 1
    assert result.stderr == "nowhere/report.xml cannot be written: No such file or directory\n"


def test_coverage_names_what_no_test_reached() -> None:
    result = hookwork("test", ".", "--coverage")

    assert "rules.yaml:10" in result.stdout
    assert "another" in result.stdout
    assert "coverage: " in result.stdout


def test_without_a_token_what_must_be_read_is_undecided_and_says_why() -> None:
    result = hookwork("explain", "event.json", "--rules", "rules.yaml")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert "  ? project.tasksCount exists true  needs awork; set AWORK_API_TOKEN" in lines
    assert (
        "Whether our own API user caused this event is not known without AWORK_API_TOKEN." in lines
    )
    assert "not-asked" not in result.stdout
    assert "✗ another  does not match: entity.isPrio is true (was false)" in lines


MORE = """version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: log
    when: task_added
    flow: {key: entity.projectId, settle: 20s, settle_at_most: 2m,
           once_within: {time: 10m, per: [entity.id]}}
    do:
      - add_comment: {task: "${entity.id}", message: first}
      - log_time: {user: Timo Brandt, task: "${entity.id}", duration: 30m}
      - {id: then, add_comment: {task: "${entity.id}", message: then}}
      - {id: of-it, add_comment: {task: "${entity.id}", message: "${done.log_time.id}"}}
  - id: nightly
    when: {cron: "0 20 * * mon-fri"}
    for_each: {running_timers: {}}
    do:
      - add_comment: {task: "${entity.taskId}", message: stop}
  - id: resting
    mode: off
    reason: the fair
    when: [task_added, task_updated]
    do:
      - add_comment: {task: "${entity.id}", message: rest}
"""


@pytest.fixture
def more() -> None:
    """Rules with a flow, of the clock, and one that is off, in place of the others."""
    Path("rules.yaml").write_text(MORE, encoding="utf-8")


def explained(*arguments: str) -> list[str]:
    """The lines that are printed about `event.json`."""
    return hookwork("explain", "event.json", "--rules", "rules.yaml", *arguments).stdout.split("\n")


@pytest.mark.usefixtures("more")
def test_without_a_token_the_actions_that_are_known_are_shown() -> None:
    lines = explained("--rule", "log")

    assert [line for line in lines if line.startswith(("  →", "  ?"))] == [
        "  → add_comment would send",
        "  ? log_time what log_time would send is not known without AWORK_API_TOKEN",
        "  → add_comment (then) would send",
        "  ? add_comment (of-it) what add_comment would send is not known without AWORK_API_TOKEN",
    ]


@pytest.mark.usefixtures("more")
def test_a_rule_that_matches_says_when_its_run_begins() -> None:
    assert (
        "  in a line of its own by entity.projectId, after nothing came for 20s (at most 2m);"
        " once within 10m per entity.id"
    ) in explained()


@pytest.mark.usefixtures("more")
def test_a_rule_that_is_off_says_why() -> None:
    assert "- resting  is off: the fair" in explained()


@pytest.mark.usefixtures("more")
def test_a_rule_of_the_clock_says_when_the_clock_starts_it() -> None:
    lines = explained("--rule", "nightly", "--now", "2026-03-27T21:00 Europe/Berlin")

    assert lines[1:3] == [
        "nightly listens to no event: the clock starts it, '0 20 * * mon-fri' in Europe/Berlin;"
        " the next time is Mon 2026-03-30 20:00.",
        "As of 2026-03-27 20:00 UTC.",
    ]


@pytest.mark.usefixtures("more")
def test_at_the_end_of_the_calendar_the_clock_has_no_next_time() -> None:
    lines = explained("--rule", "nightly", "--now", "9999-12-31T20:00Z")

    assert lines[1].endswith("the clock starts it, '0 20 * * mon-fri' in Europe/Berlin.")


@pytest.mark.usefixtures("more")
@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("task_aded", (), "awork has no event 'task_aded'; did you mean 'task_added'?"),
        ("task_deleted", (), "No rule listens to task_deleted."),
        (
            "task_deleted",
            ("--rule", "resting"),
            "resting does not listen to task_deleted, only to task_added, task_updated."
            " It is off: the fair.",
        ),
    ],
)
def test_why_no_rule_was_asked_is_told(kind: str, arguments: tuple[str, ...], said: str) -> None:
    Path("event.json").write_text(json.dumps({**samples.sample("task_added"), "eventType": kind}))

    assert explained(*arguments)[1] == said


WORKIVA = """version: 1
rules:
  - id: approve
    when: task_added
    do:
      - create_workiva_task: {title: TITLE}
"""


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("2026-01-01", "create_workiva_task would send"),
        ("prototype-2022-01-01", "title is '501 characters'; expected at most 500"),
    ],
)
def test_what_workiva_takes_goes_by_the_api_that_is_set(
    api: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKIVA_API", api)
    Path("rules.yaml").write_text(WORKIVA.replace("TITLE", "x" * 501), encoding="utf-8")

    assert any(said in line for line in explained())


def test_that_nothing_is_known_of_what_was_made_in_workiva_is_said() -> None:
    Path("rules.yaml").write_text(WORKIVA, encoding="utf-8")
    told = "Which tasks hookwork has made in Workiva is not known here"

    assert any(line.startswith(told) for line in explained())


def test_an_event_is_explained_as_of_its_own_moment() -> None:
    assert (
        explained()[2] == "As of 2026-11-20 08:15 UTC, the moment of the event; --now sets another."
    )


def test_a_moment_that_is_none_is_wrong_usage() -> None:
    result = hookwork("explain", "event.json", "--rules", "rules.yaml", "--now", "27.03.2026")

    assert result.exit_code == 2
    assert result.stderr.startswith("--now is a moment such as '2026-03-27T16:00 Europe/Berlin'")


def test_a_broken_test_file_ends_with_no_test_run() -> None:
    Path("rules.test.yaml").write_text(TESTS.replace("task_added", "task_aded"), "utf-8")

    assert hookwork("test", ".").stderr == "1 mistake; no test was run\n"


def test_one_rule_alone_is_explained_and_as_data() -> None:
    result = hookwork(
        "explain", "event.json", "--rules", "rules.yaml", "--rule", "another", "--json"
    )

    told = json.loads(result.stdout)
    assert [rule["rule"] for rule in told["rules"]] == ["another"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nowhere.json",), 2, "nowhere.json cannot be read: No such file or directory"),
        (("rules.yaml",), 1, "rules.yaml is no event of awork: "),
        (("event.json", "--rule", "gret"), 1, "no rule is called 'gret'; did you mean 'greet'?"),
    ],
)
def test_what_cannot_be_explained_is_told(arguments: tuple[str, ...], code: int, said: str) -> None:
    result = hookwork("explain", *arguments, "--rules", "rules.yaml")

    assert result.exit_code == code
    assert result.stderr.startswith(said)


def test_the_schema_takes_the_rules() -> None:
    printed = json.loads(hookwork("schema").stdout)
    root = nodes.read(RULES, Findings.of_text("rules.yaml", RULES))
    assert root is not None

    jsonschema.Draft7Validator.check_schema(printed)
    jsonschema.validate(nodes.plain(root), printed, jsonschema.Draft7Validator)
