"""Which rules an event meets, and what it takes to know."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.asked import AskedFacts, asked_facts
from tests.unit.workers.rules.rules import NOW, considered, facts, rules_if
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RunFailed, TargetBusy
from workers.rules.facts import EventFacts, Path
from workers.rules.load import load_text
from workers.rules.match import Considered, consider, free_verdict, match, meets
from workers.rules.model import Rule, Step

_RULE = """\
  - id: {id}
    mode: {mode}
    reason: testing
    when: {when}
    if: [entity.x: 1]
    do: [{{add_comment: {{task: t, message: m}}}}]
"""

#: conditions that cost nothing, and conditions that take reading the task or the user
FREE_T, FREE_F, FREE_A = "{entity.x: 1}", "{entity.x: 2}", "{entity.gone: 1}"
TASK_T, TASK_F, USER_T, USER_F = "{task.a: 1}", "{task.a: 2}", "{user.b: 1}", "{user.b: 2}"
OBJECTS = {"task": {"a": 1}, "user": {"b": 1}}
REFUSED = RunFailed("read-refused", "awork refuses GET /tasks/t1")


def rule_set(*rules: tuple[str, str, str]) -> str:
    items = "".join(_RULE.format(id=i, mode=mode, when=when) for i, mode, when in rules)
    return f"version: 1\nrules:\n{items}"


def rule_if(*conditions: str, mode: str = "live") -> Rule:
    items = "".join(f"      - {condition}\n" for condition in conditions)
    text = rule_set(("a", mode, "task_updated")).replace(
        "    if: [entity.x: 1]\n", f"    if:\n{items}"
    )
    [rule] = load_text(text, VOCABULARY).rules
    return rule


def event() -> AskedFacts:
    return asked_facts({"x": 1}, OBJECTS)


def verdicts(one: Considered) -> list[str]:
    return [step.verdict for step in one.trace]


def test_rules_come_in_file_order_with_their_verdicts() -> None:
    text = rule_set(
        ("z", "live", "task_updated"),
        ("other", "live", "user_added"),
        ("paused", "off", "task_updated"),
        ("a", "shadow", "[user_added, task_updated]"),
    )
    rules = load_text(text, VOCABULARY)

    found = match(rules, "task_updated", facts({"x": 1}))

    assert [(one.rule.id, one.verdict) for one in found] == [
        ("z", "matched"),
        ("paused", "off"),
        ("a", "matched"),
    ]
    assert found[1].trace == ()


def test_a_kind_nobody_listens_to_considers_nothing() -> None:
    rules = load_text(rule_set(("a", "live", "task_updated")), VOCABULARY)

    assert match(rules, "made_up", facts({"x": 1})) == ()


def test_one_rule_alone_is_considered_whatever_it_listens_to() -> None:
    text = rule_set(("a", "live", "task_updated"), ("b", "live", "user_added"))
    rules = load_text(text, VOCABULARY)

    assert [one.rule.id for one in match(rules, "task_updated", facts({}), only="b")] == ["b"]
    assert match(rules, "task_updated", facts({}), only="c") == ()


def test_changes_are_compared_as_sent() -> None:
    """awork sends numbers in `changes` as text."""
    rules = rules_if(
        "changes.PlannedDuration.new: {at_least: 8h}",
        "changes.PlannedDuration.old: {less_than: 8h}",
    )
    change = {"property": "PlannedDuration", "old": "21600", "new": "28800"}

    assert considered(rules, {}, changes=[change]).verdict == "matched"
    assert considered(rules, {}).verdict == "not-matched"


def test_each_rule_is_asked_in_its_own_zone() -> None:
    berlin = rules_if("today: 2026-11-21", defaults="{timezone: Europe/Berlin}")
    new_york = rules_if("today: 2026-11-20", defaults="{timezone: America/New_York}")

    for rules in (berlin, new_york):
        [one] = match(rules, "task_updated", EventFacts({}, NOW))
        assert one.verdict == "matched"


@pytest.mark.parametrize(
    ("conditions", "matched", "read"),
    [
        ([TASK_T, FREE_F], False, []),
        ([TASK_T, FREE_A], False, []),
        ([f"all: [{TASK_T}, {FREE_F}]"], False, []),
        ([f"any: [{TASK_T}, {FREE_T}]"], True, []),
        ([f"not: {{any: [{TASK_T}, {FREE_T}]}}"], False, []),
        ([f"any: [{TASK_T}, {{all: [{USER_T}, {FREE_F}]}}]"], True, ["task"]),
        ([USER_T, f"any: [{TASK_T}, {FREE_F}]", FREE_T], True, ["user", "task"]),
        ([f"any: [{USER_T}, {TASK_T}]", TASK_F], False, ["user", "task"]),
        ([TASK_F, USER_T], False, ["task"]),  # the first that settles it is the last to be read
        ([f"any: [{TASK_T}, {USER_T}]"], True, ["task"]),
        ([f"all: [{TASK_F}, {USER_T}]"], False, ["task"]),
        (["project.name: {exists: false}"], True, ["project"]),
        (["expr: \"task.a == 1 && entity.x == 1\""], True, ["task"]),
        (["expr: \"task.a == 1\"", FREE_F], False, []),
    ],
)  # fmt: skip
def test_an_event_that_a_free_condition_rules_out_costs_no_call(
    conditions: list[str], matched: bool, read: list[str]
) -> None:
    here = event()

    one = consider(rule_if(*conditions), here)

    assert (one.verdict == "matched", here.read) == (matched, read)


def test_the_trace_is_in_file_order_whatever_was_evaluated_first() -> None:
    one = consider(rule_if(TASK_T, f"any: [{USER_T}, {FREE_T}]", FREE_F), event())

    assert verdicts(one) == ["not evaluated", "met", "not met"]
    assert [step.verdict for step in one.trace[1].children] == ["not evaluated", "met"]


def test_what_was_read_for_one_rule_is_at_hand_for_the_next() -> None:
    here = event()
    consider(rule_if(TASK_T), here)

    one = consider(rule_if(USER_T, TASK_F), here)

    assert verdicts(one) == ["not evaluated", "not met"]
    assert here.read == ["task"]


def test_rules_that_look_only_at_the_event_ask_nothing_about_cost() -> None:
    class Unasked(AskedFacts):
        def at_hand(self, path: Path) -> bool:
            raise AssertionError(path)

    rule = rule_if("entity.x: 1", "changed: dueOn", "now: {exists: true}", "event.a: b")

    one = consider(rule, Unasked(facts({"x": 1}, changes=[{"property": "DueOn"}]), OBJECTS))

    assert verdicts(one) == ["met", "met", "met", "absent"]


def test_shadow_evaluates_to_the_end() -> None:
    here = event()

    one = consider(rule_if(TASK_F, USER_T, FREE_T, mode="shadow"), here)

    assert (one.verdict, verdicts(one)) == ("not-matched", ["not met", "met", "met"])
    assert here.read == ["task", "user"]


def test_shadow_makes_no_call_for_what_free_conditions_rule_out() -> None:
    here = event()
    nested = f"any: [{TASK_T}, {FREE_T}]"

    one = consider(rule_if(FREE_F, TASK_T, nested, FREE_A, mode="shadow"), here)

    assert (one.verdict, verdicts(one)) == (
        "not-matched", ["not met", "not evaluated", "met", "absent"]
    )  # fmt: skip
    assert here.read == []


def test_whole_evaluates_everything() -> None:
    here = event()
    nested = f"any: [{TASK_T}, {FREE_T}]"
    rules = rules_if(FREE_F, nested, USER_F)

    [one] = match(rules, "task_updated", here, whole=True)

    assert verdicts(one) == ["not met", "met", "not met"]
    assert [step.verdict for step in one.trace[1].children] == ["met", "met"]
    assert here.read == ["task", "user"]


def test_whole_looks_into_what_a_free_part_has_settled() -> None:
    here = event()

    one = consider(rule_if(f"any: [{TASK_T}, {FREE_T}]"), here, whole=True)

    assert [step.verdict for step in one.trace[0].children] == ["met", "met"]


def test_a_fact_that_cannot_be_read_fails_its_rule_and_no_other() -> None:
    here = asked_facts({"x": 1}, {"task": REFUSED})
    text = rule_set(("a", "live", "task_updated"), ("b", "live", "task_updated"))
    rules = load_text(text.replace("entity.x: 1", "task.a: 1", 1), VOCABULARY)

    first, second = match(rules, "task_updated", here)

    assert (first.verdict, first.error) == ("failed", REFUSED)
    assert [(step.verdict, step.note) for step in first.trace] == [("not evaluated", str(REFUSED))]
    assert (second.verdict, second.error) == ("matched", None)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        ([TASK_T, USER_F], "not-matched"),
        ([TASK_T, USER_T], "failed"),
        ([f"any: [{TASK_T}, {USER_T}]"], "matched"),
        ([f"all: [{TASK_T}, {USER_F}]"], "not-matched"),
        ([f"any: [{TASK_T}, {USER_F}]"], "failed"),
        ([f"any: [{USER_T}, {TASK_T}]", USER_F], "not-matched"),
        ([f"not: {TASK_T}", FREE_T], "failed"),
    ],
)
def test_what_is_settled_without_it_does_not_fail(
    conditions: list[str], verdict: str, whole: bool
) -> None:
    for mode in ("live", "shadow"):
        here = asked_facts({"x": 1}, OBJECTS | {"task": REFUSED})

        assert consider(rule_if(*conditions, mode=mode), here, whole=whole).verdict == verdict


def test_a_failure_does_not_outlive_what_settles_the_matter_later() -> None:
    """Whose event it is costs nothing, and is still asked of awork once."""
    here = asked_facts({"x": 1}, OBJECTS | {"event": REFUSED})
    either = f"any: [{{event.isOurs: true}}, {TASK_T}]"

    assert consider(rule_if(either), here).verdict == "matched"
    assert consider(rule_if(either.replace(TASK_T, TASK_F)), here).verdict == "failed"


def test_a_fact_that_was_refused_before_is_no_reason_to_fail_early() -> None:
    here = asked_facts({"x": 1}, OBJECTS | {"task": REFUSED})
    consider(rule_if(TASK_T), here)

    assert consider(rule_if(TASK_T, FREE_F), here).verdict == "not-matched"
    assert consider(rule_if(TASK_T, USER_F), here).verdict == "not-matched"


@pytest.mark.parametrize("whole", [False, True])
def test_an_expression_that_is_answered_without_a_refused_fact_is_answered(whole: bool) -> None:
    """The trace shows what its paths held, and leaves out one that was refused before."""
    here = asked_facts({"x": 1}, OBJECTS | {"task": REFUSED})
    rule = rule_if("any: [task.a: 1, user.b: 1]", 'expr: "entity.x == 1 || task.a == user.b"')

    one = consider(rule, here, whole=whole)

    assert (one.verdict, here.read) == ("matched", ["task", "user"])
    assert one.trace[1].value == {"entity.x": 1, "user.b": 1}


def test_what_may_pass_is_tried_again_with_the_whole_event() -> None:
    here = asked_facts({"x": 1}, {"task": TargetBusy("awork is busy")})

    with pytest.raises(TargetBusy):
        match(rules_if(TASK_T), "task_updated", here)


@pytest.mark.parametrize(
    ("conditions", "verdict", "steps"),
    [
        ([TASK_T, FREE_T], "undecided", ["not evaluated", "met"]),
        ([TASK_F, FREE_F, FREE_T], "not-matched", ["not evaluated", "not met", "not evaluated"]),
        ([FREE_T], "undecided", ["met"]),
        ([f"any: [{TASK_F}, {FREE_F}]"], "undecided", ["not evaluated"]),
        ([f"not: {{any: [{TASK_F}, {FREE_T}]}}"], "not-matched", ["not met"]),
    ],
)
def test_what_is_at_hand_may_rule_a_rule_out_before_anything_is_read(
    conditions: list[str], verdict: str, steps: list[str]
) -> None:
    here = event()

    one = free_verdict(rule_if(*conditions), here)

    assert (one.verdict, verdicts(one), here.read) == (verdict, steps, [])


def test_a_rule_that_is_off_is_off_however_it_is_considered() -> None:
    rule = rule_if(TASK_T, mode="off")

    assert consider(rule, event(), whole=True) == Considered(rule, "off")
    assert free_verdict(rule, event()) == Considered(rule, "off")


def test_the_conditions_of_an_action_are_asked_in_the_same_way() -> None:
    here = event()
    conditions = rule_if(TASK_T, FREE_F).conditions

    met, steps = meets(conditions, here)
    all_met, whole = meets(conditions[:1], here, whole=True)

    assert (met, [step.verdict for step in steps]) == (False, ["not evaluated", "not met"])
    assert (all_met, [step.verdict for step in whole]) == (True, ["met"])
    assert meets((), here) == (True, ())
    with pytest.raises(RunFailed):
        meets(conditions[:1], asked_facts({}, {"task": REFUSED}))


def test_the_trace_of_an_expression_shows_what_it_looked_at() -> None:
    expression = "task.a == 1 && user.b == 2"
    rule = rule_if(f'expr: "{expression}"')

    before = consider(rule, asked_facts({}, {"task": {}, "user": {}}))
    after = consider(rule, event())

    assert before.trace[0].verdict == "absent"
    assert before.trace[0].note
    assert after.trace == (
        Step(
            f"expr {expression}", {"task.a": 1, "user.b": 1}, "not met", (), rule.conditions[0].line
        ),
    )
