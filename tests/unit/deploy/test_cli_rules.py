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
    for name in ("AWORK_API_TOKEN", "HOOKWORK_RULES"):
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

    assert result.exit_code == 0
    assert "AWORK_API_TOKEN is not set" in result.stdout
    assert "another" in result.stdout
    assert "entity.isPrio" in result.stdout


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
