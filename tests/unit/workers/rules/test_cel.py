"""`expr`: what an expression means, and what it looks at."""

from __future__ import annotations

import inspect
import re

import pytest

from tests.unit.workers.rules.expressions import evaluated, given_facts
from workers.rules.conditions import cel
from workers.rules.conditions.cel import compile_expr
from workers.rules.expressions import operations
from workers.rules.facts import Facts, Path

ANSWERS = [
    # durations are whole seconds: the spec's example, and both ways to write an hour
    ("task.plannedDuration - task.trackedDuration > duration('1h')", False),
    ("task.plannedDuration - task.trackedDuration >= duration('1h')", True),
    ("task.plannedDuration > 3600", True),
    ("task.plannedDuration > duration('1h')", True),
    ("task.plannedDuration == duration('2h')", True),
    ("duration('2h') == task.plannedDuration", True),
    ("task.plannedDuration in [duration('1h'), duration('2h')]", True),
    ("task.plannedDuration * 8 > task.trackedDuration * 10", True),
    ("task.plannedDuration * 0.8 > 5759.9", True),
    ("duration('1d2h3m4s') == 93784", True),
    # moments
    ("timestamp(task.dueOn) < now", False),
    ("timestamp(task.dueOn) - now < duration('48h')", True),
    ("timestamp(task.dueOn) - now == 66600", True),  # 18.5 h, the fraction cut off
    ("timestamp(task.dueOn) < now + duration('18h')", False),
    ("now - duration('30m') == today", True),
    ("timestamp(task.dueOn) < today + duration('1d')", True),
    ("timestamp(task.day) == today", True),  # a day is when it begins in the rule's zone
    ("timestamp(task.local) == now", True),  # and text without offset is told there
    ("now + task.plannedDuration > now", True),
    ("timestamp('2026-11-20T23:30:00Z') == now", True),
    ("timestamp('2026-11-21T00:30') == now", True),
    ("now.getHours() == 0 && now.getMinutes() == 30", True),  # told in the rule's zone
    ("now.getHours('UTC') == 23", True),
    ("now.getDayOfWeek() == 6 && now.getDate() == 21 && now.getMonth() == 10", True),
    ("now.getFullYear() == 2026 && now.getDayOfYear() == 324 && now.getSeconds() == 0", True),
    ("string(now) == '2026-11-20T23:30:00Z' && int(now) == 1795217400", True),
    ("timestamp(changes.DueOn.new) - timestamp(changes.DueOn.old) > duration('1d')", True),
    # texts, with regard to case
    ("task.project.name == 'Website' && task.project.name != 'website'", True),
    ("task.name.startsWith('Grö') && task.name.endsWith('fen')", True),
    ("task.name.contains('SS')", False),
    ("task.name.size() == 12", True),
    ("task.name.matches('^Gr.+ [a-zü]+$')", True),
    ("task.name.matches('^größe')", False),
    ("task.id + '/' + user.id == 't1/u1'", True),
    ("string(task.plannedDuration) + 's' == '7200s'", True),
    ("int('12') + 1 == 13 && double('1.5') > 1.4", True),
    # lists and objects
    ("task.tags.exists(t, t.name == 'vip')", True),
    ("task.tags.all(t, t.name == 'vip')", False),
    ("task.tags.exists_one(t, t.name == 'vip')", True),
    ("task.tags.filter(t, t.name != 'vip').size() == 1", True),
    ("task.tags.map(t, t.name) == ['vip', 'auto-plan']", True),
    ("task.tags.map(t, t.id != '1', t.name) == ['auto-plan']", True),
    ("task.tags.exists(t, task.tags.exists(o, o.id != t.id && o.name == t.name))", False),
    ("task.tags.exists(task, task.name == 'vip')", True),  # the nearest name is meant
    ("task.tags[1].name == 'auto-plan'", True),
    ("task.tags[task.numbers[0]].name == 'auto-plan'", True),
    ("2.5 in task.numbers && !(4 in task.numbers)", True),
    ("'DueOn' in changes && !('Name' in changes)", True),
    ("task['project']['a-b'] == 1 && task.project.`a-b` == 1", True),
    ("task.project == task.project && task.tags[0] != task.tags[1]", True),
    ("size(task.numbers) == 3 && size(task.project) == 2", True),
    # numbers are numbers
    ("task.numbers[1] * 2 == 5", True),
    ("task.numbers[0] + task.numbers[1] == 3.5", True),
    ("task.numbers[2] == 3.0", True),
    ("task.numbers[0] <= 1 && 'a' <= 'b' && false <= true && today <= now", True),
    ("-7 / 2 == -3 && -7 % 2 == -1 && 7 % -2 == 1", True),  # as CEL: the fraction is cut off
    ("int(-2.9) == -2 && double(3) == 3.0", True),
    # what is there, and what is not
    ("has(task.dueOn) && !has(task.startOn)", True),
    ("has(task.nothing) || has(task.project.customer.name)", False),
    ("task.holes.exists(h, has(h.n))", True),
    # a part that settles the matter makes up for one that is absent
    ("task.startOn == 'x' || task.isPrio", True),
    ("task.isPrio || task.startOn == 'x'", True),
    ("task.startOn == 'x' && !task.isPrio", False),
    ("task.holes.exists(h, h.n == 1)", True),
    ("task.holes.all(h, h.n == 2)", False),
    ("has(task.startOn) ? task.startOn == 'x' : true", True),
    # two kinds are not equal
    ("task.plannedDuration == 'long'", False),
    ("task.isPrio == 1", False),
    ("[1, 'a'] == [1.0, 'a']", True),
    # layout is the author's
    ("  task.isPrio\n  && // as it should be\n  true ", True),
    ("true", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_an_expression_has_its_answer(text: str, expected: bool) -> None:
    assert evaluated(text) is expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("task.startOn == 'x'", "task.startOn is absent"),
        ("!(task.startOn == 'x')", "task.startOn is absent"),
        ("task.nothing == 'x'", "task.nothing is absent"),  # null is as good as absent
        ("project.name == 'x'", "project.name is absent"),
        ("task.startOn == 'x' || !task.isPrio", "task.startOn is absent"),
        ("task.tags[7].name == 'x'", "task.tags.7.name is absent"),
        ("task.tags.all(t, t.color == 'x')", "color is absent"),
        ("task.holes.map(h, h) == []", "h is absent"),
        ("task.tags.exists_one(t, t.color == 'x')", "color is absent"),
        ("task.name > 3", "'>' does not work on 'Größe prüfen' and 3"),
        ("task.tags - 1 > 0", "'-' does not work on a list and 1"),
        ("task.plannedDuration < now - today + task.name",
         "'+' does not work on 1800 and 'Größe prüfen'"),
        ("now + task.name > now",
         "'+' does not work on 2026-11-20 23:30:00+00:00 and 'Größe prüfen'; write timestamp(…)"
         " around the text"),
        ("timestamp(task.name) < now",
         "'Größe prüfen' is no moment; it looks like 2026-03-27T18:00:00Z"),
        ("timestamp(task.plannedDuration) < now",
         "7200 is no moment; it looks like 2026-03-27T18:00:00Z"),
        ("timestamp('9999-12-31') + duration('2d') > now", "a moment left the calendar"),
        ("timestamp('0001-01-01') < now", "0001-01-01 is too near the end of the calendar"),
        ("timestamp('9999-12-31T23:30:00Z').getHours() == 0",
         "9999-12-31T23:30:00+00:00 is too near the end of the calendar"),
        ("task.dueOn.getHours() == 1",
         "getHours() is asked of moments, not of '2026-11-21T18:00:00.1234567Z'; write"
         " timestamp(…)"),
        ("duration(task.name) > 1",
         "'Größe prüfen' is no duration; write whole numbers with the units d, h, m, s in this"
         " order, such as 90s, 15m, 1h30m or 2d"),
        ("task.plannedDuration / 0 > 1", "division by zero"),
        ("task.share / 0.0 > 1.0", "division by zero"),
        ("task.plannedDuration * 9223372036854775807 > 1", "a number grew too large"),
        ("int(task.name) > 1", "int() takes numbers and texts of digits, not 'Größe prüfen'"),
        ("double(task.tags) > 1.0", "double() takes numbers and texts of digits, not a list"),
        ("string(task.share) == ''", "string() takes texts, whole numbers and moments, not 0.5"),
        ("size(task.share) == 1", "size() counts texts, lists and objects, not 0.5"),
        ("task.share.contains('x')", "contains() looks at texts, not at 0.5"),
        ("task.share.matches('x')", "matches() looks at texts, not at 0.5"),
        ("1 in task.share", "'in' does not find 1 in 0.5"),
        ("task.tags in task", "'in' does not find a list in an object"),
        ("task.tags['x'] == 1", "task.tags.x is absent"),
        ("task[task.share] == 1", "'[…]' does not find 0.5 in an object"),
        ("task.tags.map(t, t.name)[5] == 'x'", "[5] is absent"),
        ("task.share.all(x, x > 1)", "0.5 is no list, so there is nothing to go through"),
        ("task.name || task.share", "0.5 is neither true nor false"),
        ("task.name ? true : false", "'Größe prüfen' is neither true nor false"),
    ],
)  # fmt: skip
def test_without_an_answer_it_says_why(text: str, note: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(note)}$"):
        evaluated(text)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("task.plannedDuration - task.trackedDuration > duration('1h')",
         {("task", "plannedDuration"), ("task", "trackedDuration")}),
        ("has(task.project.name) && timestamp(task.dueOn) < now",
         {("task", "project", "name"), ("task", "dueOn"), ("now",)}),
        ("task.tags.exists(t, t.name == user.name && now > today)",
         {("task", "tags"), ("user", "name"), ("now",), ("today",)}),
        ("task.tags.exists(user, user.name == 'x') || user.id == 'x'",
         {("task", "tags"), ("user", "id")}),
        ("task.tags[0]['name'] == task['a-b'].c", {("task", "tags", 0, "name"),
                                                   ("task", "a-b", "c")}),
        ("task.tags[entity.n].name == 'x'", {("task", "tags"), ("entity", "n")}),
        ("task == project", {("task",), ("project",)}),
        ("changes.DueOn.new != changes.DueOn.old",
         {("changes", "DueOn", "new"), ("changes", "DueOn", "old")}),
        ("entity.x == 1 ? task.a == 1 : project.b == 2",
         {("entity", "x"), ("task", "a"), ("project", "b")}),
        (".task.a == 1", {("task", "a")}),
        ("true", set()),
    ],
)  # fmt: skip
def test_an_expression_tells_every_path_it_looks_at(text: str, paths: set[Path]) -> None:
    assert compile_expr(text).paths == paths


def test_other_roots_are_allowed_where_they_stand() -> None:
    expr = compile_expr("item.at == 'x' && done.plan.total > duration('1h')", ("item", "done"))

    given = given_facts(item={"at": "x"}, done={"plan": {"total": 7200}})
    assert expr.evaluate(given)
    assert expr.paths == {("item", "at"), ("done", "plan", "total")}


class Counting:
    """Facts that note which roots were asked for."""

    def __init__(self, below: Facts) -> None:
        self.below, self.asked = below, set[str]()

    def root(self, name: str) -> object:
        self.asked.add(name)
        return self.below.root(name)

    def at_hand(self, path: Path) -> bool:
        return self.below.at_hand(path)

    def in_zone(self, timezone: str) -> Facts:
        return self.below.in_zone(timezone)


def test_only_what_is_needed_is_read() -> None:
    asked = Counting(given_facts())

    assert not compile_expr("entity.x == 2 && task.isPrio && project.x == 1").evaluate(asked)

    assert asked.asked == {"entity"}


def test_what_a_lazy_root_raises_passes_through() -> None:
    class Unreadable(Counting):
        def root(self, name: str) -> object:
            raise ConnectionError(name)

    with pytest.raises(ConnectionError):
        compile_expr("task.a == 1 || true").evaluate(Unreadable(given_facts()))


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_every_operation_has_a_row_above(name: str) -> None:
    sign = {"_[_]": "[", "@in": " in ", "-_": "-7"}.get(name, name.strip("_"))

    assert any(sign in text for text, _ in ANSWERS)


def test_the_examples_of_the_docstring_load() -> None:
    lines = inspect.cleandoc(cel.__doc__ or "").splitlines()
    examples = [line.strip()[7:-1] for line in lines if line.strip().startswith("expr: ")]

    assert len(examples) == 3
    for example in examples:
        assert compile_expr(example).text == example
