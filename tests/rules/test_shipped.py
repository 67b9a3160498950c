"""The rules we ship: tested whole, and so well that one operator turned round makes a test fail."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.ruletests.run import run
from workers.actions import VOCABULARY
from workers.rules.conditions.operators import OPERATORS
from workers.rules.lint import lint
from workers.rules.load import load
from workers.rules.model import Condition

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (ROOT / "deploy" / "rules", ROOT / "deploy" / "sandbox" / "rules")
FILES = sorted(file for file in FOLDERS[0].glob("*.yaml") if not file.name.endswith(".test.yaml"))
#: what each operator is turned into: its opposite, or what is nearest to one
TURNED = {
    "is": "is_not",
    "is_not": "is",
    "in": "not_in",
    "not_in": "in",
    "at_least": "less_than",
    "less_than": "at_least",
    "more_than": "at_most",
    "at_most": "more_than",
    "before": "after",
    "after": "before",
    "has_none": "has_any",
    "has_any": "has_none",
    "has_all": "has_none",
    "starts_with": "ends_with",
    "ends_with": "starts_with",
}
#: those that `not` is put before: they have no opposite of their own
NEGATED = ("changed", "expr", "has", "within")


@dataclass(frozen=True)
class Mutation:
    """One condition of one shipped file, turned round."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}"


def leaves(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    for condition in conditions:
        yield from leaves(condition.parts)
        if not condition.parts:
            yield condition


def mutations() -> Iterator[Mutation]:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        for rule in load(file, VOCABULARY).rules:
            own = (c for call in rule.actions for c in call.conditions)
            for condition in leaves((*rule.conditions, *own)):
                yield Mutation(file, condition.line, turned(text, condition))


def turned(text: str, condition: Condition) -> str:
    """The file with one condition turned round, on its own line."""
    lines = text.splitlines(keepends=True)
    line = lines[condition.line - 1]
    changed = _turned(line, condition)
    assert changed != line, f"nothing to turn round in {line!r}"
    return "".join([*lines[: condition.line - 1], changed, *lines[condition.line :]])


def _turned(line: str, condition: Condition) -> str:
    operator = condition.operator
    if operator == "exists":
        return (
            line.replace("exists: true", "exists: FALSE")
            .replace("exists: false", "exists: true")
            .replace("FALSE", "false")
        )
    if operator in NEGATED:
        return _negated(line, condition)
    if re.search(rf"\b{operator}:", line):
        return re.sub(
            rf"\b{operator}:", f"{TURNED.get(operator, 'not ' + operator)}:", line, count=1
        )
    path = _path(condition)
    written = re.escape(path) + r": *(\[[^\]]*\]|[^,}\n]+?)( *[,}\n])"
    return re.sub(written, rf"{path}: {{{TURNED[operator]}: \1}}\2", line, count=1)


def _negated(line: str, condition: Condition) -> str:
    """The line with `not` before a condition that may have one already."""
    begin = condition.operator if condition.operator in ("changed", "expr") else _path(condition)
    if f"not: {{{begin}:" in line:
        return re.sub(rf"not: \{{({begin}: .*)\}}(.*)", r"\1\2", line, count=1)
    return re.sub(rf"({begin}: .*?)( *#.*)?$", r"not: {\1}\2", line, count=1)


def _path(condition: Condition) -> str:
    return ".".join(str(segment) for segment in next(iter(condition.paths)))


def test_every_operator_that_can_be_turned_round_is() -> None:
    assert set(TURNED) <= set(OPERATORS)
    assert set(OPERATORS) - {*TURNED, *NEGATED} == {"exists", "contains", "matches"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_tests_of_the_shipped_rules_pass(folder: Path) -> None:
    said: list[str] = []

    assert run(folder, out=said.append, coverage=True) == 0, "\n".join(said)


def test_the_shipped_rules_are_covered_and_give_no_warning() -> None:
    said: list[str] = []
    run(FOLDERS[0], out=said.append, coverage=True)

    assert any(line.startswith("coverage: 100 %") for line in said), "\n".join(said)
    for folder in FOLDERS:
        rules = load(folder, VOCABULARY)
        tested = frozenset(rule.id for rule in rules.rules)
        assert lint(rules, tested) == ()


def test_there_is_something_to_turn_round_in_each_file() -> None:
    assert {mutation.file for mutation in mutations()} == set(FILES)


@pytest.mark.parametrize("mutation", list(mutations()), ids=str)
def test_turning_one_operator_round_makes_a_test_fail(mutation: Mutation, tmp_path: Path) -> None:
    # Each recipe is whole by itself: a file, the tests beside it, and what all tests share.
    shutil.copytree(FOLDERS[0] / "fixtures", tmp_path / "fixtures")
    shutil.copy(mutation.file.with_suffix(".test.yaml"), tmp_path)
    (tmp_path / mutation.file.name).write_text(mutation.text, encoding="utf-8")
    said: list[str] = []

    assert run(tmp_path, out=said.append) == 1, f"no test noticed:\n{mutation.text}"
    assert "failed" in said[-1], "\n".join(said)
