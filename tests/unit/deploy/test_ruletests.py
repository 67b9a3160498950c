"""Tests of rules, run: what passes, what fails, and what the author reads then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.deploy.ruletesting import ASSIGNED, PLAN, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the rule `plan`."""
    return Folder(tmp_path).rules()


@pytest.mark.parametrize(
    "fields",
    [
        "{}",
        "{taskId: t1, userId: u1}",
        "{task: t1, user: u1}",
        "{startDate: 2026-11-23T08:00:00Z, endDate: 2026-11-23T17:00:00+01:00}",
        "{start: 2026-11-23T09:00, end: 2026-11-23T17:00}",
        "{start: 2026-11-23}",
        "{total: 8h, count: 1, on: [2026-11-23], none_on: [2026-11-24]}",
        "[{taskId: t1}]",
    ],
)
def test_an_action_that_is_as_expected_passes(folder: Folder, fields: str) -> None:
    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [{{create_schedule: {fields}}}]")

    assert outcome.code == 0, outcome.printed
    assert outcome.printed.startswith("1 test passed in ")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("{user: u2}", "user: expected u2, got u1"),
        ("{taskId: nothing-like-it}", "taskId: expected nothing-like-it, got t1"),
        ("{start: 2026-11-23T09:30}", "start: expected 2026-11-23T09:30, got 2026-11-23T09:00"),
        ("{start: 2026-11-24}", "start: expected 2026-11-24, got 2026-11-23T08:00:00Z"),
        ("{total: 6h}", "total: expected 6h, got 8h"),
        ("{duration: 7h30m}", "duration: expected 7h30m, got 8h"),
        ("{count: 2}", "count: expected 2 requests, got 1"),
        ("{on: [2026-11-24]}", "on: expected Tue 2026-11-24, got Mon 2026-11-23"),
        (
            "{none_on: [2026-11-23]}",
            "none_on: expected no request for Mon 2026-11-23, got Mon 2026-11-23",
        ),
        (
            "{startDat: 2026-11-23}",
            "startDat: expected 2026-11-23, but no request has it; did you mean 'startDate'?",
        ),
        ("{userId: null}", "userId: expected nothing, got u1"),
        ("[{userId: u1}, {userId: u2}]", "expected 2 requests, got 1"),
        ("[{userId: u2}]", "request 1: userId: expected u2, got u1"),
        ("{users: [u1, u2]}", 'users: expected ["u1", "u2"], got u1'),
    ],
)
def test_a_difference_is_told_with_both_sides(folder: Folder, fields: str, reason: str) -> None:
    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [{{create_schedule: {fields}}}]")

    assert outcome.code == 1
    assert reason in outcome.reasons


def test_a_failing_test_reads_well_as_a_whole(folder: Folder) -> None:
    outcome = folder.test(
        f"""
        name: a block from nine to five
        event: {ASSIGNED}
        expect:
          - create_schedule: {{user: u2}}
          - add_comment: {{message: planned}}
        """
    )

    *lines, summary = outcome.printed.replace(str(folder.path), "rules").splitlines()
    assert lines == [
        "FAILED a block from nine to five",
        "  rules/a.test.yaml:2",
        "    create_schedule of plan is not as expected (line 5):",
        "      user: expected u2, got u1",
        "      it sent:",
        '        POST /taskschedules {"taskId": "t1", "userId": "u1",'
        ' "startDate": "2026-11-23T08:00:00Z", "endDate": "2026-11-23T16:00:00Z"}',
        '    missing: add_comment {"message": "planned"} (line 6)',
        "",
    ]
    assert summary.startswith("1 of 1 test failed in ")


def test_when_nothing_happened_every_condition_is_told_with_its_value(folder: Folder) -> None:
    outcome = folder.test(
        """
        event: {eventType: task_added, entity: {dueOn: null, plannedDuration: 30m}}
        expect: [create_schedule]
        """
    )

    printed = outcome.printed.replace(str(folder.path), "rules").splitlines()
    assert printed[2:-2] == [
        "    missing: create_schedule (line 4)",
        "      plan (rules/rules.yaml:5) did not match: entity.dueOn exists true (no value), and 1"
        " more",
        "        not met       entity.dueOn exists true                   no value",
        "        not met       entity.plannedDuration at_least 1h         was 1800 seconds, 30m",
        "        met           not",
        "          not met       entity.taskStatus.type in [done, stuck]  was todo",
    ]


def test_what_was_not_expected_is_told_with_its_requests(folder: Folder) -> None:
    folder.rules(PLAN + '      - add_comment: {task: "${entity.id}", message: planned}\n')

    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [create_schedule]")

    assert outcome.reasons == [
        "not expected: add_comment of plan",
        'POST /tasks/t1/comments {"message": "planned"}',
    ]


def test_a_write_where_nothing_is_expected_fails(folder: Folder) -> None:
    outcome = folder.test(f"event: {ASSIGNED}\nexpect: nothing")

    assert outcome.code == 1
    assert outcome.reasons[:2] == [
        "expected nothing, but this was written:",
        "create_schedule of plan",
    ]


@pytest.mark.parametrize(
    ("event", "because"),
    [
        (
            "{eventType: task_added, triggeredBy: {id: us}, entity: {plannedDuration: 2h}}",
            "own-event",
        ),
        ("{eventType: task_added, entity: {dueOn: null}}", "entity.dueOn"),
        ("{eventType: task_added, entity: {dueOn: null}}", "not-matched"),
        ("{eventType: task_added, entity: {plannedDuration: null}}", "absent"),
        ("{eventType: task_added, entity: {taskStatus: {type: done}}}", "entity.taskStatus.type"),
        ("{eventType: company_updated}", "no-rule"),
    ],
)
def test_nothing_may_be_asked_for_its_reason(folder: Folder, event: str, because: str) -> None:
    right = folder.test(f"event: {event}\nexpect: nothing\nbecause: {because}")
    wrong = folder.test(f"event: {event}\nexpect: nothing\nbecause: entity.startOn")

    assert right.code == 0, right.printed
    assert wrong.code == 1
    told = "nothing happened, as expected, but not because of entity.startOn:"
    assert told in wrong.reasons


@pytest.mark.parametrize(
    ("mode", "because", "code"),
    [
        ("mode: shadow", "shadow", 0),
        ("mode: live", "shadow", 1),
        ("mode: off\n    reason: the fair", "off", 0),
        ("mode: off\n    reason: the fair", "shadow", 1),
    ],
)
def test_the_mode_of_a_rule_is_a_reason(folder: Folder, mode: str, because: str, code: int) -> None:
    folder.rules(PLAN.replace("    when:", f"    {mode}\n    when:"))

    outcome = folder.test(f"event: {ASSIGNED}\nexpect: nothing\nbecause: {because}")

    assert outcome.code == code, outcome.printed


def test_a_rule_that_is_off_says_why(folder: Folder) -> None:
    folder.rules(PLAN.replace("    when:", "    mode: off\n    reason: the fair\n    when:"))

    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [create_schedule]")

    assert outcome.reasons[1].endswith("rules.yaml:5) is off: the fair")


def test_an_own_event_says_so(folder: Folder) -> None:
    outcome = folder.test(
        "event: {eventType: task_added, triggeredBy: {id: us}}\nexpect: [add_comment]"
    )

    assert outcome.reasons[1].endswith("was not asked: our own API user caused this event")


def test_a_rule_in_shadow_mode_is_tested_as_if_it_were_live(folder: Folder) -> None:
    folder.rules(PLAN.replace("    when:", "    mode: shadow\n    when:"))

    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [{{create_schedule: {{total: 8h}}}}]")

    assert outcome.code == 0, outcome.printed


CLOSED = """
  - id: log
    when: task_added
    do:
      - log_time:
          {user: "${entity.assignees.0.id}", task: "${entity.id}", duration: "${entity.name}"}
      - add_comment: {task: "${entity.id}", message: logged}
"""


def test_a_failure_may_be_expected_with_its_reason(folder: Folder) -> None:
    folder.rules(CLOSED)

    with_reason, other_reason, without = (
        folder.test(f"event: task_added\nexpect: failed\n{because}")
        for because in ("because: invalid-value", "because: gone", "")
    )

    assert (with_reason.code, without.code) == (0, 0), with_reason.printed
    assert other_reason.reasons == [
        "expected a failure because of gone, got:",
        "log: log_time: duration is 'Build checkout page'; expected a duration like 1h30m, or whole"
        " seconds [invalid-value]",
    ]


def test_a_failure_that_did_not_come_is_told_with_what_came(folder: Folder) -> None:
    outcome = folder.test(f"event: {ASSIGNED}\nexpect: failed")

    assert outcome.reasons[:2] == [
        "expected the run to fail, and nothing failed",
        "create_schedule of plan",
    ]


@pytest.mark.parametrize("expect", ["nothing", "[log_time]"])
def test_a_failure_that_nobody_expects_fails_the_test(folder: Folder, expect: str) -> None:
    folder.rules(CLOSED)

    outcome = folder.test(f"event: task_added\nexpect: {expect}")

    assert outcome.code == 1
    assert outcome.reasons[0].endswith("[invalid-value]")


def test_a_test_of_a_rule_that_does_not_listen_tests_nothing(folder: Folder) -> None:
    outcome = folder.test("rule: plan\nevent: task_updated\nexpect: nothing")

    assert outcome.reasons == [
        "plan does not listen to task_updated, only to task_added, taskassignment_added"
    ]


def test_without_a_rule_the_whole_set_runs_and_with_one_only_that(folder: Folder) -> None:
    second = PLAN.replace("id: plan", "id: plan-again")
    folder.rules(PLAN + second)

    outcome = folder.test(
        f"event: {ASSIGNED}\nexpect: [create_schedule, create_schedule]",
        f"rule: plan\nevent: {ASSIGNED}\nexpect: [create_schedule]",
    )

    assert outcome.code == 0, outcome.printed


TIMERS = """
  - id: timers
    when: {cron: "0 18 * * mon-fri"}
    for_each: {running_timers: {}}
    do:
      - add_comment: {task: "${entity.taskId}", message: still running}
"""


def test_a_rule_of_the_clock_runs_for_each_of_its_items(folder: Folder) -> None:
    folder.rules(TIMERS)
    given = """
        given:
          time_entries:
            e1: {taskId: t1, startDateUtc: 2026-03-27, startTimeUtc: "08:00:00"}
            e2: {taskId: t2, startDateUtc: 2026-03-27, startTimeUtc: "09:00:00"}
            e3: {taskId: t3, duration: 2h}
    """
    clock = "rule: timers\nevent: cron\nnow: 2026-03-27T18:00 Europe/Berlin\n"

    two = folder.test(clock + given.strip() + "\nexpect: [add_comment, {add_comment: {task: t2}}]")
    none = folder.test(clock + "expect: [add_comment]")

    assert two.code == 0, two.printed
    assert none.reasons[1] == "there was nothing in the list the rule runs over"


def test_an_action_may_be_ruled_out_by_its_own_condition(folder: Folder) -> None:
    folder.rules(
        """
  - id: ping
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: m}
        if: [{entity.isPrio: true}]
"""
    )

    by_path, by_word, wrong = (
        folder.test(f"event: task_added\nexpect: nothing\nbecause: {because}")
        for because in ("entity.isPrio", "skipped", "not-matched")
    )

    assert (by_path.code, by_word.code) == (0, 0), by_path.printed
    assert wrong.reasons[1:] == [
        f"ping ({folder.path}/rules.yaml:5) matched and wrote nothing",
        "add_comment: skipped: its own conditions are not met",
        "not met       entity.isPrio is true  was false",
    ]


def test_an_action_with_its_own_id_is_expected_by_it(folder: Folder) -> None:
    folder.rules(
        PLAN
        + "      - {id: first, add_comment: {task: '${entity.id}', message: one}}\n"
        + "      - {id: second, add_comment: {task: '${entity.id}', message: two}}\n"
    )

    outcome = folder.test(
        f"event: {ASSIGNED}\nexpect: [create_schedule, first, {{second: {{message: zwei}}}}]"
    )

    assert outcome.reasons[:2] == [
        "add_comment (second) of plan is not as expected (line 4):",
        "message: expected zwei, got two",
    ]


def test_actions_in_another_order_are_told_as_that(folder: Folder) -> None:
    folder.rules(PLAN + '      - add_comment: {task: "${entity.id}", message: planned}\n')

    outcome = folder.test(f"event: {ASSIGNED}\nexpect: [add_comment, create_schedule]")

    assert outcome.code == 1
    assert outcome.reasons in (
        ["add_comment of plan came second, expected first (line 4)"],
        ["create_schedule of plan came first, expected second (line 4)"],
    )


CHANGED = """
  - id: moved
    when: task_updated
    if: [{changed: dueOn}]
    do: [{add_comment: {task: "${entity.id}", message: moved}}]
"""


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("task_updated", 0),
        ("{eventType: task_updated, entity: {name: Logo}}", 1),
        ("{eventType: task_updated, entity: {name: Logo}, changes: [{property: DueOn}]}", 0),
    ],
)
def test_an_event_with_an_entity_changed_only_what_it_lists(
    folder: Folder, event: str, code: int
) -> None:
    outcome = folder.rules(CHANGED).test(f"event: {event}\nexpect: [add_comment]")

    assert outcome.code == code, outcome.printed


def test_only_the_tests_that_are_asked_for_run(folder: Folder) -> None:
    tests = (
        f"name: Planned\nrule: plan\nevent: {ASSIGNED}\nexpect: [create_schedule]",
        f"name: other\nevent: {ASSIGNED}\nexpect: nothing",
    )

    by_name, by_rule = (folder.test(*tests, only=only) for only in ("plann", "plan"))
    [mistake] = folder.mistakes(*tests, only="nonsense")

    assert by_name.printed.startswith("1 test passed")
    assert by_rule.printed.startswith("1 test passed")
    assert "none of the 2 tests here has 'nonsense' in its name or rule [no-tests]" in mistake


def test_json_has_every_test(folder: Folder) -> None:
    outcome = folder.test(
        f"event: {ASSIGNED}\nexpect: [create_schedule]",
        "event: task_added\nexpect: nothing",
        form="json",
        coverage=True,
    )

    told = json.loads(outcome.printed)
    assert [each["outcome"] for each in told["tests"]] == ["passed", "failed"]
    assert told["tests"][1]["failures"][0] == "expected nothing, but this was written:"
    assert told["tests"][1]["line"] == 5
    assert told["coverage"]["parts"] == 8


def test_github_marks_the_line_of_a_failing_test(folder: Folder) -> None:
    outcome = folder.test(
        f"event: {ASSIGNED}\nexpect: [create_schedule]",
        "name: 'one: two, 100 %'\nevent: task_added\nexpect: nothing",
        form="github",
    )

    place = f"file={folder.path}/a.test.yaml,line=5,title=one%3A two%2C 100 %25"
    assert outcome.printed.startswith(
        f"::error {place}::expected nothing, but this was written:%0A  create_schedule of plan%0A"
    )
    assert len(outcome.printed.splitlines()) == 1
