"""`changed`: what the event says, or what the entity was like when it was last seen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.workers.rules.rules import NOW, rules_if
from tests.unit.workers.rules.vocabulary import VOCABULARY
from workers.rules.facts import EventFacts
from workers.rules.load import load_text
from workers.rules.match import match
from workers.rules.model import Step

MOVED = {"property": "DueOn", "old": "2026-11-20", "new": "2026-11-27"}
RENAMED = {"property": "Name", "old": "a", "new": "b"}


def step(
    condition: str,
    entity: Mapping[str, object],
    *,
    seen: Mapping[str, object] | None = None,
    changes: object = None,
) -> Step:
    payload = {"entity": entity, "changes": changes}
    [one] = match(rules_if(condition), "task_updated", EventFacts(payload, NOW, seen=seen))
    [found] = one.trace
    return found


@pytest.mark.parametrize(
    ("condition", "changes", "verdict", "shown"),
    [
        ("changed: dueOn", [MOVED], "met", ["dueOn"]),
        ("changed: DueOn", [MOVED], "met", ["dueOn"]),
        ("changed: dueOn", [RENAMED], "not met", ["name"]),
        ("changed: dueOn", [], "not met", []),
        ("changed: dueOn", [RENAMED, MOVED], "met", ["dueOn", "name"]),
        ("changed: [startOn, dueOn]", [MOVED], "met", ["dueOn"]),
        ("changed: [startOn, dueOn]", [RENAMED], "not met", ["name"]),
        ("changed: dueOn", [{"property": "dueOn"}], "met", ["dueOn"]),
    ],
)
def test_the_changes_of_the_event_say_it(
    condition: str, changes: object, verdict: str, shown: list[str]
) -> None:
    found = step(condition, {"dueOn": "2026-11-27"}, seen={"dueOn": "other"}, changes=changes)

    assert (found.verdict, found.value) == (verdict, shown)


@pytest.mark.parametrize(
    ("entity", "seen", "verdict", "shown"),
    [
        ({"dueOn": "b"}, {"dueOn": "a"}, "met", ["dueOn"]),
        ({"dueOn": "a"}, {"dueOn": "a"}, "not met", []),
        ({}, {"dueOn": "a"}, "met", ["dueOn"]),
        ({"dueOn": "a"}, {"dueOn": None}, "met", ["dueOn"]),
        ({"dueOn": None}, {"dueOn": None}, "not met", []),  # null and missing are the same
        ({}, {"dueOn": None}, "not met", []),
        ({"dueOn": "a", "name": "b"}, {"dueOn": "a", "name": "a"}, "not met", []),
        ({"dueOn": {"a": 1}}, {"dueOn": {"a": 2}}, "met", ["dueOn"]),
    ],
)
def test_without_any_changes_the_entity_is_compared_with_what_it_was(
    entity: Mapping[str, object], seen: Mapping[str, object], verdict: str, shown: list[str]
) -> None:
    found = step("changed: dueOn", entity, seen=seen)

    assert (found.verdict, found.value) == (verdict, shown)


def test_nobody_knows_what_changed_about_what_was_never_seen() -> None:
    found = step("changed: dueOn", {"dueOn": "a"})

    assert found.verdict == "absent"
    assert found.note == "the event lists no changes, and its object was not seen before"
    assert found.text == "changed dueOn"


def test_not_changed_holds_only_where_that_is_known() -> None:
    condition = "not: {changed: dueOn}"

    assert step(condition, {}, changes=[RENAMED]).verdict == "met"
    assert step(condition, {}).verdict == "absent"


def test_a_set_knows_the_properties_that_its_rules_ask_about() -> None:
    rules = load_text(
        """
version: 1
rules:
  - id: a
    when: [task_added, task_updated]
    if:
      - changed: DueOn
      - any: [{not: {changed: [startOn, name]}}, {entity.isPrio: true}]
    do: [{add_comment: {task: t, message: m}}]
  - id: b
    when: task_updated
    do:
      - add_comment: {task: t, message: m}
        if: [{changed: plannedDuration}]
""",
        VOCABULARY,
    )

    assert rules.changed == {"dueOn", "startOn", "name", "plannedDuration"}


def test_a_property_that_was_not_looked_at_before_is_unknown() -> None:
    seen = {"dueOn": "a"}

    assert step("changed: name", {"name": "N", "dueOn": "a"}, seen=seen).verdict == "absent"
    assert step("changed: [name, dueOn]", {"dueOn": "a"}, seen=seen).verdict == "absent"
    assert step("changed: [name, dueOn]", {"dueOn": "b"}, seen=seen).verdict == "met"
