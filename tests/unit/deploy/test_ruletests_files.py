"""Which files are tests, what is wrong with them and their fixtures, and what no test reached."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deploy.ruletests import files
from deploy.ruletests.junit import as_junit
from deploy.ruletests.report import Result
from tests.unit.deploy.ruletesting import ASSIGNED, PLAN, Folder
from webhooks.errors import RuleFilesRejected
from workers.rules.findings import Spot
from workers.rules.testing.model import Expectation, RuleTest, Source

NOTHING = "event: task_added\nexpect: nothing"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the rule `plan`."""
    return Folder(tmp_path).rules()


def test_tests_stand_below_the_folder_in_files_of_their_own_ending(tmp_path: Path) -> None:
    names = ("b/x.test.yml", "a.test.yaml", "rules.yaml", ".hidden/y.test.yaml", ".z.test.yaml")
    for name in names:
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).touch()

    found = [file.relative_to(tmp_path).as_posix() for file in files.files_at(tmp_path)]

    assert found == ["a.test.yaml", "b/x.test.yml"]


def test_a_rule_file_has_its_tests_beside_it_and_a_test_file_its_rules(tmp_path: Path) -> None:
    tests, rules = tmp_path / "plan.test.yaml", tmp_path / "plan.yaml"
    tests.touch()

    assert files.files_at(rules) == files.files_at(tests) == [tests]
    assert files.rules_of(rules) == rules
    assert files.rules_of(tests) == tmp_path
    assert files.files_at(tmp_path / "other.yaml") == []


def test_no_tests_are_a_mistake(folder: Folder) -> None:
    with pytest.raises(RuleFilesRejected) as rejected:
        folder.run()

    assert str(rejected.value.mistakes[0]) == (
        f"{folder.path}:1:1: no tests of rules here; they stand in files that end in .test.yaml"
        " [no-tests]"
    )


def test_broken_rules_are_told_before_any_test(folder: Folder) -> None:
    folder.rules(PLAN.replace("create_schedule", "create_shedule"))

    [mistake] = folder.mistakes(NOTHING)

    assert mistake.startswith("rules.yaml:")
    assert mistake.endswith("[unknown-action]")


def test_mistakes_of_all_test_files_are_told_at_once(folder: Folder) -> None:
    folder.path.joinpath("b.test.yaml").write_text("tests: [a]", encoding="utf-8")
    folder.path.joinpath("c.test.yaml").write_bytes(b"\xff")

    mistakes = folder.mistakes("event: task_aded\nexpect: nothing")

    assert [mistake.rpartition("[")[2] for mistake in mistakes] == [
        "unknown-event]",
        "wrong-type]",
        "unreadable-file]",
    ]


EVENT = {"eventType": "task_added", "timestamp": "2026-03-27T15:00:00Z", "entity": {"id": "t1"}}


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (None, "there is no file 'fixtures/addde.json'; did you mean 'fixtures/added.json'? [no-"),
        ("{", "'fixtures/addde.json' is not JSON: Input data was truncated [bad-fixture]"),
        ("[]", "'fixtures/addde.json' is no event of awork: it has no 'eventType' [bad-fixture]"),
        (
            json.dumps({**EVENT, "eventType": "task_aded"}),
            "'fixtures/addde.json': unknown event 'task_aded'; did you mean 'task_added'? [unknown",
        ),
        (
            json.dumps({**EVENT, "entity": {"assignees": [{}]}}),
            "'entity': 'assignees' is a list of maps with 'id', or of names of users [bad-value]",
        ),
        (
            json.dumps({**EVENT, "entityType": "task", "entity": {"plannedDuration": "6h"}}),
            "'entity': plannedDuration '6h' is not of type 'integer' [bad-value]",
        ),
        (
            json.dumps({**EVENT, "timestamp": None}),
            "'fixtures/addde.json' has no 'timestamp'; give the test a 'now' [missing-now]",
        ),
    ],
)
def test_a_fixture_that_is_no_event_is_a_mistake(
    folder: Folder, content: str | None, mistake: str
) -> None:
    fixtures = folder.path / "fixtures"
    fixtures.mkdir()
    fixtures.joinpath("added.json").touch()
    if content is not None:
        fixtures.joinpath("addde.json").write_text(content, encoding="utf-8")

    [told] = folder.mistakes("event: fixtures/addde.json\nexpect: nothing")

    assert told.startswith(f"a.test.yaml:3:12: {mistake}")


def test_a_fixture_runs_as_it_was_captured(folder: Folder) -> None:
    entity = {
        "id": "t1",
        "plannedDuration": 7200,
        "startOn": "2026-11-23T08:00:00Z",
        "dueOn": "2026-11-23T10:00:00Z",
        "taskStatus": {"type": "todo"},
        "assignees": [{"id": "u1"}],
    }
    event = {**EVENT, "entityType": "task", "entity": entity}
    folder.path.joinpath("added.json").write_text(json.dumps(event), encoding="utf-8")

    outcome = folder.test("event: added.json\nexpect: [{create_schedule: {user: u1, total: 2h}}]")

    assert outcome.code == 0, outcome.printed


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        (
            "event: task_added\ngiven: {tasks: {t1: {plannedDuration: a while}}}",
            "a.test.yaml:4:21: 'tasks': 'a while' is no duration; write whole numbers with the",
        ),
        (
            "event: task_added\ngiven: {tasks: {t1: {dueOn: soon}}}",
            "a.test.yaml:4:21: 'tasks': dueOn 'soon' is not a 'date-time' [bad-value]",
        ),
        (
            "event: task_added\ngiven: {tasks: {t1: {assignees: u1}}}",
            "a.test.yaml:4:21: 'tasks': 'assignees' is a list of maps with 'id', or of names of",
        ),
        (
            "event: task_added\ngiven: {tasks: {t1: {assignees: [{firstName: Ada}]}}}",
            "a.test.yaml:4:21: 'tasks': 'assignees' is a list of maps with 'id', or of names of",
        ),
        (
            "event: {eventType: task_added, entity: {isPrio: maybe}}",
            "a.test.yaml:3:12: 'entity': isPrio 'maybe' is not of type 'boolean' [bad-value]",
        ),
        (
            "event: {eventType: task_added, entity: {plannedDuratoin: 1}}",
            "a.test.yaml:3:12: unknown property in 'entity': 'plannedDuratoin'; did you mean"
            " 'plannedDuration'? [unknown-property]",
        ),
        (
            "event: {eventType: task_added, entity: t1}",
            "a.test.yaml:3:12: 'entity' of an event is a map, the object of the event [bad-value]",
        ),
        (
            "event: {eventType: task_added, triggeredBy: us}",
            "a.test.yaml:3:12: 'triggeredBy' of an event is a map with 'id' [bad-value]",
        ),
        (
            "event: {eventType: task_updated, changes: {DueOn: {}}}",
            "a.test.yaml:3:12: 'changes' of an event is a list of maps with 'property', 'old' and"
            " 'new' [bad-value]",
        ),
    ],
)
def test_an_object_that_awork_cannot_have_is_a_mistake(
    folder: Folder, written: str, mistake: str
) -> None:
    [told] = folder.mistakes(f"{written}\nexpect: nothing")

    assert told.startswith(mistake)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            "entity: {taskStatus: {typ: review}}",
            "unknown field 'typ' of 'entity.taskStatus'; did you mean",
        ),
        (
            "triggeredBy: {firstname: Ada}",
            "unknown field 'firstname' of 'event.triggeredBy'; did you mean 'firstName'?",
        ),
        (
            "changes: [{property: DueOn, from: a, to: b}]",
            "unknown key in 'changes': 'from'; allowed: property, old, new",
        ),
        ("changes: [DueOn]", "entry 1 of 'changes' is a map with 'property', 'old' and 'new'"),
    ],
)
def test_names_within_an_event_are_checked(folder: Folder, parts: str, said: str) -> None:
    told = folder.mistakes(f"event: {{eventType: task_updated, {parts}}}\nexpect: nothing")

    assert told[0].startswith(f"a.test.yaml:3:12: {said}")
    assert all(mistake.endswith("[unknown-property]") for mistake in told)


@pytest.mark.parametrize(
    ("now", "nearest"),
    [
        ("2026-03-27T20:00 Europe/Berlin", ""),
        ("2026-03-27T19:00Z", ""),
        ("9999-12-31T12:00Z", ""),
        ("2026-03-27T16:00 Europe/Berlin", "2026-03-27T20:00 (Fri)"),
        ("2026-03-29T12:00 Europe/Berlin", "2026-03-30T20:00 (Mon)"),
    ],
)
def test_a_rule_of_the_clock_is_tested_when_the_clock_strikes(
    folder: Folder, now: str, nearest: str
) -> None:
    folder.rules(
        """
  - id: nightly
    when: {cron: "0 20 * * mon-fri"}
    for_each: {running_timers: {}}
    do: [{add_comment: {task: "${entity.taskId}", message: stop}}]
"""
    )

    told = folder.mistakes(f"rule: nightly\nevent: cron\nnow: {now}\nexpect: nothing")

    said = f"'now' is no moment of '0 20 * * mon-fri' in Europe/Berlin; the nearest is {nearest}"
    assert told == ([f"a.test.yaml:4:12: {said} [wrong-now]"] if nearest else [])


@pytest.mark.parametrize(
    ("keys", "hint"),
    [
        ("event: task_added\nexpect: none", "write 'expect: nothing' [wrong-value]"),
        (
            "event: task_added\nnow: 27.03.2026 9:00\nexpect: nothing",
            "write '2026-03-27T09:00 Europe/Berlin' [bad-now]",
        ),
    ],
)
def test_what_is_written_another_way_elsewhere_has_a_hint(
    folder: Folder, keys: str, hint: str
) -> None:
    [told] = folder.mistakes(keys)

    assert told.endswith(hint)


def test_times_that_are_none_fail_the_test(folder: Folder) -> None:
    outcome = folder.test(
        "given: {time_entries: [{startTimeUtc: '25:00', duration: 1h}]}\n" + NOTHING
    )

    assert outcome.code == 1
    assert outcome.reasons == [
        "awork cannot be like this: startTimeUtc: is no time of day like 09:21:00: 25:00"
    ]


def test_coverage_names_what_no_test_reached(folder: Folder) -> None:
    outcome = folder.test(
        "event: {eventType: task_added, entity: {dueOn: null}}\nexpect: nothing", coverage=True
    )

    told = outcome.printed.replace(f"{folder.path}/", "")
    assert told.splitlines()[:-2] == [
        "coverage: 12 % (1 of 8 parts of the rules)",
        "  rules.yaml:5: rule 'plan': in no test does it match",
        "  rules.yaml:8: rule 'plan': in no test is 'entity.dueOn exists true' met",
        "  rules.yaml:9: rule 'plan': in no test is 'entity.plannedDuration at_least 1h' met",
        "  rules.yaml:9: rule 'plan': in no test is 'entity.plannedDuration at_least 1h' not met",
        "  rules.yaml:10: rule 'plan': in no test is 'entity.taskStatus.type in [done, stuck]' met",
        "  rules.yaml:10: rule 'plan': in no test is"
        " 'entity.taskStatus.type in [done, stuck]' not met",
        "  rules.yaml:12: rule 'plan': no test reaches the action 'create_schedule'",
    ]


def test_what_is_reached_in_any_test_is_covered(folder: Folder) -> None:
    without = ("dueOn: null", "plannedDuration: 30m", "taskStatus: {type: done}")

    outcome = folder.test(
        f"event: {ASSIGNED}\nexpect: [create_schedule]",
        *(
            f"event: {{eventType: task_added, entity: {{{parts}}}}}\nexpect: nothing"
            for parts in without
        ),
        coverage=True,
    )

    assert outcome.printed.startswith("coverage: 100 % (8 of 8 parts of the rules)\n")


def test_rules_that_are_off_need_no_test(folder: Folder) -> None:
    folder.rules(PLAN.replace("    when:", "    mode: off\n    reason: fair\n    when:"))

    outcome = folder.test(NOTHING, coverage=True)

    assert outcome.printed.startswith("coverage: 100 % (0 of 0 parts of the rules)\n")


def test_every_part_of_any_and_each_action_s_own_condition_counts(folder: Folder) -> None:
    folder.rules(
        """
  - id: either
    when: task_added
    if:
      - any: [{entity.name: a}, {entity.isPrio: true}]
    do:
      - add_comment: {task: "${entity.id}", message: m}
        if: [{entity.dueOn: {exists: true}}]
"""
    )

    outcome = folder.test(
        "event: {eventType: task_added, entity: {name: a}}\nexpect: [add_comment]", coverage=True
    )

    told = outcome.printed.replace(f"{folder.path}/", "").splitlines()
    assert told[1:-2] == [
        "  rules.yaml:8: rule 'either': in no test is 'entity.name is a' not met",
        "  rules.yaml:8: rule 'either': in no test is 'entity.isPrio is true' met",
        "  rules.yaml:8: rule 'either': in no test is 'entity.isPrio is true' not met",
        "  rules.yaml:11: rule 'either': in no test is 'entity.dueOn exists true' not met",
    ]


def result(name: str, *failures: str, path: str = "a.test.yaml") -> Result:
    """A test that has run."""
    source = Source("inline", "task_added", {}, Spot())
    test = RuleTest(name, "plan", None, source, {}, Expectation("nothing"), path, 7, 5)
    return Result(test, failures, (), 0.25)


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_test() -> None:
    written = as_junit(
        [result("good"), result("b<a>d", "first", "  second\x07"), result("c", path="b.test.yaml")]
    )

    root = ET.fromstring(written)
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "3", "1")
    suites = [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root]
    assert suites == [("a.test.yaml", "2", "1"), ("b.test.yaml", "1", "0")]
    cases = [
        {name: case.get(name) for name in ("name", "classname", "file", "line", "time")}
        for case in root.iter("testcase")
    ]
    assert cases[1] == {
        "name": "b<a>d",
        "classname": "plan",
        "file": "a.test.yaml",
        "line": "7",
        "time": "0.250",
    }
    [failure] = root.iter("failure")
    assert failure.get("message") == "first"
    assert failure.text == "a.test.yaml:7\nfirst\n  second\ufffd"


def test_junit_is_written_where_it_is_asked_for(folder: Folder) -> None:
    file = folder.path / "junit.xml"

    folder.test(NOTHING, junit=file)

    assert ET.parse(file).getroot().get("failures") == "1"
