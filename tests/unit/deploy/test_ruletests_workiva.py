"""Workiva in tests of rules: asked within the process, and expected in the words of the rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.deploy.ruletesting import Folder

RULES = """
  - id: ask
    when: task_status_changed
    if:
      - entity.taskStatus.type: done
    do:
      - create_workiva_task:
          title: "Approve: ${entity.name}"
          description: From awork
          assignees: [V1ZMara]
          due_date: 2026-12-01T09:00
          location: {resource: report, segment: page}
          approval_steps:
            - {completion_mode: ALL, participants: [V1ZMara, V1ZTimo], due_date: 2026-12-02}
          notifications_disabled: true
      - create_task:
          name: "See ${done.create_workiva_task.sourceUrl}"
          project: "${entity.projectId}"
  - id: follow
    when: task_updated
    do:
      - sync_workiva_task:
          task: "${entity.id}"
          title: "${entity.name}"
          due_date: "${entity.dueOn}"
"""
DONE = """
event:
  eventType: task_status_changed
  entity: {id: t1, projectId: p1, name: Logo, taskStatus: {type: done}}
"""
MOVED = """
rule: follow
event:
  eventType: task_updated
  entity: {id: t1, name: Logo, dueOn: "2026-12-04", taskStatus: {type: STATUS}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a rule that makes a Workiva task, and one that keeps it true."""
    return Folder(tmp_path).rules(RULES)


def moved(status: str = "progress") -> str:
    """A test of an event about a task with this status."""
    return MOVED.replace("STATUS", status)


def test_what_is_made_in_workiva_is_expected_in_the_words_of_the_rule(folder: Folder) -> None:
    outcome = folder.test(
        DONE
        + """
expect:
  - create_workiva_task:
      title: "Approve: Logo"
      description: From awork
      assignees: [V1ZMara]
      due_date: 2026-12-01T08:00:00Z
      location: {resource: report, segment: page}
      approval_steps:
        - {completion_mode: ALL, participants: [V1ZTimo, V1ZMara], due_date: 2026-12-02}
      notifications_disabled: true
  - create_task: {name: "See https://app.wdesk.com/tasks/d/workiva-1", project: p1}
"""
    )

    assert outcome.code == 0, outcome.printed


def test_a_difference_is_told_with_what_was_sent(folder: Folder) -> None:
    outcome = folder.test(
        DONE
        + """
expect:
  - create_workiva_task: {title: Approve, due_date: 2026-12-02, assignees: [V1ZTimo]}
  - create_task
"""
    )

    assert outcome.code == 1
    assert outcome.reasons[1:4] == [
        "title: expected Approve, got Approve: Logo",
        "due_date: expected 2026-12-02, got 2026-12-01T08:00:00+00:00",
        'assignees: expected ["V1ZTimo"], got [{"id": "V1ZMara", "type": "USER"}]',
    ]
    assert outcome.reasons[5].startswith('POST /tasks {"title": "Approve: Logo"')


def test_what_workiva_does_not_take_fails_the_rule_with_its_words(tmp_path: Path) -> None:
    folder = Folder(tmp_path).rules(
        RULES.replace("          notifications_disabled: true", "          status: Finished")
    )

    outcome = folder.test(DONE + "rule: ask\nexpect: nothing")

    (told,) = [line for line in outcome.reasons if "400BadRequest" in line]
    assert "must be one of Created, Started, Awaiting Approval" in told


def test_a_given_task_follows_the_one_it_was_made_for(folder: Folder) -> None:
    outcome = folder.test(
        moved()
        + """
given:
  workiva_tasks:
    w1: {title: Draft, dueDate: 2026-12-01, for: t1}
    w2: {title: Draft, for: t2}
    w3: {title: Draft}
expect:
  - sync_workiva_task: {workiva_task: w1, title: Logo, due_date: 2026-12-04}
"""
    )

    assert outcome.code == 0, outcome.printed


def test_a_given_task_that_is_as_it_should_be_is_left_alone(folder: Folder) -> None:
    outcome = folder.test(
        moved()
        + """
given: {workiva_tasks: {w1: {title: Logo, dueDate: 2026-12-04, for: t1}}}
expect: nothing
"""
    )

    assert outcome.code == 0, outcome.printed


def test_without_a_given_task_there_is_nothing_to_follow(folder: Folder) -> None:
    outcome = folder.test(moved() + "expect: nothing")

    assert outcome.code == 0, outcome.printed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("done: false", "{action: SUBMIT}"),
        ("done: true", ""),
        ("status: Completed", ""),
    ],
)
def test_a_given_task_is_submitted_when_the_other_is_done(
    folder: Folder, given: str, expected: str
) -> None:
    expect = f"[sync_workiva_task: {expected}]" if expected else "nothing"
    outcome = folder.test(
        moved("done")
        + f"""
given: {{workiva_tasks: {{w1: {{title: Logo, dueDate: 2026-12-04, for: t1, {given}}}}}}}
expect: {expect}
"""
    )

    assert outcome.code == 0, outcome.printed


def test_a_given_task_may_be_that_of_one_rule(tmp_path: Path) -> None:
    rules = RULES.replace('          due_date: "${entity.dueOn}"', "          made_by: ask")
    given = """
given:
  workiva_tasks:
    w1: {title: Draft, for: t1, made_by: ask}
    w2: {title: Draft, for: t1, made_by: other}
expect:
  - sync_workiva_task: [{workiva_task: w1, title: Logo}]
"""

    outcome = Folder(tmp_path).rules(rules).test(moved() + given)

    assert outcome.code == 0, outcome.printed


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{colour: red}", "unknown property in 'workiva_tasks': 'colour'"),
        ("{status: Lost}", "status must be one of Created, Started"),
        ("{dueDate: soon}", "dueDate must be a date-time"),
        ("{assignees: [{id: 7, type: USER}]}", "assignees[0].id must be a string"),
    ],
)
def test_a_given_task_that_workiva_cannot_have_is_told(
    folder: Folder, given: str, told: str
) -> None:
    (mistake,) = folder.mistakes(
        f"event: task_updated\ngiven: {{workiva_tasks: {{w1: {given}}}}}\nexpect: nothing"
    )

    assert told in mistake
