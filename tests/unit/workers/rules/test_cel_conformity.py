"""The evaluation is our own; the library's says what CEL is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.rules.conditions.cel import BadExpr, compile_expr
from workers.rules.facts import EventFacts, Overlay

_CEL = cel.NewEnv(variables={"task": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
_DATA = {
    "n": 3, "m": -7, "z": 0, "s": "abc", "t": "", "u": "ü", "b": True, "l": [1, 2, 3], "e": [],
    "o": {"n": 3, "s": "abc"}, "ls": ["a", "abc"], "lo": [{"n": 1}, {"s": "x"}],
}  # fmt: skip

numbers = st.sampled_from(["task.n", "task.m", "task.z", "1", "0", "-3", "task.o.n", "task.gone"])
texts = st.sampled_from(["task.s", "task.t", "task.u", "'abc'", "'b'", "task.o.s", "task.o.gone"])
lists = st.sampled_from(["task.l", "task.e", "task.ls", "task.lo", "[1, 2]", "['a', 'abc']"])
anything = numbers | texts | lists | st.sampled_from(["task.b", "task.o", "true"])


def _reckoned(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from("+-*/%")
    return st.builds(lambda a, sign, b: f"({a} {sign} {b})", inside, signs, inside) | st.builds(
        lambda text: f"size({text})", texts | lists
    )


reckoned = st.recursive(numbers, _reckoned, max_leaves=4)
asked = (
    st.builds(lambda a, sign, b: f"{a} {sign} {b}",
              reckoned, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), reckoned)
    | st.builds(lambda a, sign, b: f"{a} {sign} {b}",
                anything, st.sampled_from(["<", ">=", "==", "!=", "in"]), anything)
    | st.builds(lambda a, name, b: f"{a}.{name}({b})",
                texts | anything, st.sampled_from(["contains", "startsWith", "endsWith"]), texts)
    | st.builds(lambda a, pattern: f"{a}.matches('{pattern}')",
                texts, st.sampled_from(["^a", "b$", "[a-c]+", "ü"]))
    | st.builds(lambda a: f"has({a})", st.sampled_from(["task.n", "task.gone", "task.o.s"]))
    | st.builds(lambda a, name, body: f"{a}.{name}(x, {body})",
                lists | anything, st.sampled_from(["exists", "all", "exists_one"]),
                st.sampled_from(["x == 1", "x > 1", "x.n == 1", "x == 'a'", "x != 2", "true",
                                 "task.l.exists(y, y == x)", "x in task.l"]))
    | st.builds(lambda a, name, body: f"{a}.{name}(x, {body}) == {a}",
                lists, st.sampled_from(["filter", "map"]),
                st.sampled_from(["x == 1", "x > 1", "x.n == 1", "x != 2"]))
)  # fmt: skip
expressions = st.recursive(
    asked,
    lambda inside: (
        st.builds(lambda a, sign, b: f"({a} {sign} {b})",
                  inside, st.sampled_from(["&&", "||"]), inside)
        | st.builds(lambda a: f"!({a})", inside)
        | st.builds(lambda a, b, c: f"({a} ? {b} : {c})", inside, inside, inside)
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(text=expressions)
def test_it_answers_as_the_library_would(text: str) -> None:
    try:
        expr = compile_expr(text)
    except BadExpr:
        return
    expected: Any = _CEL.compile(text).eval(data={"task": _DATA})
    theirs = expected.value() if expected.type() == cel.Type.BOOL else "no answer"

    try:
        ours: object = expr.evaluate(Overlay(EventFacts({}, datetime.now(UTC)), {"task": _DATA}))
    except ValueError:
        ours = "no answer"

    assert ours == theirs, text
