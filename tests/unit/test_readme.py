"""What the README shows works."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import samples
from webhooks.settings import Settings
from workers.actions import ACTIONS, VOCABULARY
from workers.prepare import prepared
from workers.rules.conditions.operators import OPERATORS
from workers.rules.facts import EventFacts
from workers.rules.load import load_text
from workers.rules.match import match

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", BLOCKS)
def test_every_yaml_block_loads(text: str) -> None:
    assert load_text(text, VOCABULARY).warnings == ()


@pytest.mark.parametrize(
    ("kind", "variant", "rule"),
    [
        ("taskassignment_added", None, "plan-assigned-task"),
        ("task_status_changed", "progress to done, no time tracked", "no-time-no-done"),
    ],
)
def test_the_readmes_rules_match_the_events_they_are_for(
    kind: str, variant: str | None, rule: str
) -> None:
    payload = samples.fresh(kind, variant)
    facts = EventFacts(payload, datetime.now(UTC), "Europe/Berlin")

    (one,) = match(load_text(BLOCKS[0], VOCABULARY), kind, facts, only=rule)

    assert one.verdict == "matched"
    assert [action.error for action in prepared(one.rule, facts)] == [""]


def test_every_setting_is_in_the_table_and_every_row_is_a_setting() -> None:
    section = README.split("## Environment")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]

    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}

    assert named == {str(field.alias) for field in Settings.model_fields.values()}


def test_every_operator_and_action_is_named() -> None:
    section = README.split("## Rules")[1].split("\n## ")[0]

    for name in (*OPERATORS, *ACTIONS):
        assert f"`{name}`" in section, name


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"(?:`|^)make ([a-z]+)\b", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
