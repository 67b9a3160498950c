"""Short ways to a rule, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.unit.workers.rules.vocabulary import VOCABULARY
from workers.rules.facts import EventFacts
from workers.rules.load import load_text
from workers.rules.match import Considered, match
from workers.rules.model import RuleSet

#: a Friday; 00:30 on Saturday the 21st in Berlin
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

_DO = "    do: [{add_comment: {task: t, message: m}}]\n"


def rules_if(*conditions: str, defaults: str = "{}") -> RuleSet:
    """One rule for task_updated with these conditions, each in flow style."""
    items = "".join(f"      - {condition}\n" for condition in conditions)
    head = f"version: 1\ndefaults: {defaults}\nrules:\n  - id: a\n    when: task_updated\n"
    return load_text(f"{head}    if:\n{items}{_DO}", VOCABULARY)


def rules_do(actions: str, defaults: str = "{}") -> RuleSet:
    """One rule for task_updated with this list of actions in flow style."""
    head = f"version: 1\ndefaults: {defaults}\nrules:\n  - id: a\n    when: task_updated\n"
    return load_text(f"{head}    do: {actions}\n", VOCABULARY)


def facts(entity: Mapping[str, object], **envelope: object) -> EventFacts:
    """An event's facts at NOW."""
    return EventFacts({"eventType": "task_updated", "entity": entity, **envelope}, NOW)


def considered(rules: RuleSet, entity: Mapping[str, object], **envelope: object) -> Considered:
    """What becomes of the one rule of a set."""
    [one] = match(rules, "task_updated", facts(entity, **envelope))
    return one
