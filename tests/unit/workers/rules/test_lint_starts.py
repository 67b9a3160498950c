"""Conditions at odds with what starts their rule."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import said, set_of, told
from workers.rules.lint import lint

CHANGED = "never holds: awork says TaskStatusId; write changed: taskStatusId"
OURS = (
    "never holds: events that our own writes cause are left out; write 'own_events: handle'"
    " beside 'when'"
)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("changed: taskStatus", f"'changed taskStatus' {CHANGED}"),
        ("changed: [dueOn, taskStatus]", f"'changed [dueOn, taskStatus]' {CHANGED}"),
        (
            "any: [changed: project, entity.isPrio: true]",
            "'changed project' never holds: awork says ProjectId; write changed: projectId",
        ),
        (
            "event.eventType: task_added",
            "event.eventType is never 'task_added' here: 'when' names task_updated; add it there,"
            " or leave it out here",
        ),
        (
            "not: {event.eventType: {not_in: [Task_Updated, task_deleted]}}",
            "event.eventType is never 'task_deleted' here: 'when' names task_updated; add it"
            " there, or leave it out here",
        ),
        ("event.isOurs: true", f"'event.isOurs is true' {OURS}"),
        ("event.isOurs: {is_not: false}", f"'event.isOurs is_not false' {OURS}"),
        ("not: {event.isOurs: false}", f"'not event.isOurs is false' {OURS}"),
    ],
)
def test_what_the_events_of_a_rule_never_meet_is_told(condition: str, message: str) -> None:
    assert said(condition) == [f"6:1: {message} [never-met]"]


@pytest.mark.parametrize(
    "condition",
    [
        "changed: taskStatusId",
        "changed: [taskStatus, taskStatusId]",
        "any: [changed: taskStatus, changed: taskStatusId]",
        "changed: tags",
        # has no id beside it
        "changed: parentTask",
        "event.eventType: task_updated",
        "event.eventType: [Task_Updated]",
        # an old name of task_updated
        "event.eventType: task_changed",
        "not: {event.eventType: task_added}",
        "event.eventType: {is_not: task_added}",
        "event.eventType: {starts_with: project}",
        "event.isOurs: false",
        "not: {event.isOurs: true}",
        "event.isOurs: {exists: true}",
        "assignee.freeDuration: {at_least: 1h}",
    ],
)
def test_nothing_is_said_of_what_they_may_meet(condition: str) -> None:
    assert said(condition) == []


def test_own_events_may_be_asked_for_where_they_are_handled() -> None:
    assert said("event.isOurs: true", more="own_events: handle") == []


CLOCK = """  - id: a
    when: {{cron: "0 18 * * mon-fri"}}
    for_each: {{{over}: {{}}}}
    if: [{condition}]
    do: [{{log_time: {{user: u, duration: 1h, note: "{note}"}}}}]
"""


def test_changes_are_not_there_when_the_clock_starts_a_rule() -> None:
    rules = set_of(CLOCK.format(over="tasks", condition="not: {changed: dueOn}", note="n"))

    assert told(lint(rules)) == [
        "6:1: 'not changed dueOn' never holds: the clock starts this rule, and nothing has changed"
        " then; leave it out, or let an event start the rule [never-met]"
    ]


TIMELESS = "user.freeDuration is the free time until the task is due, and no task is here, so"
ASK = "ask for it in a rule for events of tasks or time entries"


@pytest.mark.parametrize(
    ("over", "condition", "note", "messages"),
    [
        (
            "users",
            "user.freeDuration: {at_least: 1h}",
            "n",
            [f"6:1: {TIMELESS} 'user.freeDuration at_least 1h' never holds; {ASK}"],
        ),
        (
            "users",
            "user.isAbsent: false",
            "${user.freeDuration}",
            [f"7:11: {TIMELESS} 'log_time' fails; {ASK}"],
        ),
        ("users", "user.freeDuration: {exists: false}", "n", []),
        ("schedules", "user.freeDuration: {at_least: 1h}", "n", []),
        ("running_timers", "user.freeDuration: {at_least: 1h}", "n", []),
    ],
)
def test_free_time_needs_a_task_with_a_due_date(
    over: str, condition: str, note: str, messages: list[str]
) -> None:
    rules = set_of(CLOCK.format(over=over, condition=condition, note=note))

    assert told(lint(rules)) == [f"{message} [never-met]" for message in messages]
