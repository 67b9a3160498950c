"""What holds for any text, any rules and any event."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.unit.workers.rules.asked import AskedFacts
from tests.unit.workers.rules.rules import NOW
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected, RunFailed
from workers.rules.facts import ABSENT, EventFacts
from workers.rules.load import load, load_text
from workers.rules.match import Considered, free_verdict, match
from workers.rules.model import Condition, Rule, RuleSet, Step, Verdict
from workers.rules.template import fill
from workers.rules.tree.nodes import LONGEST_KEY

_HERE = Path(__file__).parent
_GOOD = (_HERE / "good.yaml").read_text(encoding="utf-8")
_RULES = load(_HERE / "good.yaml", VOCABULARY)


def _examples(number: int) -> settings:
    slow = [HealthCheck.too_slow]
    return settings(
        max_examples=number, derandomize=True, deadline=None, suppress_health_check=slow
    )


_many = _examples(300)

_SNIPPETS = st.sampled_from(
    [
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x07",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ud800",
        '"\\ud800"',
        '"\\UFFFFFFFF"',
        "- ",
        ": ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "#",
        "|",
        ">",
        "|9",
        "&a ",
        "*a",
        "*",
        "!",
        "!!",
        "!<",
        "%YAML 1.1\n",
        "%YAML 1.3\n",
        "%TAG ! x\n",
        "---\n",
        "...\n",
        "<<: ",
        "~",
        "true",
        "1e999",
        "0x",
        "9" * 30,
        "9" * 5000,
        ".inf",
        "${",
        "${}",
        "$${",
        "${hours(x)}",
        "${done.",
        "${item.",
        "${entity.",
        "entity",
        "changes.",
        "now",
        "today",
        "within",
        "exists",
        "any: ",
        "not: ",
        "[" * 60,
        "id: ",
        "flow: ",
        "for_each: ",
        "cron: ",
        "expr: ",
        "changed: ",
        "* * * * *",
        "“",
        ">= 1h",
        "1.5h",
        ":x",
        "when: ",
        "do: ",
        "version: ",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "99999999999d",
        "\U0001f600",
    ]
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    text = _GOOD
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 12))
        put = draw(st.one_of(_SNIPPETS, st.text(max_size=4)))
        text = text[:at] + put + text[at + cut :]
    return text


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from(
            [
                "x",
                "y",
                "3600",
                "2026-03-27",
                "2026-11-20T23:30:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31",
                "9999-12-31T23:59:59-14:00",
                "2026-03-27T25:00:00Z",
            ]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "id", "type", "firstName", "lastName"]), inner)
    ),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["name", "plannedDuration", "dueOn", "isPrio", "tags", "project", "taskStatus"]
)
_PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "entity": st.one_of(st.dictionaries(_FIELDS, _VALUES), _VALUES),
        "changes": st.one_of(
            st.lists(
                st.fixed_dictionaries(
                    {"property": st.just("DueOn"), "old": _VALUES, "new": _VALUES}
                )
            ),
            _VALUES,
        ),
        "triggeredBy": _VALUES,
    },
)


def _loads_or_says_why(text: str) -> bool:
    """Whatever else is raised passes through, and fails the test."""
    try:
        load_text(text, VOCABULARY)
    except RuleFilesRejected as rejected:
        return bool(rejected.mistakes) and all(one.message for one in rejected.mistakes)
    return True


@_examples(500)
@given(_mutated())
def test_the_loader_raises_nothing_but_its_own_error(text: str) -> None:
    assert _loads_or_says_why(text)


@pytest.mark.nightly
@_examples(10_000)
@given(_mutated())
def test_the_loader_raises_nothing_but_its_own_error_in_ten_thousand_tries(text: str) -> None:
    assert _loads_or_says_why(text)


@_many
@given(st.binary(max_size=200))
def test_bytes_that_are_no_rules_are_refused_with_a_place(content: bytes) -> None:
    with contextlib.suppress(RuleFilesRejected):
        load_text(content.decode("latin-1"), VOCABULARY)


@_many
@given(_PAYLOADS)
def test_the_verdict_follows_from_the_trace(payload: dict[str, object]) -> None:
    for kind in ("task_updated", "project_status_changed"):
        for one in match(_RULES, kind, EventFacts(payload, NOW)):
            _check_trace(one)


@_many
@given(_PAYLOADS)
def test_matching_changes_nothing_and_answers_alike(payload: dict[str, object]) -> None:
    before = json.dumps(payload)

    first = match(_RULES, "task_updated", EventFacts(payload, NOW))
    second = match(_RULES, "task_updated", EventFacts(payload, NOW))

    assert first == second
    assert json.dumps(payload) == before


_LEAVES = st.one_of(
    st.builds(
        lambda path, operand: {path: operand},
        st.sampled_from(["entity.x", "task.x", "user.x", "project", "today", "event.gone"]),
        st.sampled_from([1, 2, {"exists": True}, {"exists": False}, {"has": 1}, {"at_least": 1}]),
    ),
    st.sampled_from(
        [
            {"changed": "x"},
            {"changed": "y"},
            {"expr": "task.x == 1"},
            {"expr": "user.x == entity.x"},
        ]
    ),
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
_REFUSED = RunFailed("read-refused", "awork says no")
_OBJECTS = st.sampled_from([ABSENT, {"x": 1}, {"x": 2}, {"x": [1]}, {"x": "a"}, {}, _REFUSED])


@st.composite
def _rule_sets(draw: st.DrawFn) -> RuleSet:
    rules = [
        {
            "id": f"r{number}",
            "mode": draw(st.sampled_from(["live", "shadow", "off"])),
            "reason": "drawn",
            "when": "task_updated",
            "if": draw(st.lists(_CONDITIONS, min_size=1, max_size=4)),
            "do": [{"add_comment": {"task": "t", "message": "m"}}],
        }
        for number in range(draw(st.integers(1, 3)))
    ]
    return load_text(json.dumps({"version": 1, "rules": rules}), VOCABULARY)


@st.composite
def _facts(draw: st.DrawFn) -> AskedFacts:
    payload: dict[str, object] = {"entity": {"x": draw(st.sampled_from([1, 2, None]))}}
    if draw(st.booleans()):
        payload["changes"] = [{"property": "X", "old": 1, "new": 2}]
    seen = draw(st.sampled_from([None, {"x": 1}, {"x": 2, "y": 1}]))
    objects = {root: draw(_OBJECTS) for root in ("task", "user", "project")}
    return AskedFacts(EventFacts(payload, NOW, seen=seen), objects)


def _fresh(facts: AskedFacts) -> AskedFacts:
    return replace(facts, read=[])


@_examples(500)
@given(_rule_sets(), _facts())
def test_whatever_the_effort_the_verdict_is_the_same(rules: RuleSet, facts: AskedFacts) -> None:
    live = match(rules, "task_updated", _fresh(facts))
    again = match(rules, "task_updated", _fresh(facts))
    whole = match(rules, "task_updated", _fresh(facts), whole=True)

    assert live == again
    assert [one.rule.id for one in live] == [rule.id for rule in rules.rules]
    assert [one.verdict for one in live] == [one.verdict for one in whole]
    for one in (*live, *whole):
        _check_trace(one)


@_examples(500)
@given(_rule_sets(), _facts())
def test_what_is_at_hand_rules_out_only_what_does_not_match(
    rules: RuleSet, facts: AskedFacts
) -> None:
    for rule in rules.rules:
        here = _fresh(facts)
        free = free_verdict(rule, here)
        [one] = match(rules, "task_updated", _fresh(facts), only=rule.id)

        assert here.read == []
        assert free.verdict in ("undecided", one.verdict)
        _check_trace(free)


@_examples(500)
@given(_rule_sets(), _facts())
def test_live_reads_nothing_that_shadow_would_not(rules: RuleSet, facts: AskedFacts) -> None:
    for rule in rules.rules:
        reads = []
        for mode in ("live", "shadow"):
            here = _fresh(facts)
            match(RuleSet((replace(rule, mode=mode),), ""), "task_updated", here)
            reads.append(set(here.read))

        assert reads[0] <= reads[1]


@_many
@given(_rule_sets())
def test_a_rule_is_the_same_in_a_file_of_its_own(rules: RuleSet) -> None:
    for rule in rules.rules:
        _check_text(rule)


@_many
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_any_text_of_a_rule_is_the_same_in_a_file_of_its_own(text: str) -> None:
    escaped = "".join(f"\\U{ord(letter):08x}" for letter in f"x{text}")
    source = f"""
version: 1
rules:
  - id: a
    about: "{escaped}"
    when: task_updated
    if: [{{entity.name: {{is_not: "{escaped}"}}}}]
    do: [{{create_task: {{name: "{escaped}", custom_fields: {{"{escaped}": 1.5}}}}}}]
"""
    assume("${" not in text)

    [rule] = load_text(source, VOCABULARY).rules

    assert rule.about == f"x{text}"
    _check_text(rule)


@pytest.mark.parametrize("letter", ["k", "\\", "\n", "\x01", "\u2028", "\ufeff", "\U0001f600"])
def test_the_longest_key_is_the_same_in_a_file_of_its_own(letter: str) -> None:
    # behind a `?` a key may be long, however it is written
    key = f"\\U{ord(letter):08x}" * LONGEST_KEY
    source = f"""
version: 1
rules:
  - id: a
    when: task_updated
    do: [{{create_task: {{name: n, custom_fields: {{? "{key}" : 1}}}}}}]
"""

    _check_text(load_text(source, VOCABULARY).rules[0])


def test_every_rule_of_the_example_is_the_same_in_a_file_of_its_own() -> None:
    for rule in _RULES.rules:
        _check_text(rule)


def _check_text(rule: Rule) -> None:
    [again] = load_text(rule.text, VOCABULARY).rules
    assert _bare(again) == _bare(rule)
    assert again.text == rule.text


def _bare(rule: Rule) -> Rule:
    """Without places, and with conditions as what they are made of."""
    actions = [
        replace(call, path="", line=0, column=0, conditions=_all_parts(call.conditions))
        for call in rule.actions
    ]
    conditions = _all_parts(rule.conditions)
    return replace(rule, path="", line=0, conditions=conditions, actions=tuple(actions))


def _all_parts(conditions: tuple[Condition, ...]) -> Any:
    return tuple(
        (one.text, one.operator, one.operand, one.paths, _all_parts(one.parts))
        for one in conditions
    )


@_many
@given(_PAYLOADS)
def test_filling_in_ends_in_plain_values_or_in_a_named_failure(payload: dict[str, object]) -> None:
    for rule in _RULES.rules:
        for action in rule.actions:
            with contextlib.suppress(RunFailed):
                filled = fill(action.parameters, EventFacts(payload, NOW))
                assert json.dumps(filled)


def _check_trace(one: Considered) -> None:
    """The verdict of a rule is what its trace says, and each part's what its own parts say."""
    verdicts = {step.verdict for step in one.trace}
    assert json.dumps([step.value for step in one.trace])
    match one.verdict:
        case "matched":
            assert verdicts <= {"met"}
        case "not-matched":
            assert verdicts & {"not met", "absent"}
        case "off":
            assert one.trace == ()
        case _:  # failed, undecided
            assert not verdicts & {"not met", "absent"}
    for step, condition in zip(one.trace, one.rule.conditions, strict=one.verdict != "off"):
        _check(step, condition)


def _check(step: Step, condition: Condition) -> None:
    assert (step.text, step.line) == (condition.text, condition.line)
    children = {child.verdict for child in step.children}
    match condition.operator if step.verdict != "not evaluated" else "":
        case "all":
            assert step.verdict == _strongest(children, ("not met", "absent", "met"))
        case "any":
            assert step.verdict == _strongest(children, ("met", "absent", "not met"))
        case "not":
            opposite = {"met": "not met", "not met": "met", "absent": "absent"}
            assert [step.verdict] == [opposite[child] for child in children]
    for child, part in zip(step.children, condition.parts, strict=True):
        _check(child, part)


def _strongest(verdicts: set[Verdict], order: tuple[Verdict, ...]) -> Verdict:
    return next(verdict for verdict in order if verdict in verdicts)
