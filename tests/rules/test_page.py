"""The page one learns the language from: each example loads, each test in it passes."""

from __future__ import annotations

import re
from pathlib import Path

from deploy.cli import app
from deploy.ruletests.run import run
from deploy.ruletests.tables import TABLES
from workers.actions import ACTIONS, VOCABULARY
from workers.rules.conditions.operators import OPERATORS
from workers.rules.functions import FUNCTIONS
from workers.rules.lint import lint
from workers.rules.load import load
from workers.rules.paths import ROOTS

PAGE = (Path(__file__).parent.parent.parent / "deploy" / "rules" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RULES = [block for block in BLOCKS if re.search(r"^rules:", block, re.MULTILINE)]
TESTS = [block for block in BLOCKS if block.startswith("tests:")]


def written(folder: Path) -> Path:
    """The page's examples as the files they would be."""
    for number, block in enumerate(RULES):
        (folder / f"{number:02}.yaml").write_text(block, encoding="utf-8")
    for number, block in enumerate(TESTS):
        (folder / f"{number:02}.test.yaml").write_text(block, encoding="utf-8")
    return folder


def test_every_block_is_a_rule_file_or_a_test_file() -> None:
    assert len(RULES) + len(TESTS) == len(BLOCKS)
    assert len(RULES) >= 6
    assert len(TESTS) >= 3


def test_every_example_loads_and_nothing_is_strange_about_it(tmp_path: Path) -> None:
    rules = load(written(tmp_path), VOCABULARY)

    assert rules.warnings == ()
    assert lint(rules) == ()


def test_every_test_on_the_page_passes(tmp_path: Path) -> None:
    said: list[str] = []

    assert run(written(tmp_path), out=said.append) == 0, "\n".join(said)


def test_the_page_names_everything_there_is() -> None:
    commands = [f"hookwork {c.callback.__name__}" for c in app.registered_commands if c.callback]
    of_rules = {"hookwork check", "hookwork test", "hookwork explain", "hookwork schema"}

    assert of_rules <= set(commands)
    for name in (*OPERATORS, *ROOTS, *(f"{name}(" for name in FUNCTIONS), *of_rules):
        assert name in PAGE, name


def test_every_action_is_named_with_what_it_needs() -> None:
    for name, action in ACTIONS.items():
        assert f"`{name}`" in PAGE, name
        for parameter in (n for n, p in action.PARAMETERS.items() if p.required):
            assert parameter in PAGE, f"{name}: {parameter}"


def test_every_table_of_given_is_named() -> None:
    for table in TABLES:
        assert f"`{table}`" in PAGE, table
