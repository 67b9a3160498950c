"""What is said never to hold is held against many values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workers.rules.linted import with_if
from workers.rules.conditions.operators import OPERATORS
from workers.rules.facts import EventFacts, Overlay
from workers.rules.lint import lint
from workers.rules.lint.literals import KNOWN

ORDERS = ("at_least", "more_than", "at_most", "less_than", "is", "is_not")


@given(
    st.lists(
        st.tuples(st.sampled_from(ORDERS), st.integers(-3, 3))
        | st.tuples(st.sampled_from(["in", "not_in"]), st.lists(st.integers(-3, 3), min_size=1)),
        min_size=1,
        max_size=5,
    )
)
def test_amounts_contradict_each_other_exactly_when_no_amount_meets_them(
    asked: list[tuple[str, Any]],
) -> None:
    rules = with_if(*(json.dumps({"entity.commentCount": {op: n}}) for op, n in asked))
    conditions = rules.rules[0].conditions
    grid = [half / 2 for half in range(-10, 11)]

    possible = any(
        all(one.evaluate(facts_with("commentCount", n)).verdict == "met" for one in conditions)
        for n in grid
    )

    assert bool(lint(rules)) != possible


def facts_with(name: str, value: object, now: datetime | None = None) -> Overlay:
    clock = EventFacts({}, now or datetime(2026, 3, 27, 9, 30, tzinfo=UTC))
    return Overlay(clock, {"entity": {name: value}})


TEXTS = ("a", "A", "ab", "ba", "b", "aba", "5", "3600", "1h", "2026-03-27", "2026-03-28T12:00:00Z")
MOMENTS = [
    (datetime(2026, 3, 26, tzinfo=UTC) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    for hours in range(0, 72, 6)
]
VALUES: Mapping[str, tuple[object, ...]] = {
    "name": TEXTS,
    "isPrio": (True, False),
    "plannedDuration": (0, 1, 5, 1800, 3600, 3601, 7200),
    "dueOn": tuple(MOMENTS),
    "tags": ([], ["a"], ["b"], ["a", "b"], [{"name": "a", "id": "b"}], [5, "c"]),
    "project": ({"name": "a", "id": "b"}, {"name": "5"}, {"id": "a"}, {"firstName": "a"}),
}
_SINGLE = st.sampled_from([*TEXTS, 5, 3600, 1.5, True, "today", "now"])
_OPERAND = (
    _SINGLE
    | st.lists(_SINGLE, min_size=1, max_size=3)
    | st.sampled_from(["30m", "2d", {"next": "1d"}, {"last": "12h"}])
)


@st.composite
def _tree(draw: st.DrawFn, name: str, depth: int = 2) -> dict[str, object]:
    """A condition about one field that loads."""
    if depth and draw(st.integers(0, 3)) == 0:
        word = draw(st.sampled_from(["any", "all", "not"]))
        part = _tree(name, depth - 1)
        return {word: draw(part if word == "not" else st.lists(part, min_size=1, max_size=3))}
    word = draw(st.sampled_from(sorted(OPERATORS)))
    condition: dict[str, object] = {f"entity.{name}": {word: draw(_OPERAND)}}
    return condition if _loads(condition) else {f"entity.{name}": {"exists": draw(st.booleans())}}


def _loads(condition: dict[str, object]) -> bool:
    try:
        with_if(json.dumps(condition))
    except Exception:  # noqa: BLE001 -- an operand that the operator does not take
        return False
    return True


@settings(max_examples=150)
@given(st.data())
def test_what_is_said_never_to_hold_never_does(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(VALUES)))
    trees = data.draw(st.lists(_tree(name), min_size=1, max_size=4))
    rules = with_if(*map(json.dumps, trees))
    if not any("the rule never matches" in one.message for one in lint(rules)):
        return

    conditions = rules.rules[0].conditions
    for hours in range(-30, 31, 6):
        now = datetime(2026, 3, 27, 12, tzinfo=UTC) + timedelta(hours=hours)
        for value in (*VALUES[name], None):
            facts = facts_with(name, value, now)
            assert not all(one.evaluate(facts).verdict == "met" for one in conditions), value


def test_every_operator_is_looked_at() -> None:
    assert set(OPERATORS) == KNOWN
