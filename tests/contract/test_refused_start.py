"""What cannot start says why, once; what runs goes on with the rules that it can carry out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local import house
from tests.unit.workers.test_needs import ENDED, GRANT, PROTOTYPE
from webhooks.errors import SettingsRejected
from webhooks.settings import Settings, read
from webhooks.store.client import Client
from workers import runtime

RULE = """
version: 1
rules:
  - id: mirror
    mode: {mode}
    when: task_added
    do: [{{create_workiva_task: {{title: "${{entity.name}}"}}}}]
"""
LINES = [
    f"{name} is missing, and the live rule 'mirror' needs it for create_workiva_task"
    for name in GRANT
]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A file with a recipe."""
    file = tmp_path / "rules.yaml"
    file.write_text(RULE.format(mode="shadow"), encoding="utf-8")
    return file


@pytest.fixture
def told(environ: dict[str, str], client: Client, rules: Path) -> Settings:
    """Settings without a grant."""
    assert client.ping()
    return read(environ | {"HOOKWORK_RULES": str(rules)})


def short(problems: Iterable[str]) -> list[str]:
    return [problem.partition(" (")[0] for problem in problems]


@pytest.mark.parametrize("sandboxed", [False, True])
def test_nothing_starts_once_the_prototype_is_gone(
    environ: dict[str, str], client: Client, tmp_path: Path, *, sandboxed: bool
) -> None:
    assert client.ping()
    given = environ | GRANT | PROTOTYPE | ({"AWORK_API_TOKEN": ""} if sandboxed else {})

    with (
        pytest.raises(SettingsRejected) as rejected,
        house.running(given, tmp_path, now=lambda: datetime(2027, 1, 31, tzinfo=UTC)),
    ):
        pytest.fail("it runs")

    assert rejected.value.problems == (ENDED,)
    assert not (tmp_path / "logs").exists()


def test_a_worker_does_not_start_without_what_its_rules_need(told: Settings, rules: Path) -> None:
    rules.write_text(RULE.format(mode="live"), encoding="utf-8")

    with pytest.raises(SettingsRejected) as rejected:
        runtime.Runtime({"": told})

    assert short(rejected.value.problems) == LINES


def test_hookwork_up_says_what_the_rules_need_and_starts_nothing(
    environ: dict[str, str], client: Client, rules: Path, tmp_path: Path
) -> None:
    assert client.ping()
    rules.write_text(RULE.format(mode="live"), encoding="utf-8")

    with (
        pytest.raises(SettingsRejected) as rejected,
        house.running(environ | {"HOOKWORK_RULES": str(rules)}, tmp_path),
    ):
        pytest.fail("it runs")

    assert short(rejected.value.problems) == LINES
    assert not (tmp_path / "logs").exists()


def test_a_running_worker_keeps_its_rules_where_new_ones_need_what_is_not_set(
    told: Settings, rules: Path
) -> None:
    (space,) = runtime.Runtime({"": told})._spaces
    before = space.rules()
    with closing(space.deps.connection), closing(space.deps.workiva):
        rules.write_text(RULE.format(mode="live"), encoding="utf-8")
        space.look_at_rules()
        space.look_at_rules()

    assert space.deps.rules() is before
    assert short(space.in_force().problem.splitlines()) == LINES


def test_checking_rules_asks_for_no_settings(rules: Path) -> None:
    """They are checked where they are written; the grant is where they run."""
    rules.write_text(RULE.format(mode="live"), encoding="utf-8")

    result = CliRunner().invoke(app, ["check", str(rules)], env=dict.fromkeys(GRANT, ""))

    assert result.exit_code == 0
    assert "1 rule (1 live), no mistakes" in result.stdout
