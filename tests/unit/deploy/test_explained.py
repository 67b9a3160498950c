"""What `hookwork explain` tells about a run."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest
from rich.console import Console

from deploy.explained import as_data, print_explanation
from deploy.reasons import because
from webhooks.store import journal
from webhooks.store.journal import ActionRun, RuleRun, Run, Write


def leaf(text: str, verdict: str, value: object = None, note: str = "") -> dict[str, Any]:
    return {"text": text, "verdict": verdict, "value": value, **({"note": note} if note else {})}


def group(text: str, verdict: str, *children: dict[str, Any]) -> dict[str, Any]:
    return leaf(text, verdict) | {"children": list(children)}


def run_of(*rules: RuleRun, message: str = "") -> Run:
    return Run(
        event_id="0199",
        kind="task_status_changed",
        entity_id="t1",
        outcome="shadow",
        message=message,
        title="Wireframes",
        rules=rules,
    )


def printed(run: Run, *, encoding: str = "utf-8", terminal: bool = False) -> str:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding) as file:
        print_explanation(run, Console(file=file, width=60, force_terminal=terminal))
        file.flush()
        return raw.getvalue().decode(encoding)


DONE = leaf("entity.taskStatus.type is done", "met", "done")
LOGGED = ActionRun(
    id="log_time",
    name="log_time",
    outcome="shadow",
    writes=(
        Write(
            item="entry",
            method="POST",
            path="/timeentries",
            outcome="shadow",
            summary="time entry for Timo Brandt",
            body={"userId": "u1", "note": "Übergabe", "duration": 1800},
        ),
    ),
)


def test_a_rule_that_matches_tells_its_values_and_what_it_would_send() -> None:
    tracked = leaf("entity.totalTrackedDuration is 0", "met", 0)
    rule = RuleRun(
        rule="no-time-no-done", verdict="matched", trace=(DONE, tracked), actions=(LOGGED,)
    )

    assert printed(run_of(rule)).splitlines() == [
        "task_status_changed  Wireframes",
        "1 rule listens to it: 1 matching.",
        "",
        "✓ no-time-no-done  matches",
        "  ✓ entity.taskStatus.type is done    was done",
        "  ✓ entity.totalTrackedDuration is 0  was 0",
        "  → log_time would send",
        "      POST /timeentries  time entry for Timo Brandt",
        '        {"userId": "u1", "note": "Übergabe", "duration": 1800}',
    ]


def test_a_rule_that_does_not_match_says_first_because_of_what() -> None:
    trace = (
        DONE,
        leaf("entity.dueOn before today", "absent"),
        leaf("entity.name contains workshop", "not met", "Kickoff"),
        leaf("entity.isPrio is true", "not evaluated"),
    )

    lines = printed(run_of(RuleRun(rule="remind", verdict="not-matched", trace=trace))).splitlines()

    assert lines[3:] == [
        "✗ remind  does not match: entity.dueOn before today (no value), and 1 more",
        "  ✓ entity.taskStatus.type is done  was done",
        "  ? entity.dueOn before today       no value",
        "  ✗ entity.name contains workshop   was Kickoff",
        "  · entity.isPrio is true           not evaluated",
    ]


def test_parts_stand_under_their_combinator() -> None:
    client = leaf("project.projectType.name is Client", "not met", "Internal")
    intern = leaf("project.name starts_with INT-", "absent")
    trace = (group("any", "not met", client, group("not", "absent", intern)),)

    lines = printed(run_of(RuleRun(rule="a", verdict="not-matched", trace=trace))).splitlines()

    assert lines[4:] == [
        "  ✗ any",
        "    ✗ project.projectType.name is Client  was Internal",
        "    ? not",
        "      ? project.name starts_with INT-     no value",
    ]


MET, FAILED = leaf("a is 1", "met", 1), leaf("b is 1", "not met", 2)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (FAILED, "b is 1 (was 2)"),
        (leaf("a exists true", "not met"), "a exists true (no value)"),
        (leaf("a exists false", "not met", "x"), "a exists false (was x)"),
        (leaf("a is 1", "absent", [1], "a list"), "a is 1 (was [1]: a list)"),
        (leaf("a at_least 1h", "not met", 1800), "a at_least 1h (was 1800 seconds, 30m)"),
        (leaf("a at_least 1h", "not met", 5415), "a at_least 1h (was 5415 seconds, 1h30m15s)"),
        (leaf("a at_least 1h", "not met", 59), "a at_least 1h (was 59)"),
        (leaf("a at_least 4000", "not met", 1800), "a at_least 4000 (was 1800)"),
        (leaf("a is true", "not met", False), "a is true (was false)"),
        (group("all", "not met", MET, FAILED), "b is 1 (was 2)"),
        (group("any", "not met", FAILED, FAILED), "none of the 2 parts of 'any' is met"),
        (group("not", "not met", MET), "not a is 1 (was 1)"),
        (group("all", "not met", group("not", "not met", MET)), "not a is 1 (was 1)"),
        (leaf("expr: a > b", "not met"), "expr: a > b"),
    ],
)
def test_the_reason_is_one_line_with_the_value(step: dict[str, Any], reason: str) -> None:
    assert because([MET, step]) == reason


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (RuleRun(rule="a", verdict="off", reason="until the fair"), "- a  is off: until the fair"),
        (
            RuleRun(rule="a", verdict="own-event", trace=(MET,)),
            "- a  is left out, our own API user caused this event",
        ),
        (RuleRun(rule="a", verdict="matched", mode="shadow"), "✓ a  matches, in shadow mode"),
        (
            RuleRun(rule="a", verdict="failed", message="awork does not answer"),
            "? a  cannot be decided: awork does not answer",
        ),
        (
            RuleRun(rule="a", verdict="skipped", message="ran at 16:00"),
            "- a  is left out, though it matches: ran at 16:00",
        ),
        (RuleRun(rule="a", verdict="handed-on"), "✓ a  matches, and its run waits its turn"),
        (RuleRun(rule="a", verdict="of-tomorrow"), "· a  of-tomorrow"),
    ],
)
def test_the_line_of_a_rule_is_its_verdict(rule: RuleRun, line: str) -> None:
    assert printed(run_of(rule)).splitlines()[3] == line


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (ActionRun(id="tell", name="add_comment", outcome="not-started"),
         "  → add_comment (tell) would not start: the action before it fails"),
        (ActionRun(id="log_time", name="log_time", outcome="failed", message="no user 'Tim'"),
         "  → log_time failed: no user 'Tim'"),
        (ActionRun(id="log_time", name="log_time", outcome="shadow"),
         "  → log_time has nothing to write"),
        (ActionRun(id="tell", name="add_comment", item="Timo Brandt", outcome="skipped",
                   trace=(FAILED,)),
         "  → add_comment (tell, for Timo Brandt) is left out: b is 1 (was 2)"),
    ],
)  # fmt: skip
def test_the_line_of_an_action_is_its_outcome(action: ActionRun, line: str) -> None:
    rule = RuleRun(rule="a", verdict="matched", actions=(action,))

    assert printed(run_of(rule)).splitlines()[4] == line


def test_rules_are_counted_by_verdict() -> None:
    rules = [RuleRun(rule=f"r{i}", verdict=v) for i, v in enumerate(("matched", "off", "off"))]

    assert printed(run_of(*rules)).splitlines()[1] == ("3 rules listen to it: 1 matching, 2 off.")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("", "No rule listens to task_status_changed."),
        ("the body is not a JSON object", "the body is not a JSON object"),
    ],
)
def test_an_event_without_rules_says_why(message: str, line: str) -> None:
    assert printed(run_of(message=message)).splitlines()[1:] == [line]


def test_a_long_body_is_cut_for_people_and_whole_for_machines() -> None:
    write = msgspec.structs.replace(LOGGED.writes[0], body={"message": "m" * 5_000})
    action = msgspec.structs.replace(LOGGED, writes=(write,))
    run = run_of(RuleRun(rule="a", verdict="matched", actions=(action,)))

    body = as_data(run)["rules"][0]["actions"][0]["requests"][0]["body"]

    assert len(printed(run).splitlines()[-1].strip()) == 300
    assert body == {"message": "m" * 5_000}


def test_the_data_have_every_key_and_every_verdict() -> None:
    trace = (group("any", "not met", FAILED),)
    run = run_of(RuleRun(rule="a", verdict="not-matched", trace=trace))

    [rule] = json.loads(json.dumps(as_data(run)))["rules"]

    assert rule["because"] == "none of the 1 parts of 'any' is met"
    assert rule["actions"] == []
    assert rule["conditions"] == [
        {
            "text": "any",
            "verdict": "not met",
            "value": None,
            "note": "",
            "children": [{"text": "b is 1", "verdict": "not met", "value": 2, "note": "",
                          "children": []}],
        }
    ]  # fmt: skip


def test_a_record_of_the_store_is_told_like_the_run_itself() -> None:
    run = run_of(RuleRun(rule="a", verdict="matched", trace=(DONE,), actions=(LOGGED,)))

    assert as_data(journal.decode(journal.encode(run))) == as_data(run)


def test_other_peoples_text_steers_nothing() -> None:
    hostile = leaf("entity.name is x", "not met", "\x1b[2J[red]gone[/red]\nnew line")
    run = run_of(RuleRun(rule="a", verdict="not-matched", trace=(hostile,)))

    text = printed(run)

    assert "\x1b" not in text
    assert "was  [2J[red]gone[/red] new line" in text


def test_a_pipe_gets_whole_lines_without_colour_and_a_terminal_colour() -> None:
    rule = RuleRun(rule="a" * 90, verdict="matched", trace=(DONE,))

    assert f"✓ {'a' * 90}  matches" in printed(run_of(rule)).splitlines()
    assert "\x1b[" in printed(run_of(rule), terminal=True)


def test_a_terminal_of_few_characters_gets_other_marks() -> None:
    rules = (
        RuleRun(rule="a", verdict="matched", trace=(MET,)),
        RuleRun(rule="b", verdict="not-matched", trace=(FAILED,)),
    )

    lines = printed(run_of(*rules), encoding="cp437").splitlines()

    assert lines[3:] == [
        "+ a  matches",
        "  + a is 1  was 1",
        "",
        "x b  does not match: b is 1 (was 2)",
        "  x b is 1  was 2",
    ]
