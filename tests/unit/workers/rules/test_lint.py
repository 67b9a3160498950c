"""What `hookwork check` warns about, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workers.rules.linted import DO, WIDER, set_of, told
from workers.actions import VOCABULARY as REAL
from workers.rules.lint import lint
from workers.rules.load import load, load_text

ROOT = Path(__file__).parents[4]


def test_a_rule_that_no_test_names_is_told_unless_it_is_off() -> None:
    rules = set_of(
        "".join(
            f"  - id: {name}\n    when: task_added\n    mode: {mode}\n    reason: r\n{DO}"
            for name, mode in (("a", "live"), ("b", "shadow"), ("c", "off"), ("d", "live"))
        )
    )

    assert lint(rules) == ()
    assert told(lint(rules, frozenset({"a"}))) == [
        f"{line}:1: no test names the rule '{name}'; write one with 'rule: {name}' in a file that"
        " ends in .test.yaml [untested-rule]"
        for line, name in ((8, "b"), (18, "d"))
    ]


def test_a_warning_shows_its_line_where_the_text_is_given() -> None:
    rule = "  - id: a\n    when: task_added\n    if:\n      - entity.tags: x\n"
    text = f"version: 1\nrules:\n{rule}{DO}"
    rules = load_text(text, WIDER)

    [found] = lint(rules, texts={"rules.yaml": text})

    assert found.with_caret().splitlines()[1:] == ["          - entity.tags: x", "            ^"]


def test_warnings_come_in_the_order_of_the_file() -> None:
    rules = set_of(
        "  - id: b\n    when: task_added\n    if: [entity.tags: x, entity.dueOn: today]\n"
        f"{DO}  - id: a\n    when: task_added\n    if: [entity.isPrio: x]\n{DO}"
    )

    lines = [one.line for one in lint(rules, frozenset())]

    assert lines == sorted(lines)
    assert len(lines) == 5


@pytest.mark.parametrize("folder", ["deploy/rules", "deploy/sandbox/rules"])
def test_nothing_is_said_of_the_rules_we_ship(folder: str) -> None:
    assert lint(load(ROOT / folder, REAL)) == ()
