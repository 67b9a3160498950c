"""Paths into what an event carries."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.workers.rules.rules import NOW, facts
from workers.rules.facts import ABSENT, EventFacts, Path, resolve

ENTITY = {"name": "Kickoff", "dueOn": None, "assignees": [{"id": "u1"}], "byNumber": {"3": "three"}}
CHANGES = [
    {"property": "DueOn", "old": "2026-11-25", "new": "2026-11-27"},
    {"property": "Duration", "new": "60"},
    {"property": "Duration", "new": "120"},
    "not a change",
    {"property": 3},
]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("entity", "name"), "Kickoff"),
        (("entity", "dueOn"), ABSENT),  # null is as good as absent
        (("entity", "gone", "deeper"), ABSENT),
        (("entity", "name", "deeper"), ABSENT),
        (("entity", "assignees", 0, "id"), "u1"),
        (("entity", "assignees", 1, "id"), ABSENT),
        (("entity", "assignees", "id"), ABSENT),
        (("entity", "byNumber", 3), "three"),
        (("event", "eventType"), "task_updated"),
        (("event", "entity"), ABSENT),  # the envelope only
        (("changes", "DueOn", "old"), "2026-11-25"),
        (("changes", "Duration", "new"), "120"),  # the later one wins
        (("changes", "Duration", "old"), ABSENT),
        (("changes", "Name", "new"), ABSENT),
        (("task", "name"), ABSENT),
    ],
)
def test_a_path_finds_its_value_or_nothing(path: Path, value: object) -> None:
    assert resolve(facts(ENTITY, changes=CHANGES), path) == value


@pytest.mark.parametrize("payload", [{}, {"entity": None, "changes": None}, {"changes": {"a": 1}}])
def test_a_payload_without_parts_has_absent_parts(payload: dict[str, object]) -> None:
    bare = EventFacts(payload, NOW)

    assert resolve(bare, ("entity", "name")) is ABSENT
    assert resolve(bare, ("changes", "DueOn", "new")) is ABSENT


def test_today_is_the_day_in_the_zone() -> None:
    here = EventFacts({}, NOW)

    assert here.root("today") == date(2026, 11, 20)
    assert here.in_zone("Europe/Berlin").root("today") == date(2026, 11, 21)
    assert here.in_zone("Europe/Berlin").root("now") == NOW
    assert here.in_zone("UTC") is here
