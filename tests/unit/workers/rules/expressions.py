"""A task and its surroundings, for expressions."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.workers.rules.rules import facts
from workers.rules.conditions.cel import compile_expr
from workers.rules.facts import Facts, Overlay

TASK: Mapping[str, object] = {
    "id": "t1",
    "name": "Größe prüfen",
    "plannedDuration": 7200,
    "trackedDuration": 3600,
    "share": 0.5,
    "isPrio": True,
    "dueOn": "2026-11-21T18:00:00.1234567Z",
    "day": "2026-11-21",
    "local": "2026-11-21T00:30:00",
    "nothing": None,
    "tags": [{"id": "1", "name": "vip"}, {"id": "2", "name": "auto-plan"}],
    "numbers": [1, 2.5, 3],
    "holes": [None, {"n": None}, {"n": 1}],
    "project": {"name": "Website", "a-b": 1},
}
CHANGES = [{"property": "DueOn", "old": "2026-11-20T08:00:00Z", "new": "2026-11-21T18:00:00Z"}]


def given_facts(**roots: object) -> Facts:
    """At 00:30 on Saturday, 2026-11-21, in Berlin."""
    below = facts({"x": 1}, changes=CHANGES).in_zone("Europe/Berlin")
    return Overlay(below, {"task": TASK, "user": {"id": "u1"}, **roots})


def evaluated(text: str, **roots: object) -> bool:
    return compile_expr(text).evaluate(given_facts(**roots))
