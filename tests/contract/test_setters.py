"""What is set of a task is as wanted in the end, whatever happens to the request and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.trying import TASK_ID, Try, trying
from tests.setters import SETTERS, Setter
from tests.worker import outcomes
from webhooks.store.client import Client
from workers.drain import work_on

SHADOW = "version: 1\nrules:\n  - id: r\n    when: task_added\n    mode: shadow\n    do:\n      - "
EACH = pytest.mark.parametrize("setter", SETTERS, ids=lambda setter: setter.name)


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def now(attempt: Try, setter: Setter) -> object:
    """What the sandbox has of it."""
    return setter.part(attempt.sandbox.world.tasks[TASK_ID])


@EACH
def test_awork_is_sent_what_is_wanted_and_has_it_then(attempt: Try, setter: Setter) -> None:
    before = now(attempt, setter)

    run = attempt(setter.action)

    assert (before, now(attempt, setter)) == (setter.before, setter.wanted)
    assert (run.outcome, outcomes(run)) == ("done", ["done"])
    [call] = attempt.sandbox.writes()
    assert (call.path, call.body) == (setter.path, setter.body)


@EACH
@pytest.mark.parametrize("kind", ["drop_after", "fail_after"])
def test_when_the_answer_is_lost_it_is_set_once(
    attempt: Try, setter: Setter, kind: Literal["drop_after", "fail_after"]
) -> None:
    one = attempt.prepare(setter.action)
    attempt.sandbox.faults.add(kind, "POST", setter.path)

    first = one.work()
    told: list[object] = []
    attempt.sandbox.world.listeners.append(told.append)
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, second.outcome) == ("later", "done")
    assert now(attempt, setter) == setter.wanted
    assert [call.body for call in attempt.sandbox.writes()] == [setter.body] * setter.sent
    # Sent again or not, it changed nothing more: awork had no event to tell of.
    assert told == []


@EACH
def test_what_never_arrived_is_set_in_the_end(attempt: Try, setter: Setter) -> None:
    one = attempt.prepare(setter.action)
    attempt.sandbox.faults.add("drop_before", "POST", setter.path)

    run = one.work()
    while run.outcome == "later":
        one.clock.forward(seconds=10)
        run = one.work()

    assert run.outcome == "done"
    assert now(attempt, setter) == setter.wanted
    assert len(attempt.sandbox.writes()) == 1


@EACH
def test_two_workers_with_the_same_event_set_it_once(attempt: Try, setter: Setter) -> None:
    one = attempt.prepare(setter.action)
    slow = one.claim()
    one.clock.forward(seconds=61)
    quick = one.claim()

    work_on(quick, one.deps)
    work_on(slow, one.deps)

    assert one.run(quick.id).outcome == "done"
    assert [call.body for call in attempt.sandbox.writes()] == [setter.body]


@EACH
def test_a_refusal_is_for_good_and_in_awork_s_words(attempt: Try, setter: Setter) -> None:
    attempt.sandbox.faults.add(
        "refuse", "POST", setter.path, status=400, code="illegal-property-transition"
    )

    run = attempt(setter.action)

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert f"POST {setter.path}: 400 illegal-property-transition" in run.message
    assert now(attempt, setter) == setter.before


@EACH
def test_a_task_that_is_gone_is_settled_as_gone(attempt: Try, setter: Setter) -> None:
    attempt.sandbox.faults.add("refuse", "POST", setter.path, status=404, code="not-found")

    run = attempt(setter.action)

    assert run.outcome == "gone"


@EACH
def test_an_event_that_is_judged_again_sets_nothing_again(attempt: Try, setter: Setter) -> None:
    one = attempt.prepare(setter.action)
    first = one.work()

    one.deps.turns.replay("event-1")
    second = one.work()

    assert (first.outcome, second.outcome) == ("done", "done")
    assert len(attempt.sandbox.writes()) == 1


@EACH
def test_a_try_after_others_sends_what_was_decided_first(attempt: Try, setter: Setter) -> None:
    one = attempt.prepare(setter.action)
    attempt.sandbox.faults.add("rate_limit", "POST", setter.path)
    one.work()

    with attempt.sandbox.world.muted():
        attempt.sandbox.world.tasks[TASK_ID].update(tags=[], isPrio=True)
    one.clock.forward(seconds=10)
    run = one.work()

    assert run.outcome == "done"
    assert [call.body for call in attempt.sandbox.writes()] == [setter.body]


@EACH
def test_in_shadow_it_is_shown_and_not_sent(setter: Setter, make: Make, sandbox: Sandbox) -> None:
    one = make(SHADOW + setter.action)
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    [write] = run.rules[0].actions[0].writes
    assert (run.outcome, write.outcome, write.body) == ("shadow", "shadow", setter.body)
    assert [call for call in sandbox.calls if call.method != "GET"] == []


@pytest.mark.parametrize(
    ("action", "note"),
    [
        ("change_status: {%s, status: to do}", "'Build checkout page' is 'To do' already"),
        ("add_tags: {%s, tags: BILLABLE}", "the task has all of BILLABLE already"),
        (
            "set_assignees: {%s, assignees: [Timo Brandt]}",
            "'Build checkout page' is assigned to Timo Brandt already",
        ),
        (
            "set_assignees: {%s, assignees: [], keep: true}",
            "'Build checkout page' is assigned to Timo Brandt already",
        ),
        ("set_priority: {%s, prio: false}", "'Build checkout page' is not a priority already"),
    ],
)
def test_what_is_so_already_is_not_sent_and_the_record_says_so(
    attempt: Try, action: str, note: str
) -> None:
    run = attempt(action % 'task: "${entity.id}"')

    assert (run.outcome, run.rules[0].actions[0].message) == ("done", note)
    assert attempt.sent == []
