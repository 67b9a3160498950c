"""Two rules that set one thing back and forth are paused and told; everything else goes on."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.echoes import Echo
from tests.stored import enlist, sweep
from webhooks.store import keys, scripts
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.problems import Problems
from webhooks.store.reply import texts

TASK = samples.sample("task_updated")["entity"]["id"]
#: each answers what the other does
TOGGLING = """
version: 1
rules:
  - id: up
    MODE
    own_events: handle
    when: task_updated
    if: [{entity.isPrio: false}]
    do: [{set_priority: {task: "${entity.id}", prio: true}}]
  - id: down
    MODE
    own_events: handle
    when: task_updated
    if: [{entity.isPrio: true}]
    do: [{set_priority: {task: "${entity.id}", prio: false}}]
"""
#: each plans the task in its own way, for the events of people
PLANNING = """
version: 1
defaults: {timezone: Europe/Berlin, working_hours: {mon-fri: ["09:00-17:00"]}}
rules:
  - id: short
    when: task_updated
    if: [{entity.name: short}]
    do: [{plan_task: {task: "${entity.id}", effort: 2h, on_overload: shift}}]
  - id: long
    when: task_updated
    if: [{entity.name: long}]
    do: [{plan_task: {task: "${entity.id}", effort: 4h, on_overload: shift}}]
"""
A, B = ("a", "1" * 16), ("b", "2" * 16)
HOUR_MS = 3_600_000
NOW_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("sets", "paused", "left"),
    [
        ([["a", "b"]], ["a", "b"], {"rule:a:loop", "rules:a+b:undo-each-other"}),
        ([["b"]], ["a", "b"], {"rules:a+b:undo-each-other"}),
        ([["b"]], ["a"], set()),
        ([[]], ["a", "b"], set()),
        ([["a", "b"], ["b"]], ["a"], {"rule:a:loop", "rules:a+b:undo-each-other"}),
    ],
    ids=["there", "one-gone", "one-gone-the-other-resumed", "both-gone", "gone-for-some"],
)
def test_a_circle_of_a_rule_that_is_in_no_files_any_more_is_over(
    client: Client, sets: list[list[str]], paused: list[str], left: set[str]
) -> None:
    """Unless the other one is still paused, or some worker still has the rule."""
    inbox, problems = Inbox(client, retention_s=9), Problems(client)
    for cause in ("rule:a:loop", "rules:a+b:undo-each-other", "awork:refused"):
        problems.raised(cause, "told")
    for rule in paused:
        client.hset(keys.UNNAMED.paused, rule, "why")
    for rules in sets:
        enlist(inbox, f"w{rules}", bell="", rules_hash=f"{rules}", rules=rules)

    sweep(inbox, "w", worker_silent_s=10)

    assert {one.cause for one in problems.all()} == left | {"awork:refused"}
    assert texts(client.hgetall(keys.UNNAMED.paused)) == dict.fromkeys(paused, "why")


def test_two_rules_that_undo_each_other_are_both_paused_and_told(
    make: Make, sandbox: Sandbox
) -> None:
    echo = Echo(make(TOGGLING.replace("MODE", "mode: live")), sandbox)

    runs = echo.begin(samples.fresh("task_updated", isPrio=False))

    assert [run.outcome for run in runs] == ["done"] * 6 + ["later"]
    assert len(sandbox.writes("/tasks/settaskpriority")) == 6
    paused = echo.one.deps.redis.hgetall(keys.UNNAMED.paused)
    assert paused == {
        mine.encode(): (
            f"it and {theirs} undo each other: they set the priority of task {TASK} to different"
            f" values in turn; let their conditions exclude each other; then hookwork resume {mine}"
        ).encode()
        for mine, theirs in (("up", "down"), ("down", "up"))
    }
    [problem] = Problems(echo.one.deps.redis).all()
    assert problem.cause == "rules:down+up:undo-each-other"


def test_once_resumed_they_go_on_until_they_have_done_it_as_often_again(
    make: Make, sandbox: Sandbox
) -> None:
    echo = Echo(make(TOGGLING.replace("MODE", "mode: live")), sandbox)
    echo.begin(samples.fresh("task_updated", isPrio=False))
    echo.one.deps.redis.delete(keys.UNNAMED.paused)
    echo.one.clock.forward(minutes=2)

    echo.go_on()

    assert len(sandbox.writes("/tasks/settaskpriority")) == 12
    assert echo.one.deps.redis.hlen(keys.UNNAMED.paused) == 2


def test_rules_that_plan_one_task_in_turn_are_noticed_without_own_events(
    make: Make, sandbox: Sandbox
) -> None:
    echo = Echo(make(PLANNING), sandbox)

    for name in ("short", "long") * 3:
        now = {"timestamp": echo.one.clock.now.isoformat()}
        (run,) = echo.begin(samples.fresh("task_updated", name=name) | now)
        assert run.outcome == "done"
        # So long a write may not show in awork's list.
        echo.one.clock.forward(minutes=2)

    assert set(echo.one.deps.redis.hkeys(keys.UNNAMED.paused)) == {b"short", b"long"}


def test_one_plan_that_is_kept_is_no_quarrel(make: Make, sandbox: Sandbox) -> None:
    echo = Echo(make(PLANNING), sandbox)

    for _ in range(8):
        echo.begin(samples.fresh("task_updated", name="short"))

    assert echo.one.deps.redis.hlen(keys.UNNAMED.paused) == 0
    assert echo.one.deps.redis.llen(keys.UNNAMED.sets(TASK, "plan")) == 1


def test_in_shadow_nothing_is_set(make: Make, sandbox: Sandbox) -> None:
    echo = Echo(make(TOGGLING.replace("MODE", "mode: shadow")), sandbox)

    for number in range(8):
        echo.begin(samples.fresh("task_updated", isPrio=bool(number % 2)))

    assert echo.one.deps.redis.keys(keys.UNNAMED.sets("*", "*")) == []


@pytest.mark.parametrize(
    ("turns", "steps_ms", "found"),
    [
        ([A, B, A, B, A, B], 0, "a"),
        ([B, A, B, A, B, A], 0, "b"),
        ([A, A, B, B, A, B, B, A, B], 0, "a"),
        # within the hour, and no longer
        ([A, B, A, B, A, B], HOUR_MS // 5, "a"),
        ([A, B, A, B, A, B], HOUR_MS // 5 + 1, None),
        # too few
        ([A, B, A, B, A], 0, None),
        # one rule alone
        ([A, ("a", B[1])] * 3, 0, None),
        # one value
        ([A, ("b", A[1])] * 3, 0, None),
        # a third value, a third rule
        ([A, B, A, B, A, ("b", "3" * 16)], 0, None),
        ([A, ("b", "3" * 16), A, B, A, B], 0, None),
        ([A, ("c", B[1]), A, B, A, B], 0, None),
        ([A, B, A, B, ("c", "3" * 16), A, B], 0, None),
    ],
)
def test_six_turns_of_two_rules_with_two_values_are_a_quarrel(
    client: Client, turns: list[tuple[str, str]], steps_ms: int, found: str | None
) -> None:
    answers = [
        record(client, number, rule, value, now_ms=NOW_MS + number * steps_ms)
        for number, (rule, value) in enumerate(turns)
    ]

    assert [answer[0] for answer in answers[:-1]] == [b"ok"] * (len(turns) - 1)
    assert answers[-1] == ([b"undoing", found.encode()] if found else [b"ok"])


def record(client: Client, number: int, rule: str, value: str, *, now_ms: int) -> list[Any]:
    """A write that was done, and what it sets."""
    marks = ("", "", 1, now_ms, "", now_ms, keys.UNNAMED.sets("t1", "priority"), rule, value)
    effect = f"{rule}/a/{number}"
    answer: list[Any] = scripts.run(
        client, "record", now_ms, f"e{number}", 1, effect, "d{}", "", 1_000, "done", *marks
    )
    return answer


def test_every_expiry_is_in_force(make: Make, sandbox: Sandbox) -> None:
    echo = Echo(make(TOGGLING.replace("MODE", "mode: live")), sandbox)
    echo.one.deliver(samples.fresh("task_updated", isPrio=False))
    echo.one.work()
    store = echo.one.deps.redis

    assert 3_500 < store.ttl(keys.UNNAMED.sets(TASK, "priority")) <= 3_600
    assert 3_500 < store.ttl(keys.UNNAMED.hops(TASK)) <= 3_600
