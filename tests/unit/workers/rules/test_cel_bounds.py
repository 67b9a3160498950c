"""Nothing that an author writes in an expression, and nothing that an event has, does harm."""

from __future__ import annotations

import gc
import re
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.unit.workers.rules.expressions import evaluated, given_facts
from workers.rules.conditions.cel import BadExpr, compile_expr
from workers.rules.expressions.run import LONGEST_LIST, MOST_STEPS, Run

LONG = {"list": list(range(LONGEST_LIST)), "text": "a" * 65_000, "deep": [[[[1]]]]}
#: an event may be a megabyte: of items, of fields, of text
HUGE = {
    "fields": dict.fromkeys(map(str, range(50_000)), 1),
    "others": dict.fromkeys(map(str, range(50_000)), 2),
    "text": "a" * 400_000,
    "same": "".join(["a"] * 400_000),
}


def doubled(start: str, twice: str, times: int = 20) -> str:
    return f"[{start}]{f'.map(x, {twice})' * times}"


@pytest.mark.parametrize(
    "text",
    [
        "task.list.all(a, task.list.all(b, a + b >= 0))",
        "task.list.exists(a, task.list.exists(b, task.list.exists(c, a + b + c < 0)))",
        "task.list.map(a, task.list).map(b, b.map(c, c)).size() > 1",
        "task.list.exists(a, [a] == task.list.map(b, b))",
        "task.list.all(a, !task.text.matches('(a|a)*b$'))",
        "task.list.all(a, !task.text.contains('ab'))",
        "task.text.matches('.{0,900}b.{0,90}c')",  # the text is long, and so is what this becomes
        "task.list.all(a, task.list == task.list)",
        "task.list.all(a, task.text + '' != '')",
        "task.list.all(a, a in task.list) || task.list.all(a, -a in task.list) && 1 == 2",
        f"{doubled('task.list', '[x, x]')} == {doubled('task.list', '[x, x]')}",
        "true || task.list.all(a, task.list.all(b, a + b >= 0)) ? task.list.all(a, task.list.all(b,"
        " a + b >= 0)) : true",
    ],
)
def test_work_is_bounded(text: str) -> None:
    expr = compile_expr(text)

    with pytest.raises(ValueError, match=f"more than {MOST_STEPS} steps"):
        expr.evaluate(given_facts(task=LONG))


def spent(text: str, **roots: object) -> int:
    """The steps that it takes."""
    run = Run(given_facts(**roots))
    compile_expr(text)._value(run)
    return MOST_STEPS - run._left


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("task.fields != task.others", 50_000),  # all names are compared before the first value
        ("task.text == task.same", 400_000 // 200),
        ("task.text <= task.same", 400_000 // 200),
        (f"task.text.contains('{'a' * 97}ba')", 7 * 400_000 // 200),  # breaks off late, everywhere
    ],
)
def test_comparing_what_is_large_costs_as_much_as_it_is_large(text: str, least: int) -> None:
    assert spent(text, task=HUGE) >= least


class Counted(list[int]):
    """A list that counts what is taken from it."""

    taken = 0

    def __iter__(self) -> Iterator[int]:
        for item in super().__iter__():
            self.taken += 1
            yield item


def test_a_loop_takes_no_more_than_it_looks_at() -> None:
    """A copy of the list first would cost time that nothing accounts for."""
    items = Counted(range(100))

    assert evaluated("task.items.exists(a, a == 1)", task={"items": items})
    assert items.taken <= 3


def test_too_much_work_is_not_made_up_for() -> None:
    """Else each `||` would begin to spend anew."""
    expr = compile_expr("task.list.all(a, task.list.all(b, a + b >= 0)) || true")

    with pytest.raises(ValueError, match="steps"):
        expr.evaluate(given_facts(task=LONG))


def test_a_long_list_is_not_too_much() -> None:
    expr = compile_expr("task.list.map(a, a + 1).filter(a, a > 5).exists(a, a == 10000)")

    assert expr.evaluate(given_facts(task=LONG))


def answer_or_reason(text: str, **roots: object) -> object:
    """The answer; "refused" when there is none at load, "absent" when there is none for the event.

    Anything else it raises is a mistake of ours.
    """
    try:
        return evaluated(text, **roots)
    except BadExpr:
        return "refused"
    except ValueError:
        return "absent"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("size(" + doubled("'a'", "x + x") + "[0]) > 1", "'+' would make 65536 characters"),
        (f"size({doubled('[1]', 'x + x')}[0]) > 1", "'+' would make 16384 items"),
        (f"{doubled('2', 'x * x')}[0] > 1", "a number grew too large"),
        ("task.text + task.text == ''", "'+' would make 130000 characters"),
        ("task.list.map(a, task.text + '').size() == 1", f"it took more than {MOST_STEPS} steps"),
    ],
)
def test_nothing_large_can_be_built(text: str, note: str) -> None:
    expr = compile_expr(text)
    given = given_facts(task=LONG)
    tracemalloc.start()

    with pytest.raises(ValueError, match=re.escape(note)):
        expr.evaluate(given)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 6_000_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "(" * 400 + "1" + ")" * 400,
        "[" * 400 + "]" * 400,
        "(" * 900,
        "1" + " + 1" * 200 + " > 1",
        "task" + ".a" * 300 + " == 1",
        "task" + "[0]" * 300 + " == 1",
        "size(" * 150 + "task.a" + ")" * 150 + " == 1",
        "true ? true : " * 60 + "true",
        "[1]" + ".all(a, [a]" * 40 + ".all(a, true)" + ")" * 40,
        "task.l" + ".filter(a, a > 0)" * 40 + ".size() > 1",
        "x" * 1001,
        "'" + "a" * 100_000 + "' == ''",
    ],
)
def test_what_is_long_or_deep_is_refused(text: str) -> None:
    with pytest.raises(BadExpr, match=r"nested too deeply|at most 1000 are allowed"):
        compile_expr(text)


@pytest.mark.parametrize(
    "text",
    ["!" * 990 + "true", "-" * 980 + "1 == 1", "true" + " && true" * 120, "\0", "'\ud800' == ''"],
)
def test_what_is_odd_does_no_harm(text: str) -> None:
    try:
        answer = compile_expr(text).evaluate(given_facts())
    except BadExpr:
        return

    assert isinstance(answer, bool)


@pytest.mark.parametrize(
    "text",
    [
        "task.__class__ == 'x'",
        "task.__class__.__mro__[1].__subclasses__ == 'x'",
        "task['__init__'].__globals__ == 'x'",
        "task.name.__len__ == 'x'",
        "now.__class__ == 'x'",
        "task.keys == 'x'",
        "task.get == 'x'",
        "task.name.upper == 'x'",
        "task.tags.exists(t, t.__class__ == 'x')",
        "task.tags[0].__dict__ == 'x'",
        "has(task.__class__) || has(task.name.__class__) || !true",
    ],
)
def test_no_field_leads_out_of_the_event(text: str) -> None:
    """A field is looked up in the event's objects, never in Python's."""
    assert answer_or_reason(text) in (False, "absent", "refused")


@pytest.mark.parametrize(
    "text",
    [
        "task.get('name') == 'x'",
        "task.name.upper() == 'X'",
        "task.name.format('x') == 'X'",
        "task.name.__class__() == 'x'",
        "task.items() == []",
        "__import__('os') == 'x'",
        "eval('1') == 1",
        "open('/etc/passwd') == 'x'",
        "cel.bind(x, 1, x == 1)",
        "operations.to_int('1') == 1",
        "_Either('a', 'b')",
        "`_==_`(1, 1)",
    ],
)
def test_no_method_can_be_called(text: str) -> None:
    with pytest.raises(BadExpr):
        compile_expr(text)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 10**400, 1e308, float("nan"), "", "\0", "\ud800", "x" * 70_000, [], {},
        [[]], {"": None}, [None] * 3, {"a": {"a": {"a": {}}}}, "2026-11-21", "0001-01-01",
        "9999-12-31T23:59:59Z", "1h",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text",
    [
        "task.x == task.x", "task.x < 1", "task.x + task.x == 'x'", "task.x * 1.5 > 2.0",
        "-task.x < 0", "task.x % 3 == 1", "task.x / 3 == 1", "size(task.x) > 1",
        "task.x.matches('x')", "1 in task.x",
        "task.x[0] == 1", "task.x.y == 1", "timestamp(task.x) < now", "duration(task.x) > 1",
        "int(task.x) > 1", "double(task.x) > 1.0", "string(task.x) == ''",
        "task.x.exists(y, y == 1)",
        "task.x.all(y, y.a == 1)", "task.x ? true : false", "!task.x", "task.x && true",
        "now + task.x > now", "now.getHours() == task.x", "has(task.x.y)",
        "task.x.map(y, y) == task.x",
        "task.x in [task.x]", "task[task.x] == 1",
    ],
)  # fmt: skip
def test_no_value_of_an_event_raises_anything_but_value_error(text: str, value: object) -> None:
    assert answer_or_reason(text, task={"x": value}) in (True, False, "absent", "refused")


def test_deeply_nested_data_is_compared_to_a_bounded_depth() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="nested too deeply to compare"):
        evaluated("task.x == task.x", task={"x": deep})

    while isinstance(deep, list):  # taken apart by hand: freeing it at once would recurse
        deep = deep.pop()


def test_eight_threads_may_share_an_expression() -> None:
    text = "task.list.filter(a, a % task.by == 0).exists(a, a == task.by * 7) && now > today"
    expr = compile_expr(text)
    begin = threading.Barrier(8)
    wrong: list[int] = []

    def work(by: int) -> None:
        given = given_facts(task={"list": list(range(200)), "by": by})
        other = given_facts(task={"list": list(range(by)), "by": by})
        begin.wait()
        for _ in range(50):
            if not expr.evaluate(given) or expr.evaluate(other) or compile_expr(text) != expr:
                wrong.append(by)

    threads = [threading.Thread(target=work, args=(by,)) for by in range(2, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_nothing_is_left_behind() -> None:
    expr = compile_expr("task.tags.all(t, t.color == 'x') || duration('1h') > 1 && now > today")
    absent = compile_expr("task.tags.all(t, t.color == 'x')")
    given = given_facts()

    def many() -> None:
        for _ in range(300):
            expr.evaluate(given)
            with pytest.raises(ValueError, match="absent"):
                absent.evaluate(given)

    many()
    gc.collect()
    before = len(gc.get_objects())
    many()
    gc.collect()

    assert len(gc.get_objects()) - before < 50
