"""Mistakes in expressions: all are found when the rules load, and told with their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.conditions.cel import BadExpr, compile_expr
from workers.rules.expressions.scrutiny import FUNCTIONS

MISTAKES = [
    # text, where the mistake begins, message
    ("tsk.x == 1", "tsk", "unknown name 'tsk'; did you mean 'task'?"),
    ("('ü' == 'ü') && tsk.a.b > 1", "tsk", "unknown name 'tsk'; did you mean 'task'?"),
    ("true &&\n  tsk.x", "tsk", "unknown name 'tsk'; did you mean 'task'?"),
    ("task.isPrio == True", "True", "unknown name 'True'; write true"),
    ("int == int", "int ", "unknown name 'int'; allowed: event, entity, task, project, timeEntry,"
                           " user, assignee, changes, now, today"),
    ("item.id == 'x'", "item", None),
    ("task.name.lower() == 'x'", "lower", f"unknown function 'lower'; allowed:"
                                          f" {', '.join(FUNCTIONS)}"),
    ("durations('1h') > 1", "durations", "unknown function 'durations'; did you mean 'duration'?"),
    ("type(task.name) == string", "string", None),
    ("dyn(task.name) == 1", "dyn", None),
    ("1 > 'a'", ">", "'>' does not work on a whole number and text; write duration('…') around a"
                     " duration, and no quotes around a number"),
    ("now > 1", ">", "'>' does not work on a moment and a whole number; a moment goes with a"
                     " moment: today, now or timestamp('…')"),
    ("now > '2026-01-01'", ">", "'>' does not work on a moment and text; write timestamp('…')"
                                " around the text"),
    ("1.5 > 1", ">", "'>' does not work on a number with a fraction and a whole number; write both"
                     " with a fraction, such as 2.0"),
    ("size(1) == 1", "size", "'size' does not work on a whole number"),
    ("[true] > [false]", ">", "'>' does not work on a list and a list"),
    ("task.dueOn < now", "<", "a moment is compared with task.dueOn, which is text; write"
                              " timestamp(task.dueOn)"),
    ("today == task.dueOn", "==", "a moment is compared with task.dueOn, which is text; write"
                                  " timestamp(task.dueOn)"),
    ("task.tags.all(t, t.at > now)", ">", "a moment is compared with t.at, which is text; write"
                                          " timestamp(t.at)"),
    ("task.plannedDuration > '1h'", "'1h'", "'1h' is text; write duration('1h')"),
    ("task.plannedDuration == '1h'", "'1h'", "'1h' is text; write duration('1h')"),
    ("task.plannedDuration > duration('1 hour')", "'1 hour'",
     "'1 hour' is no duration; write whole numbers with the units d, h, m, s in this order, such as"
     " 90s, 15m, 1h30m or 2d"),
    ("timestamp('tomorrow') > now", "'tomorrow'",
     "'tomorrow' is no moment; it looks like 2026-03-27T18:00:00Z"),
    ("now.getHours('Berlin') > 1", "'Berlin'",
     "unknown timezone 'Berlin'; write an IANA name such as Europe/Berlin"),
    ("now.getHours(user.timezone) > 1", ".timezone",
     "getHours(…) takes its zone in quotes, not from the event"),
    ("task.name.matches('(?=x)')", "'(?=x)'",
     "'(?=x)' is no regular expression: RE2 has no lookaround ((?=…)), which would cost its linear"
     " time; write a second condition"),
    ("task.name.matches(user.name)", ".name)",
     "matches(…) takes its pattern in quotes, not from the event"),
    ("task.tags.exists(user, .user.id == user.id)", "user.id",
     "rules do not have names such as .user; give the loop's variable another one"),
    ("task.dueOn == null", "null", "null counts as absent; ask with has(…), such as"
                                   " !has(task.dueOn)"),
    ("{'a': 1} == task", "{", "rules do not have {…}"),
    ("google.protobuf.Value{} == task.x", "google",
     "rules do not have google.protobuf.Value{…}"),
    ("1u == 1u", "1u", "rules do not have numbers such as 1u and bytes such as b'…'"),
    ("b'a' == b'a'", "b'a'", "rules do not have numbers such as 1u and bytes such as b'…'"),
    ("changes.dueOn.new == 'x'", "changes", "'changes.dueOn.new': properties in changes begin with"
                                            " a capital; did you mean 'changes.DueOn.new'?"),
    ("has(changes.DueOn)", "changes", "'changes.DueOn' does not say which side; write"
                                      " changes.DueOn.old or changes.DueOn.new"),
    ("now.year == 2026", ".year", "a moment has no fields"),
    ("has(task)", "task", "has(…) takes a path with a dot, such as has(task.dueOn)"),
    ("task.tags.exists(t.x, true)", ".x",
     "exists(…) begins with a name of your own, such as x in exists(x, x > 0)"),
    ("now.exists(t, t > 1)", "now", "a moment is no list, so there is nothing to go through"),
    ("task.tags.exists(t)", "exists", "exists(…) takes a name of your own and what to ask, such as"
                                      " exists(t, t.name == 'vip')"),
    ("99999999999999999999 == 1", "9", "this number has too many digits"),
    ("task.a and task.b", "and", "unexpected 'and'; did you mean '&&'?"),
    ("task.a or task.b", "or", "unexpected 'or'; did you mean '||'?"),
    ("not task.a", "task", "unexpected 'task'; write ! for 'not'"),
    ("task.a = 1", "=", "unexpected '='; did you mean '=='?"),
    ("task.a <> 1", "> 1", "unexpected '>'; did you mean '!='?"),
    ("task.a === 1", "= 1", "unexpected '='; did you mean '=='?"),
    ("task.a > 1h", "h", "unexpected 'h'; write a duration such as duration('1h30m')"),
    ("task.tags has 'vip'", "has", "unexpected 'has'"),
    ("task.a == 1)", ")", "unexpected ')'"),
    ("task..a == 1", ".a", "unexpected '.'"),
    ("(task.a == 1", None, "the expression ends too early"),
    ("task.a == 1 &&", None, "the expression ends too early"),
    ("", None, "the expression ends too early"),
    ("task.a == 'x", "'x", "a text that begins here does not end, or has an escape that CEL has"
                           " not; close it with the same quote, and write \\\\ for a backslash"
                           " itself"),
    ("task.a == \u201cx\u201d", "\u201cx", "curly quotes; write ' or \""),
    ("${task.a} == 1", "$", "${…} works only in 'do'; write the path without it"),
    ("if task.a", "if", "'if' is a word that CEL keeps for itself"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str, at: str | None, message: str | None) -> None:
    with pytest.raises(BadExpr) as refused:
        compile_expr(text)

    assert refused.value.code == "bad-expr"
    assert refused.value.offset == (len(text) if at is None else text.index(at))
    assert message is None or str(refused.value) == message
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task.isPrio", "an expression says true or false, and this one may give anything; compare"
                        " it, such as task.isPrio == true"),
        ("task.isPrio ? 1 : task.x", "an expression says true or false, and this one may give"
                                     " anything; compare it, such as task.isPrio == true"),
        ("task.a - 1", None),
        ("1 + 1", "an expression says true or false, and this one gives a whole number; compare"
                  " it"),
        ("'a'", "an expression says true or false, and this one gives text; compare it"),
        ("now", "an expression says true or false, and this one gives a moment; compare it"),
        ("[true]", "an expression says true or false, and this one gives a list; compare it"),
    ],
)  # fmt: skip
def test_an_expression_must_say_true_or_false(text: str, message: str | None) -> None:
    with pytest.raises(BadExpr) as refused:
        compile_expr(text)

    assert message is None or str(refused.value) == message


PIECES = [
    "task", ".a", "now", "(", ")", "[", "]", "{", "}", "==", "<", "&&", "!", "?", ":", "-", "1",
    "'x'", "duration", "('1h')", "size", "has", ".exists(x, x)", ",", "in", "null", "`", "\\", "'",
    '"', "ü", "\n", "//", "1u", "b''", "dyn", "@", "\0", "\U0001f600", "\ud800",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_is_an_expression_or_a_mistake_in_it(text: str) -> None:
    try:
        compile_expr(text)
    except BadExpr as mistake:
        assert mistake.offset is None or 0 <= mistake.offset <= len(text)  # noqa: PT017
        assert str(mistake).isprintable()  # noqa: PT017
