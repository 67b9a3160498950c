"""Functions inside `${…}`: what they give, and what is refused."""

from __future__ import annotations

import inspect
import re
from datetime import date, datetime, time

import pytest

from tests.unit.workers.rules.rules import facts, rules_do
from webhooks.errors import RunFailed
from workers.rules.facts import Overlay
from workers.rules.findings import Flaw
from workers.rules.functions import FUNCTIONS
from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.template import Template, compile_text, fill

WHERE = "rule 'a', action 'b', parameter 'c'"
TASK: dict[str, object] = {
    "id": "t1",
    "name": "Kickoff",
    "plannedDuration": 21_600,
    "trackedDuration": 5_400,
    "share": 0.5,
    "isPrio": True,
    "tags": ["a"],
    "nothing": None,
    "text": "5400",
    "dueOn": "2026-03-27T17:30:00Z",  # a Friday, 18:30 in Berlin
    "lateOn": "2026-03-27T23:30:00Z",  # 00:30 on Saturday in Berlin
    "doneOn": "2026-03-27",
    "local": "2026-03-27T09:00:00",
    "after": -2,
    "longest": 10**400,
    "endless": "9999-12-31",
    "never": "9999-12-31T23:59:59.9999999Z",  # 00:59 of the day after it in Berlin
}
SIX_DAYS = WorkingHours({weekday: ((time(9), time(17)),) for weekday in range(6)})


def filled(text: str, hours: WorkingHours = NO_HOURS) -> object:
    """What a text becomes in Berlin at 00:30 on Saturday, 2026-11-21."""
    template = compile_text(text, WHERE, also=("item",), hours=hours)
    assert isinstance(template, Template)
    given = Overlay(facts(TASK), {"task": TASK, "item": {"at": "2026-11-23"}})
    return template.fill(given.in_zone("Europe/Berlin"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        # 21600 s are 6 h
        ("hours(task.plannedDuration)", 6),
        ("hours(task.trackedDuration)", 1.5),
        ("hours(task.text)", 1.5),  # `changes` has numbers as text
        ("hours('1h30m')", 1.5),
        ("hours(-5400)", -1.5),
        ("hours(0)", 0),
        ("hours(1000)", 0.28),  # 0.2777…
        ("hours(18)", 0.01),  # 0.005: half up
        ("hours(54)", 0.02),  # 0.015: half up, where rounding half to even would differ
        ("hours(3599.9)", 1),
        ("hours(task.share)", 0),
        ("minutes(90)", 1.5),
        ("minutes(task.trackedDuration)", 90),
        ("remaining(task)", 16_200),
        ("remaining(entity)", 16_200),
        ("hours(remaining(task))", 4.5),
        ("date(task.dueOn)", "2026-03-27"),
        ("date(task.lateOn)", "2026-03-28"),  # the day it is in the rule's zone
        ("date(task.doneOn)", "2026-03-27"),
        ("date(today)", "2026-11-21"),
        ("date(now)", "2026-11-21"),
        ("date(item.at)", "2026-11-23"),
        ("time(task.dueOn)", "18:30"),
        ("time(task.local)", "09:00"),  # told in the rule's zone
        ("time(now)", "00:30"),
        ("add_workdays(task.doneOn, 1)", date(2026, 3, 30)),
        ("add_workdays('2026-03-27', 3)", date(2026, 4, 1)),
        ("add_workdays(today, task.after)", date(2026, 11, 19)),
        ("add_workdays(today, 0)", date(2026, 11, 21)),
        ("next_workday(today)", date(2026, 11, 23)),
        ("next_workday(next_workday(today))", date(2026, 11, 24)),
        ("date(next_workday(task.dueOn))", "2026-03-30"),
        ("time(add_workdays(task.dueOn, 1))", "18:30"),  # summer time has begun in between
        ("format(task.dueOn, 'dd.MM.yyyy')", "27.03.2026"),
        ("format(task.dueOn, \"dd.MM. 'um' HH:mm\")", "27.03. um 18:30"),
        ("format(task.doneOn, 'd/M/yy')", "27/3/26"),
        ("format(add_workdays(today, 1), 'yyyyMMdd')", "20261123"),
        ("format( now , 'H:mm:ss' )", "0:30:00"),
        # literals may stand alone, too
        ("'a } b'", "a } b"),
        ('"it\'s"', "it's"),
        ("-1.5", -1.5),
        ("3", 3),
    ],
)
def test_a_function_gives_its_result(inside: str, expected: object) -> None:
    result = filled(f"${{{inside}}}")

    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${hours(5400)} h", "1.5 h"),
        ("${hours(3600)} h", "1 h"),
        ("${task.name}: ${minutes(60)} of ${hours(task.plannedDuration)} h", "Kickoff: 1 of 6 h"),
        ("on ${next_workday(today)}", "on 2026-11-23"),
        ("at ${next_workday(task.dueOn)}", "at 2026-03-30T18:30:00+02:00"),
        ("$${hours(1)} is ${hours(3600)}", "${hours(1)} is 1"),
        ("${date(now)}${time(now)}", "2026-11-2100:30"),
    ],
)
def test_a_result_inside_text_becomes_text(text: str, expected: str) -> None:
    assert filled(text) == expected


def test_a_moment_keeps_its_time_of_day() -> None:
    result = filled("${next_workday(task.dueOn)}")

    assert isinstance(result, datetime)
    assert result.isoformat() == "2026-03-30T18:30:00+02:00"


def test_workdays_are_those_of_the_rules_working_hours() -> None:
    assert filled("${next_workday(task.doneOn)}") == date(2026, 3, 30)
    assert filled("${next_workday(task.doneOn)}", SIX_DAYS) == date(2026, 3, 28)


def test_remaining_is_never_less_than_nothing() -> None:
    overrun = {"plannedDuration": 3600, "trackedDuration": 7200}
    template = compile_text("${remaining(task)}", WHERE)
    assert isinstance(template, Template)

    assert template.fill(Overlay(facts({}), {"task": overrun})) == 0


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("hours(task.name)", "'Kickoff' is no duration; write whole numbers with the units d, h, m,"
                             " s in this order, such as 90s, 15m, 1h30m or 2d"),
        ("hours(task.isPrio)", "true is no number"),
        ("hours(task.tags)", "a list is no number"),
        ("hours(task)", "an object is no number"),
        ("hours(task.longest)", f"{'1' + '0' * 58}… is too large"),
        ("date(task.name)", "'Kickoff' is no moment; it looks like 2026-03-27T18:00:00Z"),
        ("date(task.share)", "0.5 is no moment; it looks like 2026-03-27T18:00:00Z"),
        ("time(task.doneOn)", "2026-03-27 is a day and has no time"),
        ("add_workdays(today, task.share)", "0.5 is not whole"),
        ("add_workdays(today, task.longest)", f"{'1' + '0' * 58}… is too large"),
        ("next_workday(task.endless)",
         "1 workdays from 9999-12-31 is past the end of the calendar"),
        ("format(task.doneOn, 'dd.MM. HH:mm')", "2026-03-27 is a day and has no HH"),
        ("date(task.never)",
         "9999-12-31T23:59:59.999999+00:00 is too near the end of the calendar"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_fails_the_run_and_says_where(inside: str, why: str) -> None:
    with pytest.raises(RunFailed) as failed:
        filled(f"<${{{inside}}}>")

    assert failed.value.reason == "not-usable"
    assert str(failed.value) == f"{WHERE}: ${{{inside}}} cannot be worked out: {why}"


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ("hours(task.gone)", "task.gone"),
        ("format(task.nothing, 'dd')", "task.nothing"),
        ("remaining(item)", "item.plannedDuration"),
        ("add_workdays(today, changes.X.new)", "changes.X.new"),
    ],
)
def test_an_undefined_argument_is_an_undefined_value(inside: str, path: str) -> None:
    with pytest.raises(RunFailed, match=re.escape(f"${{{path}}} has no value")) as failed:
        filled(f"${{{inside}}}")

    assert failed.value.reason == "undefined-value"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("${hour(1)}", "unknown-function", "unknown function 'hour'; did you mean 'hours'?"),
        ("${now()}", "unknown-function",
         "unknown function 'now'; allowed: hours, minutes, date, time, add_workdays, next_workday,"
         " remaining, format"),
        ("${hours()}", "bad-arguments",
         "'hours' takes 1 argument, seconds, such as task.plannedDuration or '1h30m'; here are 0"),
        ("${hours(1, 2)}", "bad-arguments",
         "'hours' takes 1 argument, seconds, such as task.plannedDuration or '1h30m'; here are 2"),
        ("${format(today)}", "bad-arguments",
         "'format' takes 2 arguments, a day or a moment, such as task.dueOn or today and a pattern"
         " in quotes, such as 'dd.MM.yyyy'; here are 1"),
        ("${hours('soon')}", "bad-arguments",
         "'hours' takes seconds, such as task.plannedDuration or '1h30m', not 'soon': 'soon' is no"
         " duration; write whole numbers with the units d, h, m, s in this order, such as 90s, 15m,"
         " 1h30m or 2d"),
        ("${date(5)}", "bad-arguments",
         "'date' takes a day or a moment, such as task.dueOn or today, not 5: 5 is no moment; it"
         " looks like 2026-03-27T18:00:00Z"),
        ("${add_workdays(today, 1.5)}", "bad-arguments",
         "'add_workdays' takes a whole number, not 1.5: 1.5 is not whole"),
        ("${format(today, task.name)}", "bad-arguments",
         "'format' takes a pattern in quotes, such as 'dd.MM.yyyy', not task.name"),
        ("${format(today, 'DD.MM.YYYY')}", "bad-arguments",
         "'format' takes a pattern in quotes, such as 'dd.MM.yyyy', not 'DD.MM.YYYY': the pattern"
         " has no 'DD'; it knows yyyy, yy, MM, M, dd, d, HH, H, mm, ss, and text in single quotes"),
        ('${format(today, "dd \'of")}', "bad-arguments",
         "'format' takes a pattern in quotes, such as 'dd.MM.yyyy', not 'dd 'of': a single quote of"
         " the pattern is not closed; write '' for a quote itself"),
        ("${hours(date(now))}", "bad-arguments",
         "'hours' takes seconds, such as task.plannedDuration or '1h30m', not what 'date' gives"),
        ("${date(hours(1))}", "bad-arguments",
         "'date' takes a day or a moment, such as task.dueOn or today, not what 'hours' gives"),
        ("${remaining('t1')}", "bad-arguments",
         "'remaining' takes an object such as task, not 't1'"),
        ("${remaining(hours(1))}", "bad-arguments",
         "'remaining' takes an object such as task, not hours(1)"),
        ("${remaining(now)}", "bad-path",
         "'now.plannedDuration': 'now' has no fields; write 'now' alone"),
        ("${hours(tsk.plannedDuration)}", "unknown-root", "unknown root 'tsk'; did you mean 'task'?"
         " Paths begin with event, entity, task, project, timeEntry, user, assignee, changes, now"
         " or today"),
        ("${hours(task.)}", "bad-path", "'task.' is not a path; write names with dots between them,"
         " such as entity.project.name"),
        ("${hours(1}", "bad-template",
         "unexpected '}' in '${hours(1'; between ${ and } stands a path, a function such as"
         " hours(task.plannedDuration), a number, or text in quotes"),
        ("${hours(1)) }", "bad-template",
         "unexpected ')' in '${hours(1)) '; between ${ and } stands a path, a function such as"
         " hours(task.plannedDuration), a number, or text in quotes"),
        ("${task.a + 1}", "bad-template",
         "unexpected '+' in '${task.a + 1'; between ${ and } stands a path, a function such as"
         " hours(task.plannedDuration), a number, or text in quotes"),
        ("${hours(,)}", "bad-template",
         "unexpected ',' in '${hours(,)'; between ${ and } stands a path, a function such as"
         " hours(task.plannedDuration), a number, or text in quotes"),
        ("${${task.a}}", "bad-template",
         "unexpected '$' in '${${task.a'; between ${ and } stands a path, a function such as"
         " hours(task.plannedDuration), a number, or text in quotes"),
        ("${hours(task.a)", "bad-template",
         "'${hours(task.a)' does not end; close it with '}', or write $${ for a plain ${"),
        ("${date('2026)}", "bad-template", "a quote of '${date('2026)' is not closed"),
        ("${" + "date(" * 9 + "now" + ")" * 9 + "}", "bad-template",
         "functions are nested too deeply here"),
        ("${}", "bad-template",
         "nothing stands between ${ and }; write a path, such as ${entity.name}"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_when_it_loads(text: str, code: str, message: str) -> None:
    with pytest.raises(Flaw) as refused:
        compile_text(text, WHERE)

    assert (refused.value.code, str(refused.value)) == (code, message)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("${hours(task.plannedDuration)}", {("task", "plannedDuration")}),
        ("${remaining(task)}", {("task", "plannedDuration"), ("task", "trackedDuration")}),
        ("${entity.id} ${add_workdays(today, item.n)}",
         {("entity", "id"), ("today",), ("item", "n")}),
        ("${hours(1)}${'x'}", set()),
    ],
)  # fmt: skip
def test_a_template_tells_every_path_it_looks_at(text: str, paths: set[object]) -> None:
    template = compile_text(text, WHERE, also=("item",))

    assert isinstance(template, Template)
    assert template.paths == paths


def test_a_filled_value_is_never_read_again() -> None:
    sly = {"name": "${hours(3600)}"}
    template = compile_text("<${task.name}>", WHERE)
    assert isinstance(template, Template)

    assert template.fill(Overlay(facts({}), {"task": sly})) == "<${hours(3600)}>"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_documents_an_example_that_works(name: str) -> None:
    lines = inspect.cleandoc(FUNCTIONS[name].run.__doc__ or "").splitlines()

    [rule] = rules_do(f"[{{{lines[-1]}}}]", defaults="{timezone: Europe/Berlin}").rules
    parameters = fill(rule.actions[0].parameters, facts(TASK).in_zone(rule.timezone))

    assert f"{name}(" in lines[-1]
    assert "${" not in str(parameters["message"])
