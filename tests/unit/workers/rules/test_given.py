"""What the actions' own parameters allow: which go together, ids, days as moments, and warnings."""

from __future__ import annotations

import pytest

from webhooks.errors import RuleFilesRejected
from workers.actions import VOCABULARY
from workers.rules.load import load_text
from workers.rules.model import RuleSet

AN_ID = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
LOG = 'log_time: {user: u, task: "${entity.id}", %s}'
DAY_EXPECTED = "a day such as 2026-03-27, a moment such as 2026-03-27T18:00, or ${today}"


def rules_with(action: str, keys: str = "when: task_added") -> RuleSet:
    return load_text(f"version: 1\nrules:\n  - id: a\n    {keys}\n    do: [{action}]\n", VOCABULARY)


def complaints(action: str) -> list[str]:
    with pytest.raises(RuleFilesRejected) as rejected:
        rules_with(action)
    return [f"{one.message} [{one.code}]" for one in rejected.value.mistakes]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "create_task: {name: n}",
            ["'create_task': give 'project' or 'private_for' [missing-parameter]"],
        ),
        (
            "create_task: {name: n, project: p, private_for: u}",
            ["'project' and 'private_for' exclude each other; keep one [parameters-exclude]"],
        ),
        (
            "create_task: {name: n, projct: p}",
            ["unknown parameter of 'create_task': 'projct'; did you mean 'project'?"
             " [unknown-parameter]"],
        ),
        (LOG % "note: x", ["'log_time': give 'duration' or 'start' [missing-parameter]"]),
        (
            LOG % "start: 2026-03-27T09:00",
            ["'start' needs 'end' or 'duration' [missing-parameter]"],
        ),
        (LOG % "end: 2026-03-27T09:00", ["'end' needs 'start' [missing-parameter]"]),
        (
            LOG % "start: 2026-03-27T09:00, end: 2026-03-27T10:00, duration: 1h",
            ["'duration' and 'end' exclude each other; keep one [parameters-exclude]"],
        ),
        (
            "log_time: {user: u, duration: 1h}",
            ["'log_time': give 'task' or 'project' [missing-parameter]"],
        ),
        (
            "add_comment: {task: Logo, message: m}",
            ["'task' is an id such as ${entity.id}, or a map with 'id', not 'Logo'; it has no"
             " name to go by [wrong-parameter]"],
        ),
        (
            "create_task: {name: n, project: p, due_on: 27.03.2026}",
            [f"'due_on' is {DAY_EXPECTED}, not '27.03.2026'; write 2026-03-27 [wrong-parameter]"],
        ),
        (
            "create_task: {name: n, project: p, due_on: today}",
            [f"'due_on' is {DAY_EXPECTED}, not 'today'; write \"${{today}}\" [wrong-parameter]"],
        ),
        (
            "create_task: {name: n, project: p, due_on: entity.dueOn}",
            ["'entity.dueOn' is text here; write \"${entity.dueOn}\" [path-as-text]"],
        ),
    ],
)  # fmt: skip
def test_what_an_action_could_not_do_is_a_mistake_at_load(action: str, expected: list[str]) -> None:
    assert sorted(complaints(action)) == sorted(expected)


@pytest.mark.parametrize(
    "action",
    [
        "create_task: {name: n, private_for: u}",
        "create_task: {name: n, project: p, start_on: 2026-03-27, due_on: 2026-03-27T18:00}",
        'create_task: {name: n, project: p, due_on: "${today}"}',
        'create_task: {name: n, project: p, due_on: "${add_workdays(today, 3)}"}',
        LOG % "duration: 1h",
        LOG % "start: 2026-03-27T09:00, end: 2026-03-27T10:00",
        LOG % "start: 2026-03-27T09:00, duration: 1h",
        "log_time: {user: u, project: p, duration: 1h}",
        f"add_comment: {{task: {AN_ID}, message: m}}",
        f"add_comment: {{task: {{id: {AN_ID}}}, message: m}}",
        'add_comment: {task: "${entity}", message: "see entity.id, {a}, $5.00 and $HOME"}',
    ],
)
def test_every_way_to_give_what_an_action_needs_loads(action: str) -> None:
    assert len(rules_with(action).rules) == 1


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "when: task_added\n    reason: later",
            ["'reason' says why a rule is off, and this one is live; remove it [ignored-key]"],
        ),
        (
            "when: {cron: '0 8 * * mon'}\n    for_each: {users: {}}\n    own_events: ignore",
            ["'own_events' is about events, and the clock starts this rule; remove it"
             " [ignored-key]"],
        ),
        (
            "when: [task_added, task_updated, task_added]",
            ["'task_added' is in this list already; remove it [duplicate-event]"],
        ),
        ("when: task_added\n    mode: 'off'\n    reason: later", []),
        ("when: task_added\n    own_events: handle", []),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_warned_of(keys: str, expected: list[str]) -> None:
    rules = rules_with("create_task: {name: n, project: p}", keys)

    assert [f"{one.message} [{one.code}]" for one in rules.warnings] == expected
