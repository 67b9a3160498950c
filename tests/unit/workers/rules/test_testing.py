"""Test files as data, and what their authors read about mistakes in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workers.rules.findings import Findings
from workers.rules.testing.model import ExpectedAction, Known, RuleTest
from workers.rules.testing.testfile import read

KNOWN = Known(
    rules={"plan": False, "timers": True},
    actions=("plan_task", "add_comment"),
    tables={"tasks": ("id", "plannedDuration"), "time_entries": ("userId",), "users": ()},
    table_names={"timetrackings": "time_entries"},
)
GOOD = """
tests:
  - name: half a day off is respected
    rule: plan
    now: "2026-03-27T16:00 Europe/Berlin"
    event: {eventType: task_added, entity: {id: t1}}
    given:
      tasks: {t1: {plannedDuration: 6h}, t2: }
      users: [u1, {id: u2}]
      timeEntries: e1
    expect:
      - plan_task: {total: 6h, none_on: ["2026-03-28"], on: [2026-03-30], count: 2}
      - add_comment
      - add_comment: [{message: a}, {message: b}]
"""


def told_by(text: str) -> tuple[list[RuleTest], list[str]]:
    """The tests of a file, and its mistakes."""
    findings = Findings.of_text("a.test.yaml", text)
    return read(text, findings, KNOWN), [str(mistake) for mistake in findings.mistakes]


def test_a_test_is_read_with_its_place() -> None:
    [test], mistakes = told_by(GOOD)

    assert mistakes == []
    assert (test.name, test.rule) == ("half a day off is respected", "plan")
    assert (test.path, test.line) == ("a.test.yaml", 3)
    assert test.now == datetime(2026, 3, 27, 15, tzinfo=UTC)
    assert test.event.how == "inline"
    assert test.event.parts == {"eventType": "task_added", "entity": {"id": "t1"}}


def test_given_is_a_map_by_id_a_list_or_one_name() -> None:
    [test], _ = told_by(GOOD)

    rows = {table: [(row.id, row.parts) for row in rows] for table, rows in test.given.items()}
    assert rows == {
        "tasks": [("t1", {"plannedDuration": "6h"}), ("t2", {})],
        "users": [("u1", {}), ("u2", {"id": "u2"})],
        "time_entries": [("e1", {})],
    }


def test_an_action_is_expected_as_a_whole_by_name_alone_or_request_by_request() -> None:
    [test], _ = told_by(GOOD)

    summary = {"total": "6h", "none_on": ["2026-03-28"], "on": ["2026-03-30"], "count": 2}
    assert test.expect.actions == (
        ExpectedAction("plan_task", summary, 12),
        ExpectedAction("add_comment", {}, 13),
        ExpectedAction("add_comment", ({"message": "a"}, {"message": "b"}), 14),
    )


@pytest.mark.parametrize(
    ("written", "how", "text"),
    [
        ("fixtures/added.json", "fixture", "fixtures/added.json"),
        ("task_added", "inline", "task_added"),
        ("project_task_added", "inline", "task_added"),
        ("{eventType: project_task_added}", "inline", "task_added"),
    ],
)
def test_an_event_is_a_file_a_name_or_a_map(written: str, how: str, text: str) -> None:
    [test], mistakes = told_by(f"tests: [{{name: a, event: {written}, expect: nothing}}]")

    assert mistakes == []
    assert (test.event.how, test.event.text) == (how, text)


def test_the_clock_is_an_event_too() -> None:
    [test], mistakes = told_by(
        "tests: [{name: a, rule: timers, event: cron, now: 2026-03-27T15:00Z, expect: nothing}]"
    )

    assert mistakes == []
    assert test.event.how == "cron"


@pytest.mark.parametrize("because", ["own-event", "entity.dueOn", "changed dueOn", "today before"])
def test_nothing_may_have_a_reason(because: str) -> None:
    [test], mistakes = told_by(
        f"tests: [{{name: a, event: task_added, expect: nothing, because: '{because}'}}]"
    )

    assert mistakes == []
    assert (test.expect.outcome, test.expect.because) == ("nothing", because)


def test_a_failure_may_have_any_slug_as_its_reason() -> None:
    [test], mistakes = told_by(
        "tests: [{name: a, event: task_added, expect: failed, because: closed-period}]"
    )

    assert mistakes == []
    assert (test.expect.outcome, test.expect.because) == ("failed", "closed-period")


def line(**parts: str) -> str:
    """A file with one test on its first line."""
    whole = {"name": "a", "event": "task_added", "expect": "nothing", **parts}
    return f"tests: [{{{', '.join(f'{key}: {value}' for key, value in whole.items() if value)}}}]"


NOW = "'now' is a moment such as '2026-03-27T16:00 Europe/Berlin' or 2026-03-27T15:00:00Z"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "1:1: the file is empty; it begins with 'tests:' [empty-file]"),
        ("# later\n", "1:1: the file is empty; it begins with 'tests:' [empty-file]"),
        (
            "test: []",
            "1:1: unknown key in a test file: 'test'; did you mean 'tests'? [unknown-key]",
        ),
        ("[]", "1:1: a test file is a map, not an empty list [wrong-type]"),
        ("tests: a", "1:8: 'tests' is a list, not 'a'; begin each entry with '- ' [wrong-type]"),
        (line(rul="a"), "unknown key in a test: 'rul'; did you mean 'rule'? [unknown-key]"),
        (line(name=""), "a test needs 'name', such as 'name: half a day off is"),
        (line(event=""), "a test needs 'event', a file such as fixtures/added.json, an event name"),
        (line(expect=""), "a test needs 'expect', a list of actions, or 'nothing' [missing-key]"),
        (line(rule="plam"), "unknown rule 'plam'; did you mean 'plan'? [unknown-rule]"),
        (line(rule="timers"), "the clock starts the rule 'timers'; write 'event: cron' [wrong-"),
        (
            line(rule="plan", event="cron", now="2026-03-27T15:00Z"),
            "the rule 'plan' listens to events; 'event: cron' is for rules of the clock [wrong-",
        ),
        (line(event="cron", now="2026-03-27T15:00Z"), "needs 'rule', the cron rule it tests"),
        (line(event="cron", rule="timers"), "needs 'now', the moment the clock strikes [missing-"),
        (line(now="tomorrow"), f"{NOW}, not 'tomorrow' [bad-now]"),
        (line(now="2026-03-27T16:00"), f"{NOW}, not '2026-03-27T16:00' [bad-now]"),
        (line(now="2026-03-27T16:00 Europe"), f"{NOW}, not '2026-03-27T16:00 Europe' [bad-now]"),
        (
            line(event="task_aded"),
            "unknown event 'task_aded'; did you mean 'task_added'? [unknown-",
        ),
        (line(event="{entity: {}}"), "'event' needs 'eventType', such as task_added [missing-key]"),
        (
            line(event="{eventType: task_aded}"),
            "unknown event 'task_aded'; did you mean 'task_added'? [unknown-event]",
        ),
        (
            line(event="{eventType: task_added, entty: {}}"),
            "unknown key in 'event': 'entty'; did you mean 'entity'? [unknown-key]",
        ),
        (line(given="[]"), "'given' is a map of tables such as tasks, not an empty list [wrong-"),
        (line(given="{taks: {}}"), "unknown table 'taks'; did you mean 'tasks'? [unknown-table]"),
        (line(given="{users: 5}"), "'users' is a map by id or a list, not 5 [wrong-type]"),
        (line(given="{users: {u1: 5}}"), "an entry of 'users' is a map, not 5 [wrong-type]"),
        (
            line(given="{tasks: {t1: {plannedDuratoin: 1}}}"),
            "unknown property in 'tasks': 'plannedDuratoin'; did you mean 'plannedDuration'? [unkn",
        ),
        (
            line(expect="nothin"),
            "'expect' is a list of actions, 'nothing' or 'failed', not 'nothin'",
        ),
        (
            line(expect="[]"),
            "'expect' is empty; for nothing to happen write 'expect: nothing' [emp",
        ),
        (
            line(expect="[plan_tsk]"),
            "unknown action 'plan_tsk'; did you mean 'plan_task'? [unknown",
        ),
        (
            line(expect="[{add_comment: {}, plan_task: {}}]"),
            "an expected action is a map such as 'add_comment: {…}', not a map with the keys"
            " add_comment, plan_task [wrong-type]",
        ),
        (
            line(expect="[{add_comment: 5}]"),
            "what is expected of 'add_comment' is a map of fields, or a list of maps, one for each"
            " request, not 5 [wrong-type]",
        ),
        (line(expect="[{plan_task: {total: 6}}]"), "'total' is a duration such as 6h, not 6 [bad-"),
        (line(expect="[{plan_task: {count: -1}}]"), "'count' is a whole number, not -1 [bad-summ"),
        (line(expect="[{plan_task: {on: 5}}]"), "'on' is a list of days such as 2026-03-28, not 5"),
        (
            line(expect="[{plan_task: {none_on: [friday]}}]"),
            "a day in 'none_on' looks like 2026-03-28, not 'friday' [bad-summary]",
        ),
        (
            line(expect="[add_comment]", because="own-event"),
            "'because' goes with 'expect: nothing' or 'expect: failed'; leave it out [wrong-b",
        ),
        (
            line(because="own-evnt"),
            "unknown reason 'own-evnt'; did you mean 'own-event'? (a condition is named by its"
            " path, such as entity.dueOn) [unknown-reason]",
        ),
    ],
)
def test_a_mistake_is_told_with_the_way_out(text: str, mistake: str) -> None:
    _, mistakes = told_by(text)

    assert any(mistake in told for told in mistakes), mistakes


def test_two_tests_of_one_name_could_not_be_told_apart() -> None:
    _, [mistake] = told_by(
        "tests:\n  - {name: a, event: task_added, expect: nothing}\n"
        "  - {name: a, event: task_added, expect: nothing}\n"
    )

    assert mistake == (
        "a.test.yaml:3:12: the name 'a' stands in line 2 already; choose another [duplicate-name]"
    )


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    _, mistakes = told_by(line(rule="plam", now="tomorrow", expect="[plan_tsk]"))

    assert len(mistakes) == 3
