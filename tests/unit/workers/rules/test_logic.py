"""any, all and not over three values, and what the trace keeps of them."""

from __future__ import annotations

import json

import pytest

from tests.unit.workers.rules.rules import considered, rules_do, rules_if

#: conditions that are true, false and absent for the entity below
T, F, A = "{entity.x: 1}", "{entity.x: 2}", "{entity.gone: 1}"
ENTITY = {"x": 1}


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (f"all: [{T}, {T}]", "met"),
        (f"all: [{T}, {F}]", "not met"),
        (f"all: [{T}, {A}]", "absent"),
        (f"all: [{A}, {F}]", "not met"),  # false wins over absent, whatever the order
        (f"all: [{F}, {A}]", "not met"),
        (f"any: [{F}, {F}]", "not met"),
        (f"any: [{A}, {T}]", "met"),  # true wins over absent
        (f"any: [{T}, {A}]", "met"),
        (f"any: [{A}, {F}]", "absent"),
        (f"not: {T}", "not met"),
        (f"not: {F}", "met"),
        (f"not: {A}", "absent"),
        (f"not: {{not: {A}}}", "absent"),
        (f"not: {{any: [{A}, {F}]}}", "absent"),
        (f"not: {{all: [{A}, {F}]}}", "met"),
        ("not: {entity.gone: {exists: true}}", "met"),  # absence answers this question
        ("any: [{entity.x: 2, entity.y: 1}, {entity.x: 1, entity.gone: {exists: false}}]", "met"),
        ("not: {entity.x: 1, entity.gone: {exists: true}}", "met"),  # not (both)
    ],
)
def test_logic_has_three_values(condition: str, verdict: str) -> None:
    one = considered(rules_if(condition), ENTITY)

    assert [step.verdict for step in one.trace] == [verdict]
    assert one.verdict == ("matched" if verdict == "met" else "not-matched")


def test_a_rule_without_conditions_always_matches() -> None:
    one = considered(rules_do("[{add_comment: {task: t, message: m}}]"), {})

    assert (one.verdict, one.trace) == ("matched", ())


def test_evaluation_stops_at_the_first_part_that_settles_it_and_says_so() -> None:
    one = considered(rules_if("entity.x: 1", "entity.gone: 1", f"any: [{T}, {F}]"), ENTITY)

    assert [step.verdict for step in one.trace] == ["met", "absent", "not evaluated"]
    assert [child.verdict for child in one.trace[2].children] == ["not evaluated"] * 2


def test_an_inner_part_that_is_absent_does_not_settle_all() -> None:
    one = considered(rules_if(f"all: [{A}, {F}, {T}]"), ENTITY)

    [step] = one.trace
    assert [child.verdict for child in step.children] == ["absent", "not met", "not evaluated"]


def test_the_trace_shows_conditions_as_written_with_their_lines() -> None:
    rules = rules_if(
        "entity.plannedDuration: {at_least: 1h, less_than: 8h}",
        "entity.status: [done, stuck]",
        "not: {entity.dueOn: {within: {next: 48h}}}",
    )

    one = considered(rules, {"plannedDuration": 7200, "status": "done"})

    assert [(step.text, step.line) for step in one.trace] == [
        ("entity.plannedDuration at_least 1h", 7),
        ("entity.plannedDuration less_than 8h", 7),
        ("entity.status in [done, stuck]", 8),
        ("not", 9),
    ]
    assert one.trace[3].children[0].text == "entity.dueOn within {next: 48h}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("short", "short"),
        ("a" * 201, "a" * 199 + "…"),
        (
            [{"name": "vip"}, {"id": "t1"}, {"x": 1}, ["a"], None, 3],
            ["vip", "t1", "{…}", "[…]", None, 3],
        ),
        ({"firstName": "Mara", "lastName": "Jensen", "id": "u1"}, "Mara Jensen"),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_values_in_the_trace_are_short_and_fit_for_json(value: object, shown: object) -> None:
    one = considered(rules_if("entity.x: {exists: true}", "now: {exists: true}"), {"x": value})

    assert one.trace[0].value == shown
    assert json.dumps([step.value for step in one.trace])
