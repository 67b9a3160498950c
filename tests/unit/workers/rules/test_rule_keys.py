"""What the keys of a rule and of its actions become."""

from __future__ import annotations

from datetime import time

import pytest

from tests.unit.workers.rules.rules import rules_do
from tests.unit.workers.rules.vocabulary import VOCABULARY
from workers.rules.flow import Flow, Once
from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.load import load_text
from workers.rules.model import ActionCall, Listing, Rule

ENTITY, TASK, ASSIGNEE = ("entity", "id"), ("task", "id"), ("assignee", "id")


def rule(lines: str = "", when: str = "task_added", defaults: str = "{}") -> Rule:
    text = (
        f"version: 1\ndefaults: {defaults}\nrules:\n  - id: a\n    when: {when}\n    {lines}\n"
        "    do: [{add_comment: {task: t, message: m}}]\n"
    )
    [one] = load_text(text, VOCABULARY).rules
    return one


def actions(written: str) -> tuple[ActionCall, ...]:
    return rules_do(written).rules[0].actions


@pytest.mark.parametrize(
    ("written", "flow"),
    [
        ("{}", Flow()),
        ("{key: task.projectId}", Flow(key=("task", "projectId"))),
        ("{key: entity.id}", Flow()),  # that is what it is anyway
        ("{settle: 20s, settle_at_most: 2m}", Flow(settle_s=20, settle_at_most_s=120)),
        ("{settle: 1d, settle_at_most: 1d}", Flow(settle_s=86_400, settle_at_most_s=86_400)),
        ("{once_within: {time: 10m}}", Flow(once=Once(600, (ENTITY,)))),
        ("{key: task.id, once_within: {time: 10m}}", Flow(key=TASK, once=Once(600, (TASK,)))),
        ("{once_within: {time: 30d, per: task.id}}", Flow(once=Once(2_592_000, (TASK,)))),
        ("{once_within: {time: 1s, per: [task.id, assignee.id]}}",
         Flow(once=Once(1, (TASK, ASSIGNEE)))),
    ],
)  # fmt: skip
def test_flow(written: str, flow: Flow) -> None:
    assert rule(f"flow: {written}").flow == flow


def test_only_a_key_of_its_own_or_waiting_takes_a_run_out_of_its_line() -> None:
    assert not rule("flow: {key: entity.id}").flow.hands_on
    assert not rule("flow: {once_within: {time: 10m}}").flow.hands_on
    assert rule("flow: {key: task.id}").flow.hands_on
    assert rule("flow: {settle: 20s, settle_at_most: 2m}").flow.hands_on


@pytest.mark.parametrize(
    ("written", "listing"),
    [
        ("{running_timers: {}}", Listing("running_timers")),
        ("{users: }", Listing("users")),
        ("{tasks: {}}", Listing("tasks")),
        ("{tasks: {project: Portal, filter: isPrio eq true}}",
         Listing("tasks", {"project": "Portal", "filter": "isPrio eq true"})),
        ("{schedules: {day: today}}", Listing("schedules", {"day": "today"})),
        ("{schedules: {day: 2026-03-27}}", Listing("schedules", {"day": "2026-03-27"})),
    ],
)  # fmt: skip
def test_a_rule_that_the_clock_starts(written: str, listing: Listing) -> None:
    one = rule(f"for_each: {written}", '{cron: "0 18 * * mon-fri"}')

    assert one.when == {"cron"}
    assert (one.cron, one.listing) == ("0 18 * * mon-fri", listing)


def test_a_set_knows_which_rules_the_clock_starts() -> None:
    text = "version: 1\nrules:\n"
    for name, mode in (("a", "live"), ("b", "off"), ("c", "shadow")):
        text += (
            f"  - id: {name}\n    mode: {mode}\n    reason: r\n    when: {{cron: 0 18 * * *}}\n"
            "    for_each: {users: {}}\n    do: [{add_comment: {task: t, message: m}}]\n"
        )

    rules = load_text(text, VOCABULARY)

    assert [one.id for one in rules.crons] == ["a", "c"]
    assert rules.for_kind("cron") == ()  # no delivery may call itself that


def test_own_events_are_ignored_unless_a_rule_says_otherwise() -> None:
    assert rule().own_events == "ignore"
    assert rule("own_events: handle").own_events == "handle"


@pytest.mark.parametrize(
    ("written", "windows"),
    [
        ('{fri: ["09:00-12:30"]}', {4: (("09:00", "12:30"),)}),
        ("{mon-wed: [8:00-9:00, 9:00 - 24:00]}",
         dict.fromkeys((0, 1, 2), (("08:00", "09:00"), ("09:00", "00:00")))),
        ("{sun-mon: [00:00-06:00], Sat: [20:00–22:00]}",  # noqa: RUF001 -- as Word writes it
         {6: (("00:00", "06:00"),), 0: (("00:00", "06:00"),), 5: (("20:00", "22:00"),)}),
    ],
)  # fmt: skip
def test_working_hours(written: str, windows: dict[int, tuple[tuple[str, str], ...]]) -> None:
    hours = rule(defaults=f"{{working_hours: {written}}}").working_hours

    assert hours == WorkingHours(
        {
            day: tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in some)
            for day, some in windows.items()
        }
    )


def test_without_working_hours_there_are_none() -> None:
    assert rule().working_hours is NO_HOURS


def test_an_action_may_have_conditions_and_a_list_of_its_own() -> None:
    [call] = actions(
        '[{add_comment: {task: t, message: "${item.name}"}, for_each: task.assignees,'
        " if: [{item.id: {exists: true}}, {task.isPrio: true}]}]"
    )

    assert call.for_each == ("task", "assignees")
    assert [one.text for one in call.conditions] == ["item.id exists true", "task.isPrio is true"]
    assert not call.is_late


@pytest.mark.parametrize(
    ("second", "is_late"),
    [
        ('{add_comment: {task: "${entity.id}", message: m}}', False),
        ('{add_comment: {task: "${done.create_task.id}", message: m}}', True),
        ('{add_comment: {task: t, message: m}, if: [{any: [{done.create_task.id: 1}]}]}', True),
        ('{add_comment: {task: t, message: m}, if: [{expr: "done.create_task.id == 1"}]}', True),
        ("{add_comment: {task: t, message: m}, for_each: done.create_task.assignees}", True),
        ('{log_time: {user: u, extra: [{a: "${date(done.create_task.dueOn)}"}]}}', True),
    ],
)  # fmt: skip
def test_what_refers_to_earlier_results_waits_for_them(second: str, is_late: bool) -> None:
    first, later = actions(f"[{{create_task: {{name: n}}}}, {second}]")

    assert (first.is_late, later.is_late) == (False, is_late)


def test_a_condition_knows_what_it_looks_at() -> None:
    one = rule(
        'if: [{any: [{task.a: {at_least: 1h}}, {not: {changed: dueOn}}]}, {expr: "user.b == 1"}]'
    )

    either, expression = one.conditions
    leaf, negated = either.parts
    assert (either.operator, either.paths) == ("any", leaf.paths | negated.paths)
    assert (leaf.operator, leaf.operand) == ("at_least", "1h")
    assert leaf.paths == {("task", "a")}
    assert (negated.operator, negated.parts[0].operator) == ("not", "changed")
    assert negated.parts[0].operand == ["dueOn"]
    assert (expression.operator, expression.operand) == ("expr", "user.b == 1")
    assert expression.paths == {("user", "b")}
