"""What `hookwork check` warns about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import Mistake
from workers.actions import ACTIONS
from workers.actions import VOCABULARY as REAL
from workers.rules.conditions.operators import OPERATORS
from workers.rules.facts import EventFacts, Overlay
from workers.rules.lint import lint
from workers.rules.lint.effects import EFFECTS
from workers.rules.lint.literals import KNOWN
from workers.rules.load import load, load_text
from workers.rules.model import RuleSet
from workers.rules.vocabulary import Parameter, ParameterKind

ROOT = Path(__file__).parents[4]
DO = "    do: [{add_comment: {task: t, message: m}}]\n"
REFERENCE = Parameter(ParameterKind.REFERENCE, required=True)
#: with actions that set something
WIDER = {
    **VOCABULARY,
    "change_status": {"task": REFERENCE, "status": REFERENCE},
    "plan_task": {"task": REFERENCE},
    "unplan_task": {"task": REFERENCE},
}


def told(found: tuple[Mistake, ...]) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message} [{one.code}]" for one in found]


def set_of(rules: str, head: str = "version: 1\nrules:\n") -> RuleSet:
    return load_text(head + rules, WIDER)


def with_if(*conditions: str, head: str = "version: 1\nrules:\n") -> RuleSet:
    """A rule for task_updated; its first condition is in line 6."""
    items = "".join(f"      - {condition}\n" for condition in conditions)
    return set_of(f"  - id: a\n    when: task_updated\n    if:\n{items}{DO}", head)


def never(*conditions: str, head: str = "version: 1\nrules:\n") -> list[str]:
    return [f"{one.line}: {one.message}" for one in lint(with_if(*conditions, head=head))]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            ("entity.name: a", "entity.name: b"),
            "7: 'entity.name is b' can never hold beside 'entity.name is a' in line 6",
        ),
        (
            ("entity.plannedDuration: {at_least: 5h, less_than: 2h}",),
            "6: 'entity.plannedDuration less_than 2h' can never hold beside"
            " 'entity.plannedDuration at_least 5h' in the same line",
        ),
        (
            ("entity.dueOn: {exists: false}", "entity.isPrio: true", "entity.dueOn: {before: now}"),
            "8: 'entity.dueOn before now' can never hold beside 'entity.dueOn exists false'"
            " in line 6",
        ),
        (
            ("entity.tags: {has_all: [x, y]}", "entity.tags: {has_none: [Y]}"),
            "7: 'entity.tags has_none [Y]' can never hold beside 'entity.tags has_all [x, y]'"
            " in line 6",
        ),
        (
            ("not: {any: [entity.name: a, entity.name: b]}", "entity.name: [A, B]"),
            "7: 'entity.name in [A, B]' can never hold beside 'not entity.name is a' in line 6"
            " and 'not entity.name is b' in line 6",
        ),
        (
            ("entity.name: {starts_with: INT-}", "entity.name: {starts_with: EXT-}"),
            "7: 'entity.name starts_with EXT-' can never hold beside"
            " 'entity.name starts_with INT-' in line 6",
        ),
        (
            (
                "entity.commentCount: {at_least: 3}",
                "entity.commentCount: {at_most: 3}",
                "entity.commentCount: {is_not: 3}",
            ),
            "8: 'entity.commentCount is_not 3' can never hold beside"
            " 'entity.commentCount at_least 3' in line 6 and 'entity.commentCount at_most 3'"
            " in line 7",
        ),
        (
            ("changed: dueOn", "not: {changed: dueOn}"),
            "7: 'not changed dueOn' can never hold beside 'changed dueOn' in line 6",
        ),
        (
            ("entity.plannedDuration: {starts_with: x}",),
            "6: 'entity.plannedDuration starts_with x' can never hold: entity.plannedDuration"
            " holds a duration; compare it with one, such as {at_least: 1h}",
        ),
        (
            ("entity.dueOn: today",),
            "6: 'entity.dueOn is today' can never hold: entity.dueOn holds a moment such as"
            " 2026-03-27T09:30:00Z; write before, after or within, or for one day"
            " {at_least: today, at_most: today}",
        ),
        (
            ("entity.tags: auto-plan",),
            "6: 'entity.tags is auto-plan' can never hold: entity.tags holds a list; look into it"
            " with has, has_any, has_all or has_none",
        ),
    ],
)
def test_what_can_never_hold_is_told_with_what_it_contradicts(
    conditions: tuple[str, ...], message: str
) -> None:
    assert never(*conditions) == [f"{message}; the rule never matches"]


@pytest.mark.parametrize(
    "conditions",
    [
        # times: a day is a day in the rule's zone, and a day further there is no room
        ("entity.dueOn: {before: '2026-03-01'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2026-03-02'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {at_least: '2026-03-02T08:00'}", "entity.dueOn: {before: '2026-03-02'}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {at_least: now}"),
        ("entity.dueOn: {within: {next: 2d}}", "entity.dueOn: {before: today}"),
        ("entity.dueOn: {within: {last: 2d}}", "entity.dueOn: {after: today}"),
        ("now: {after: '2026-03-01T08:00'}", "now: {before: '2026-03-01'}"),
        ("today: {after: '2026-03-01'}", "today: {at_most: '2026-03-01'}"),
        # equality
        ("entity.name: [a, b]", "entity.name: {not_in: [A, B, c]}"),
        ("entity.name: {is_not: a}", "entity.name: a"),
        ("entity.isPrio: true", "entity.isPrio: false"),
        ("entity.plannedDuration: 30m", "entity.plannedDuration: {not_in: [1800]}"),
        ("entity.project: A", "entity.project: B", "entity.project: C", "entity.project: D"),
        # text
        ("entity.name: {contains: x}", "not: {entity.name: {contains: x}}"),
        ("entity.name: {ends_with: abc}", "not: {entity.name: {contains: b}}"),
        ("entity.name: abc", "entity.name: {starts_with: x}"),
        # lists
        ("entity.tags: {has: a}", "not: {entity.tags: {has_any: [a, b]}}"),
        ("entity.tags: {has: a}", "entity.tags: {exists: false}"),
        # whatever the field holds: numbers may come as text in changes
        (
            "changes.PlannedDuration.new: {at_least: 1h}",
            "changes.PlannedDuration.new: {at_most: 9m}",
        ),
        # turned round: what is absent stays absent
        ("not: {any: [entity.commentCount: {at_least: 1}, entity.commentCount: {less_than: 1}]}",),
        ("not: {entity.isPrio: {exists: true}}", "entity.isPrio: false"),
        # no such operator for such a field
        ("entity.isPrio: 'true'",),
        ("entity.isPrio: {at_least: 1}",),
        ("entity.dueOn: {at_least: 1h}",),
        ("entity.dueOn: 2026-03-27",),
        ("entity.plannedDuration: soon",),
        ("entity.plannedDuration: {matches: x}",),
        ("entity.name: {has: a}",),
        ("entity.project: {contains: a}",),
        ("not: {entity.tags: auto-plan}",),
        ("entity.dueOn: {within: 0s}",),
        ("entity.dueOn: {within: {next: 0m}}",),
    ],
)
def test_there_is_one_warning_for_what_can_never_hold(conditions: tuple[str, ...]) -> None:
    found = lint(with_if(*conditions))

    assert [one.code for one in found] == ["never-met"]
    assert found[0].line == 5 + len(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        ("entity.dueOn: {before: '2026-03-03'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2026-03-02T09:00'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2020-01-01'}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {within: {next: 2d}}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {within: 2d}", "entity.dueOn: {before: today}"),
        ("entity.dueOn: {within: {next: 1m}}", "entity.dueOn: {within: {last: 1m}}"),
        ("entity.dueOn: {within: 30m}", "entity.dueOn: '2026-03-27T12:00:00Z'"),
        ("changes.DueOn.new: {within: {next: 6h}}", "changes.DueOn.new: {before: today}"),
        ("entity.dueOn: {at_least: today, at_most: today}",),
        ("entity.dueOn: {at_least: now, at_most: now}",),
        ("entity.dueOn: {starts_with: 2026-03}", "entity.dueOn: {before: '2027-01-01'}"),
        ("entity.dueOn: '2026-03-27T00:00:00Z'",),
        ("entity.name: {starts_with: ab}", "entity.name: {starts_with: abc}"),
        ("entity.name: {starts_with: aba, ends_with: bab}",),
        ("entity.name: {matches: ^a}", "entity.name: {matches: ^b}"),
        ("entity.name: {at_least: 5}", "entity.name: {starts_with: '1'}"),
        ("entity.name: '5'", "entity.name: {at_least: 3}"),
        ("entity.project: Customer portal", "entity.project: 7d3a"),
        ("entity.assignees: {has: Mara}", "entity.assignees: {has_none: [Timo]}"),
        ("entity.tags: {has_any: [a, b]}", "entity.tags: {has_none: [a]}"),
        ("entity.commentCount: {at_least: 1}", "task.commentCount: {less_than: 1}"),
        ("entity.commentCount: {more_than: 1, less_than: 2}",),
        ("any: [entity.name: a, entity.name: b]", "entity.name: [a, b]"),
        ("not: {all: [entity.name: a, entity.isPrio: true]}", "entity.name: a"),
        ("entity.unheard.of: a", "entity.unheard.of: b"),
        ("entity.unheard.of: {at_least: 1h}", "entity.unheard.of: {starts_with: '9'}"),
        ("changed: dueOn", "changed: startOn"),
        ("expr: task.isPrio == true", "not: {expr: 'task.commentCount > 3'}"),
        ("entity.name: [" + ", ".join("abcdefghijklmnopqrst") + "]", "entity.name: {is_not: a}"),
        ("entity.tags: {has_none: [" + ", ".join("abcdefghijklmnopqrst") + "]}",),
    ],
)
def test_in_doubt_nothing_is_said(conditions: tuple[str, ...]) -> None:
    assert lint(with_if(*conditions)) == ()


def test_case_counts_where_the_file_says_so() -> None:
    conditions = ("entity.name: Done", "entity.name: {is_not: done}")
    exact = "version: 1\ndefaults: {case: exact}\nrules:\n"

    assert lint(with_if(*conditions, head=exact)) == ()
    assert len(never(*conditions)) == 1


def test_an_alternative_that_can_never_hold_is_told_apart_from_the_rule() -> None:
    one = never("entity.name: a", "any: [entity.name: b, entity.isPrio: true]")
    both = never("entity.name: a", "any: [entity.name: b, {entity.name: c, entity.isPrio: true}]")

    assert one == [
        "7: 'entity.name is b' can never hold beside 'entity.name is a' in line 6;"
        " this alternative never holds"
    ]
    assert [line.rpartition("; ")[2] for line in both] == ["the rule never matches"] * 2


def test_conditions_of_an_action_are_held_against_those_of_the_rule() -> None:
    do = "    do:\n      - add_comment: {task: t, message: m}\n        if:\n"
    rules = set_of(
        "  - id: a\n    when: task_updated\n    if:\n      - entity.isPrio: true\n"
        f"{do}          - entity.isPrio: false\n"
    )

    assert told(lint(rules)) == [
        "10:1: 'entity.isPrio is false' can never hold beside 'entity.isPrio is true' in line 6;"
        " 'add_comment' never runs [never-met]"
    ]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "entity.baseType: projecttsk",
            "entity.baseType is never 'projecttsk'; did you mean 'projecttask'?",
        ),
        ("task.taskStatus.type: dne", "task.taskStatus.type is never 'dne'; did you mean 'done'?"),
        (
            "entity.taskStatus.type: {not_in: [done, stuk]}",
            "entity.taskStatus.type is never 'stuk'; did you mean 'stuck'?",
        ),
        ("not: {entity.baseType: [private, x]}", "entity.baseType is never 'x'; allowed: private,"),
    ],
)
def test_a_value_that_awork_does_not_have_is_told_with_the_nearest(
    condition: str, message: str
) -> None:
    [found] = lint(with_if(condition))

    assert found.message.startswith(message)
    assert found.code == "unknown-value"


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


COMMENTS = """  - id: answers
    when: task_comment_added
    own_events: {own}
    mode: {mode}
    reason: r
    do: [{{add_comment: {{task: "${{task.id}}", message: hello}}}}]
"""


def test_a_rule_that_starts_itself_is_told() -> None:
    assert told(lint(set_of(COMMENTS.format(own="handle", mode="live")))) == [
        "8:11: 'add_comment' causes task_comment_added, and with 'own_events: handle' that starts"
        " 'answers' again, without end; add a condition that its own result does not meet"
        " [self-triggering]"
    ]


@pytest.mark.parametrize(
    ("own", "mode"), [("ignore", "live"), ("handle", "shadow"), ("handle", "off")]
)
def test_a_rule_that_leaves_out_own_events_or_writes_nothing_starts_nothing(
    own: str, mode: str
) -> None:
    assert lint(set_of(COMMENTS.format(own=own, mode=mode))) == ()


REVIEWS = """  - id: reviews
    when: [task_added, taskassignment_added]
    own_events: handle
    if: [{condition}]
    do: [{{create_task: {{name: {name}{more}}}}}]
"""


@pytest.mark.parametrize(
    ("condition", "name", "more", "kinds"),
    [
        ("entity.name: {is_not: Review}", "Review", "", None),
        ("task.name: {is_not: review}", "Review", "", None),
        ("entity.name: {is_not: Review}", "Reviews", "", "task_added"),
        ("entity.name: {is_not: Review}", '"Review ${entity.name}"', "", "task_added"),
        ("entity.isPrio: true", "Review", ", prio: false", None),
        ("entity.isPrio: true", "Review", "", "task_added"),
        ("entity.isPrio: true", "x", ", assignees: [Mara]", "task_added and taskassignment_added"),
    ],
)
def test_what_an_action_writes_is_held_against_the_conditions(
    condition: str, name: str, more: str, kinds: str | None
) -> None:
    found = lint(set_of(REVIEWS.format(condition=condition, name=name, more=more)))

    assert [one.message.partition(", and with")[0] for one in found] == (
        [f"'create_task' causes {kinds}"] if kinds else []
    )


LOG = """  - id: logs
    when: task_added
    own_events: {own}
    do: [{{log_time: {{user: u, task: "${{entity.id}}"}}}}]
  - id: asks
    when: timetracking_added
    own_events: handle
    do: [{{create_task: {{name: Why?}}}}]
"""


def test_rules_that_start_each_other_are_told_once() -> None:
    assert told(lint(set_of(LOG.format(own="handle")))) == [
        "7:1: the rules 'logs' (rules.yaml:3) and 'asks' (rules.yaml:7) start each other in a"
        " circle, because they say 'own_events: handle'; leave it out of one of them, or add a"
        " condition that ends it [undoing-rules]"
    ]


def test_a_circle_needs_every_rule_of_it_to_handle_own_events() -> None:
    assert lint(set_of(LOG.format(own="ignore"))) == ()


STATUS = """  - id: one
    when: task_updated
    if: [{first}]
    do: [{{change_status: {{task: "${{entity.id}}", status: Done}}}}]
  - id: other
    when: [{kinds}]
    own_events: {own}
    if: [{second}]
    do: [{{change_status: {{task: "${{{task}}}", status: {status}}}}}]
"""
CLASH = {
    "first": "entity.isPrio: true",
    "second": "entity.commentCount: {at_least: 3}",
    "kinds": "task_added, task_updated",
    "own": "ignore",
    "status": "Review",
    "task": "entity.id",
}


def test_rules_that_set_the_same_thing_otherwise_are_told() -> None:
    assert told(lint(set_of(STATUS.format(**CLASH)))) == [
        "11:11: 'other' sets the status to 'Review', and 'one' (rules.yaml:6) sets the status to"
        " 'Done', and both can run for the same object; let their conditions exclude each other"
        " [undoing-rules]"
    ]


@pytest.mark.parametrize(
    ("change", "warnings"),
    [
        ({}, 1),
        ({"status": "done"}, 0),
        ({"status": '"${entity.taskStatus.id}"'}, 0),
        ({"second": "entity.isPrio: false"}, 0),
        ({"kinds": "task_added"}, 0),
        ({"task": "entity.parentId"}, 0),
        # the second undoes the first through the event that the first causes
        ({"kinds": "task_status_changed", "own": "handle"}, 1),
        ({"kinds": "task_status_changed", "own": "ignore"}, 0),
        (
            {
                "kinds": "task_status_changed",
                "own": "handle",
                "second": "entity.taskStatus.name: x",
            },
            0,
        ),
    ],
)
def test_rules_undo_each_other_only_when_both_can_run(
    change: dict[str, str], warnings: int
) -> None:
    codes = [one.code for one in lint(set_of(STATUS.format(**{**CLASH, **change})))]

    assert codes.count("undoing-rules") == warnings


def test_a_rule_that_clashes_with_many_is_told_once() -> None:
    rules = "".join(
        f"  - id: r{n}\n    when: task_updated\n    do:\n"
        f'      - change_status: {{task: "${{entity.id}}", status: S{n}}}\n'
        for n in range(4)
    )

    assert [one.line for one in lint(set_of(rules))] == [10, 14, 18]


def test_actions_that_are_opposites_undo_each_other() -> None:
    rules = "".join(
        f'  - id: r{n}\n    when: task_updated\n    do: [{{{name}: {{task: "${{entity.id}}"}}}}]\n'
        for n, name in enumerate(("plan_task", "unplan_task"))
    )

    [found] = lint(set_of(rules))

    assert found.message.startswith("'r1' says unplan_task, and 'r0' (rules.yaml:5) says plan_task")


def test_every_action_says_what_it_causes() -> None:
    # awork has no event for schedules and bookings
    assert set(ACTIONS) - set(EFFECTS) == {"create_schedule", "book_project"}
    for name in set(ACTIONS) & set(EFFECTS):
        assert set(EFFECTS[name].with_parameter) <= set(REAL[name])
        assert set(EFFECTS[name].shows) <= set(REAL[name])


MIXED = """  - id: a
    when: [task_added, project_added, user_added]
    if:
      - {condition}
    do: [{{add_comment: {{task: "${{{path}}}", message: m}}}}]
"""
CONDITION = "so the rule never matches them; take them out of 'when', or give them a rule of their"


@pytest.mark.parametrize(
    ("condition", "path", "messages"),
    [
        ("entity.id: x", "entity.id", []),
        (
            "entity.dueOn: {before: today}",
            "entity.dueOn",
            [f"6:1: project_added, user_added events never have 'entity.dueOn', {CONDITION}"],
        ),
        (
            "not: {task.name: x}",
            "task.id",
            [f"6:1: project_added, user_added events never have 'task.name', {CONDITION}"],
        ),
        (
            "entity.id: x",
            "task.id",
            [
                "7:11: project_added, user_added events never have 'task.id', so 'add_comment'"
                " fails for them; give them a rule of their"
            ],
        ),
        # asked for, or one of several: then it is meant
        ("task: {exists: true}", "task.id", []),
        ("any: [task.name: x, project.name: x]", "entity.id", []),
        (
            "task: {exists: false}",
            "task.id",
            [
                "7:11: project_added, user_added events never have 'task.id', so 'add_comment'"
                " fails for them; give them a rule of their"
            ],
        ),
    ],
)
def test_fields_that_some_events_lack_are_told(
    condition: str, path: str, messages: list[str]
) -> None:
    found = lint(set_of(MIXED.format(condition=condition, path=path)))

    assert told(found) == [f"{message} own [some-kinds-lack-field]" for message in messages]


def test_a_rule_that_no_test_names_is_told_unless_it_is_off() -> None:
    rules = set_of(
        "".join(
            f"  - id: {name}\n    when: task_added\n    mode: {mode}\n    reason: r\n{DO}"
            for name, mode in (("a", "live"), ("b", "shadow"), ("c", "off"), ("d", "live"))
        )
    )

    assert lint(rules) == ()
    assert told(lint(rules, frozenset({"a"}))) == [
        f"{line}:1: no test names the rule '{name}'; write one with 'rule: {name}' in a file that"
        " ends in .test.yaml [untested-rule]"
        for line, name in ((8, "b"), (18, "d"))
    ]


def test_a_warning_shows_its_line_where_the_text_is_given() -> None:
    rule = "  - id: a\n    when: task_added\n    if:\n      - entity.tags: x\n"
    text = f"version: 1\nrules:\n{rule}{DO}"
    rules = load_text(text, WIDER)

    [found] = lint(rules, texts={"rules.yaml": text})

    assert found.with_caret().splitlines()[1:] == ["          - entity.tags: x", "            ^"]


def test_warnings_come_in_the_order_of_the_file() -> None:
    rules = set_of(
        "  - id: b\n    when: task_added\n    if: [entity.tags: x, entity.dueOn: today]\n"
        f"{DO}  - id: a\n    when: task_added\n    if: [entity.isPrio: x]\n{DO}"
    )

    lines = [one.line for one in lint(rules, frozenset())]

    assert lines == sorted(lines)
    assert len(lines) == 5


@pytest.mark.parametrize("folder", ["deploy/rules", "deploy/sandbox/rules"])
def test_nothing_is_said_of_the_rules_we_ship(folder: str) -> None:
    assert lint(load(ROOT / folder, REAL)) == ()
