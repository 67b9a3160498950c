"""Rules that start themselves and each other."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import set_of, told
from workers.actions import ACTIONS
from workers.actions import VOCABULARY as REAL
from workers.rules.lint import lint
from workers.rules.lint.effects import EFFECTS

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
        # of a template the text around its holes is known
        ("not: {entity.name: {starts_with: follow}}", "Follow up", "", None),
        ("not: {entity.name: {starts_with: follow}}", '"Follow ${entity.name}"', "", None),
        ("not: {task.name: {starts_with: follow}}", '"Follow ${entity.name}"', "", None),
        ("not: {entity.name: {ends_with: '(2)'}}", '"${entity.name} (2)"', "", None),
        ("not: {entity.name: {contains: ' > '}}", '"${entity.name} > ${entity.id}"', "", None),
        ("entity.name: {starts_with: INT-}", '"Follow ${entity.name}"', "", None),
        ("entity.name: {starts_with: Follow up}", '"Follow ${entity.name}"', "", "task_added"),
        ("entity.name: {starts_with: fol}", '"Follow ${entity.name}"', "", "task_added"),
        ("entity.name: {contains: x}", '"Follow ${entity.name}"', "", "task_added"),
        ("not: {entity.name: {starts_with: x}}", '"${entity.name} x"', "", "task_added"),
        (
            "not: {entity.name: {starts_with: Follow up}}",
            '"Follow ${entity.name}"',
            "",
            "task_added",
        ),
        ("not: {project.name: {starts_with: Fol}}", '"Follow ${entity.name}"', "", "task_added"),
        ("project.name: x", "Review", "", "task_added"),
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


def test_every_action_says_what_it_causes() -> None:
    # awork has no event for schedules and bookings, and what is sent elsewhere causes none
    elsewhere = {"notify", "create_workiva_task", "sync_workiva_task"}
    assert set(ACTIONS) - set(EFFECTS) == {"create_schedule", "book_project", *elsewhere}
    for name in set(ACTIONS) & set(EFFECTS):
        assert set(EFFECTS[name].with_parameter) <= set(REAL[name])
        assert set(EFFECTS[name].shows) <= set(REAL[name])


@pytest.mark.parametrize(
    ("message", "warnings"), [('"[bot] ${task.name}"', 0), ('"${task.name} [bot]"', 1)]
)
def test_a_comment_that_its_own_rule_leaves_out_starts_nothing(message: str, warnings: int) -> None:
    guard = "    if: [not: {entity.message: {starts_with: '[bot]'}}]\n    do:"
    rule = COMMENTS.format(own="handle", mode="live").replace("    do:", guard)

    assert len(lint(set_of(rule.replace("hello", message)))) == warnings
