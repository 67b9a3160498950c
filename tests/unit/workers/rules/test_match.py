"""Which rules an event meets."""

from __future__ import annotations

from tests.unit.workers.rules.rules import NOW, considered, facts, rules_if
from tests.unit.workers.rules.vocabulary import VOCABULARY
from workers.rules.facts import EventFacts
from workers.rules.load import load_text
from workers.rules.match import match

_RULE = """\
  - id: {id}
    mode: {mode}
    reason: testing
    when: {when}
    if: [entity.x: 1]
    do: [{{add_comment: {{task: t, message: m}}}}]
"""


def rule_set(*rules: tuple[str, str, str]) -> str:
    items = "".join(_RULE.format(id=i, mode=mode, when=when) for i, mode, when in rules)
    return f"version: 1\nrules:\n{items}"


def test_rules_come_in_file_order_with_their_verdicts() -> None:
    text = rule_set(
        ("z", "live", "task_updated"),
        ("other", "live", "user_added"),
        ("paused", "off", "task_updated"),
        ("a", "shadow", "[user_added, task_updated]"),
    )
    rules = load_text(text, VOCABULARY)

    found = match(rules, "task_updated", facts({"x": 1}))

    assert [(one.rule.id, one.verdict) for one in found] == [
        ("z", "matched"),
        ("paused", "off"),
        ("a", "matched"),
    ]
    assert found[1].trace == ()


def test_a_kind_nobody_listens_to_considers_nothing() -> None:
    rules = load_text(rule_set(("a", "live", "task_updated")), VOCABULARY)

    assert match(rules, "made_up", facts({"x": 1})) == ()


def test_the_same_rules_and_facts_give_the_same_answer() -> None:
    text = rule_set(("a", "live", "task_updated"), ("b", "live", "task_updated"))
    entity = {"x": 1}

    first = match(load_text(text, VOCABULARY), "task_updated", facts(entity))
    second = match(load_text(text, VOCABULARY), "task_updated", facts(entity))

    assert [(o.rule.id, o.verdict, o.trace) for o in first] == [
        (o.rule.id, o.verdict, o.trace) for o in second
    ]


def test_changes_are_compared_as_sent() -> None:
    """awork sends numbers in `changes` as text."""
    rules = rules_if(
        "changes.PlannedDuration.new: {at_least: 8h}",
        "changes.PlannedDuration.old: {less_than: 8h}",
    )
    change = {"property": "PlannedDuration", "old": "21600", "new": "28800"}

    assert considered(rules, {}, changes=[change]).verdict == "matched"
    assert considered(rules, {}).verdict == "not-matched"


def test_each_rule_is_asked_in_its_own_zone() -> None:
    berlin = rules_if("today: 2026-11-21", defaults="{timezone: Europe/Berlin}")
    new_york = rules_if("today: 2026-11-20", defaults="{timezone: America/New_York}")

    for rules in (berlin, new_york):
        [one] = match(rules, "task_updated", EventFacts({}, NOW))
        assert one.verdict == "matched"
