"""Every action that rules can name is documented, and documented rightly."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.setters import SETTERS
from tests.writes import CASES
from workers.actions import ACTIONS, VOCABULARY
from workers.rules.load import load_text

SUITES = Path(__file__).parents[2] / "contract"
#: Actions whose writes need an object, change several, or go elsewhere: their own suites in place
#: of a line in a table.
OWN: Mapping[str, str] = {
    "plan_task": "test_plan_outcomes*.py",
    "unplan_task": "test_actions_unplan_task*.py",
    "adjust_time_entry": "test_actions_adjust_time_entry*.py",
    "stop_timer": "test_actions_stop_timer*.py",
    "create_workiva_task": "test_actions_workiva_create*.py",
    "sync_workiva_task": "test_actions_workiva_sync*.py",
    "notify": "test_actions_notify*.py",
}
EACH = pytest.mark.parametrize("name", sorted(ACTIONS))
_BLOCK = re.compile(r"(?:^    .*\n|^\n)+", re.MULTILINE)


def documentation(name: str) -> str:
    return inspect.cleandoc(ACTIONS[name].__doc__ or "") + "\n"


def examples(name: str) -> list[str]:
    """The indented blocks of the docstring: lists of actions, as they stand below `do`."""
    blocks = [textwrap.dedent(block).strip() for block in _BLOCK.findall(documentation(name))]
    return [block for block in blocks if block.startswith("- ")]


@EACH
def test_an_action_is_listed_under_its_own_name(name: str) -> None:
    action = ACTIONS[name]

    assert name == action.NAME
    assert VOCABULARY[name] is action.PARAMETERS


@EACH
def test_the_examples_of_an_action_load(name: str) -> None:
    found = examples(name)
    assert found

    for number, example in enumerate(re.split(r"\n\n(?=- )", "\n\n".join(found))):
        head = f"version: 1\nrules:\n  - id: example-{number}\n    when: task_added\n    do:\n"
        loaded = load_text(head + textwrap.indent(example, "      "), VOCABULARY)

        assert [call.name for call in loaded.rules[0].actions] == [name]
        assert loaded.warnings == ()


@EACH
def test_an_example_names_every_needed_parameter(name: str) -> None:
    needed = {one for one, parameter in ACTIONS[name].PARAMETERS.items() if parameter.required}

    shown = set(re.findall(r"^ +(\w+):", "\n".join(examples(name)), re.MULTILINE))

    assert needed <= shown


@EACH
def test_an_action_says_what_it_writes_and_whether_it_may_be_repeated(name: str) -> None:
    text = " ".join(documentation(name).split())

    assert re.search(r"Writes (POST|PUT|PATCH|DELETE|, | and )+ /\w+|Writes POST to", text)
    assert re.search(r"[Mm]ust not be repeated|may be repeated|repeating", text)
    assert re.search(r"found again by", text)
    assert re.search(r"Source: https://", text)


@EACH
def test_every_parameter_says_what_it_is(name: str) -> None:
    silent = [one for one, parameter in ACTIONS[name].PARAMETERS.items() if not parameter.about]

    assert silent == []


def test_every_action_is_among_those_whose_writes_are_tried_against_all_faults() -> None:
    tried = {case.name for case in CASES} | {setter.name for setter in SETTERS} | OWN.keys()

    assert tried == set(ACTIONS)


@pytest.mark.parametrize("name", sorted(OWN))
def test_the_suites_of_an_action_lose_the_answers_of_its_writes(name: str) -> None:
    suites = [path.read_text("utf-8") for path in sorted(SUITES.glob(OWN[name]))]

    losing = [suite for suite in suites if "drop_after" in suite or "lost_answer" in suite]
    assert any(name in suite for suite in losing)
