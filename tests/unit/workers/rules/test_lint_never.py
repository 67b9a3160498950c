"""Conditions that can never hold, and those of which nothing is said."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.linted import never, set_of, told, with_if
from workers.rules.lint import lint


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            ("entity.name: a", "entity.name: b"),
            "7: 'entity.name is b' can never hold beside 'entity.name is a' in line 6",
        ),
        (
            ("entity.plannedDuration: {at_least: 5h, less_than: 2h}",),
            "6: 'entity.plannedDuration less_than 2h' can never hold beside"
            " 'entity.plannedDuration at_least 5h' in the same line",
        ),
        (
            ("entity.dueOn: {exists: false}", "entity.isPrio: true", "entity.dueOn: {before: now}"),
            "8: 'entity.dueOn before now' can never hold beside 'entity.dueOn exists false'"
            " in line 6",
        ),
        (
            ("entity.tags: {has_all: [x, y]}", "entity.tags: {has_none: [Y]}"),
            "7: 'entity.tags has_none [Y]' can never hold beside 'entity.tags has_all [x, y]'"
            " in line 6",
        ),
        (
            ("not: {any: [entity.name: a, entity.name: b]}", "entity.name: [A, B]"),
            "7: 'entity.name in [A, B]' can never hold beside 'not entity.name is a' in line 6"
            " and 'not entity.name is b' in line 6",
        ),
        (
            ("entity.name: {starts_with: INT-}", "entity.name: {starts_with: EXT-}"),
            "7: 'entity.name starts_with EXT-' can never hold beside"
            " 'entity.name starts_with INT-' in line 6",
        ),
        (
            (
                "entity.commentCount: {at_least: 3}",
                "entity.commentCount: {at_most: 3}",
                "entity.commentCount: {is_not: 3}",
            ),
            "8: 'entity.commentCount is_not 3' can never hold beside"
            " 'entity.commentCount at_least 3' in line 6 and 'entity.commentCount at_most 3'"
            " in line 7",
        ),
        (
            ("changed: dueOn", "not: {changed: dueOn}"),
            "7: 'not changed dueOn' can never hold beside 'changed dueOn' in line 6",
        ),
        (
            ("entity.plannedDuration: {starts_with: x}",),
            "6: 'entity.plannedDuration starts_with x' can never hold: entity.plannedDuration"
            " holds a duration; compare it with one, such as {at_least: 1h}",
        ),
        (
            ("entity.dueOn: today",),
            "6: 'entity.dueOn is today' can never hold: entity.dueOn holds a moment such as"
            " 2026-03-27T09:30:00Z; write before, after or within, or for one day"
            " {at_least: today, at_most: today}",
        ),
        (
            ("entity.tags: auto-plan",),
            "6: 'entity.tags is auto-plan' can never hold: entity.tags holds a list; look into it"
            " with has, has_any, has_all or has_none",
        ),
    ],
)
def test_what_can_never_hold_is_told_with_what_it_contradicts(
    conditions: tuple[str, ...], message: str
) -> None:
    assert never(*conditions) == [f"{message}; the rule never matches"]


@pytest.mark.parametrize(
    "conditions",
    [
        # times: a day is a day in the rule's zone, and a day further there is no room
        ("entity.dueOn: {before: '2026-03-01'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2026-03-02'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {at_least: '2026-03-02T08:00'}", "entity.dueOn: {before: '2026-03-02'}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {at_least: now}"),
        ("entity.dueOn: {within: {next: 2d}}", "entity.dueOn: {before: today}"),
        ("entity.dueOn: {within: {last: 2d}}", "entity.dueOn: {after: today}"),
        ("now: {after: '2026-03-01T08:00'}", "now: {before: '2026-03-01'}"),
        ("today: {after: '2026-03-01'}", "today: {at_most: '2026-03-01'}"),
        # equality
        ("entity.name: [a, b]", "entity.name: {not_in: [A, B, c]}"),
        ("entity.name: {is_not: a}", "entity.name: a"),
        ("entity.isPrio: true", "entity.isPrio: false"),
        ("entity.plannedDuration: 30m", "entity.plannedDuration: {not_in: [1800]}"),
        ("entity.project: A", "entity.project: B", "entity.project: C", "entity.project: D"),
        # text
        ("entity.name: {contains: x}", "not: {entity.name: {contains: x}}"),
        ("entity.name: {ends_with: abc}", "not: {entity.name: {contains: b}}"),
        ("entity.name: abc", "entity.name: {starts_with: x}"),
        # lists
        ("entity.tags: {has: a}", "not: {entity.tags: {has_any: [a, b]}}"),
        ("entity.tags: {has: a}", "entity.tags: {exists: false}"),
        # whatever the field holds: numbers may come as text in changes
        (
            "changes.PlannedDuration.new: {at_least: 1h}",
            "changes.PlannedDuration.new: {at_most: 9m}",
        ),
        # turned round: what is absent stays absent
        ("not: {any: [entity.commentCount: {at_least: 1}, entity.commentCount: {less_than: 1}]}",),
        ("not: {entity.isPrio: {exists: true}}", "entity.isPrio: false"),
        # no such operator for such a field
        ("entity.isPrio: 'true'",),
        ("entity.isPrio: {at_least: 1}",),
        ("entity.dueOn: {at_least: 1h}",),
        ("entity.dueOn: 2026-03-27",),
        ("entity.plannedDuration: soon",),
        ("entity.plannedDuration: {matches: x}",),
        ("entity.name: {has: a}",),
        ("entity.project: {contains: a}",),
        ("not: {entity.tags: auto-plan}",),
        ("entity.dueOn: {within: 0s}",),
        ("entity.dueOn: {within: {next: 0m}}",),
    ],
)
def test_there_is_one_warning_for_what_can_never_hold(conditions: tuple[str, ...]) -> None:
    found = lint(with_if(*conditions))

    assert [one.code for one in found] == ["never-met"]
    assert found[0].line == 5 + len(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        ("entity.dueOn: {before: '2026-03-03'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2026-03-02T09:00'}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: today}", "entity.dueOn: {after: '2026-03-01'}"),
        ("entity.dueOn: {before: '2020-01-01'}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {within: {next: 2d}}", "entity.dueOn: {after: today}"),
        ("entity.dueOn: {within: 2d}", "entity.dueOn: {before: today}"),
        ("entity.dueOn: {within: {next: 1m}}", "entity.dueOn: {within: {last: 1m}}"),
        ("entity.dueOn: {within: 30m}", "entity.dueOn: '2026-03-27T12:00:00Z'"),
        ("changes.DueOn.new: {within: {next: 6h}}", "changes.DueOn.new: {before: today}"),
        ("entity.dueOn: {at_least: today, at_most: today}",),
        ("entity.dueOn: {at_least: now, at_most: now}",),
        ("entity.dueOn: {starts_with: 2026-03}", "entity.dueOn: {before: '2027-01-01'}"),
        ("entity.dueOn: '2026-03-27T00:00:00Z'",),
        ("entity.name: {starts_with: ab}", "entity.name: {starts_with: abc}"),
        ("entity.name: {starts_with: aba, ends_with: bab}",),
        ("entity.name: {matches: ^a}", "entity.name: {matches: ^b}"),
        ("entity.name: {at_least: 5}", "entity.name: {starts_with: '1'}"),
        ("entity.name: '5'", "entity.name: {at_least: 3}"),
        ("entity.project: Customer portal", "entity.project: 7d3a"),
        ("entity.assignees: {has: Mara}", "entity.assignees: {has_none: [Timo]}"),
        ("entity.tags: {has_any: [a, b]}", "entity.tags: {has_none: [a]}"),
        ("entity.commentCount: {at_least: 1}", "task.commentCount: {less_than: 1}"),
        ("entity.commentCount: {more_than: 1, less_than: 2}",),
        ("any: [entity.name: a, entity.name: b]", "entity.name: [a, b]"),
        ("not: {all: [entity.name: a, entity.isPrio: true]}", "entity.name: a"),
        ("entity.unheard.of: a", "entity.unheard.of: b"),
        ("entity.unheard.of: {at_least: 1h}", "entity.unheard.of: {starts_with: '9'}"),
        ("changed: dueOn", "changed: startOn"),
        ("expr: task.isPrio == true", "not: {expr: 'task.commentCount > 3'}"),
        ("entity.name: [" + ", ".join("abcdefghijklmnopqrst") + "]", "entity.name: {is_not: a}"),
        ("entity.tags: {has_none: [" + ", ".join("abcdefghijklmnopqrst") + "]}",),
    ],
)
def test_in_doubt_nothing_is_said(conditions: tuple[str, ...]) -> None:
    assert lint(with_if(*conditions)) == ()


def test_case_counts_where_the_file_says_so() -> None:
    conditions = ("entity.name: Done", "entity.name: {is_not: done}")
    exact = "version: 1\ndefaults: {case: exact}\nrules:\n"

    assert lint(with_if(*conditions, head=exact)) == ()
    assert len(never(*conditions)) == 1


def test_an_alternative_that_can_never_hold_is_told_apart_from_the_rule() -> None:
    one = never("entity.name: a", "any: [entity.name: b, entity.isPrio: true]")
    both = never("entity.name: a", "any: [entity.name: b, {entity.name: c, entity.isPrio: true}]")

    assert one == [
        "7: 'entity.name is b' can never hold beside 'entity.name is a' in line 6;"
        " this alternative never holds"
    ]
    assert [line.rpartition("; ")[2] for line in both] == ["the rule never matches"] * 2


def test_conditions_of_an_action_are_held_against_those_of_the_rule() -> None:
    do = "    do:\n      - add_comment: {task: t, message: m}\n        if:\n"
    rules = set_of(
        "  - id: a\n    when: task_updated\n    if:\n      - entity.isPrio: true\n"
        f"{do}          - entity.isPrio: false\n"
    )

    assert told(lint(rules)) == [
        "10:1: 'entity.isPrio is false' can never hold beside 'entity.isPrio is true' in line 6;"
        " 'add_comment' never runs [never-met]"
    ]
