"""Stopping a timer: this one, once, and never the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.faults import Kind
from tests import samples
from tests.contract.entered import MORNING, enter
from tests.contract.trying import TASK_ID, TIMO, Try, trying, why
from tests.worker import outcomes
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import work_on
from workers.facts.reads import Reads
from workers.rules.facts import ABSENT

STOP = "stop_timer: {time_entry: %s}"
PATH = f"/users/{TIMO}/timetracking/stop"
#: since 08:05 in Berlin
RUNNING: dict[str, Any] = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:05:00"}
NEXT: dict[str, Any] = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "09:00:00"}
ENDED = "nothing is written: the timer does not run any more"


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def stops(attempt: Try) -> list[str]:
    """Where stops were sent, whatever became of them."""
    return [call.path for call in attempt.sandbox.calls if call.method != "GET"]


def runs(attempt: Try, ident: str) -> bool:
    return attempt.sandbox.world.entries[ident].get("endTimeUtc") is None


def test_the_timer_of_the_entrys_person_is_stopped(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    ended = '"${done.stop_timer.stopped} ${done.stop_timer.id}"'
    comment = f"\n      - add_comment: {{task: {TASK_ID}, message: {ended}}}"

    run = attempt(STOP % ident + comment)

    stopped, told = [call for call in attempt.sandbox.calls if call.method != "GET"]
    assert (stopped.path, stopped.body) == (PATH, None)
    assert told.body == {"message": f"true {ident}"}
    assert not runs(attempt, ident)
    assert run.rules[0].actions[0].writes[0].summary == "timer of Timo Brandt stopped"


def test_a_paused_timer_is_stopped_too(attempt: Try) -> None:
    pause = {"startDate": "2026-11-20T08:00:00Z"}
    ident = enter(attempt.sandbox, RUNNING, breaks=[pause])

    run = attempt(STOP % ident)

    assert (outcomes(run), runs(attempt, ident)) == (["done"], False)


@pytest.mark.parametrize(
    "times", [MORNING, {"startDateLocal": "2026-11-20T00:00:00", "duration": 300}]
)
def test_what_does_not_run_is_left_alone(attempt: Try, times: dict[str, Any]) -> None:
    ident = enter(attempt.sandbox, times)
    other = enter(attempt.sandbox, RUNNING)

    run = attempt(STOP % ident)

    assert (run.outcome, stops(attempt)) == ("done", [])
    assert run.rules[0].actions[0].message == ENDED
    assert runs(attempt, other)


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_after_a_lost_answer_the_timer_started_since_is_not_stopped(
    attempt: Try, fault: Kind
) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    attempt.sandbox.faults.add(fault, "POST", PATH)

    first = one.work()
    following = enter(attempt.sandbox, NEXT)
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, first.reason) == ("later", "outcome-unknown")
    assert (second.outcome, outcomes(second)) == ("done", ["adopted"])
    assert (len(stops(attempt)), runs(attempt, following)) == (1, True)


def test_a_stop_that_never_arrived_is_sent_after_two_looks(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    attempt.sandbox.faults.add("drop_before", "POST", PATH)

    for _ in range(3):
        run = one.work()
        one.clock.forward(seconds=10)

    assert (run.outcome, outcomes(run)) == ("done", ["done"])
    assert (len(stops(attempt)), runs(attempt, ident)) == (2, False)


def test_a_stop_that_never_arrived_does_not_stop_the_timer_started_since(attempt: Try) -> None:
    """Starting another one has stopped this one."""
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    attempt.sandbox.faults.add("drop_before", "POST", PATH)

    one.work()
    one.clock.forward(seconds=10)
    one.work()
    following = enter(attempt.sandbox, NEXT)
    one.clock.forward(seconds=10)
    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert (len(stops(attempt)), runs(attempt, following)) == (1, True)


def test_a_timer_that_ended_while_the_rule_waited_is_left_alone(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    one.deps.redis.hset(keys.UNNAMED.paused, "r", "by hand")
    one.work()

    following = enter(attempt.sandbox, NEXT)
    one.deps.redis.hdel(keys.UNNAMED.paused, "r")
    one.clock.forward(minutes=5)
    run = one.work()

    assert (run.outcome, stops(attempt)) == ("done", [])
    assert run.rules[0].actions[0].message == ENDED
    assert runs(attempt, following)


def test_stopping_twice_stops_once(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    one.work()
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert (run.outcome, outcomes(run), stops(attempt)) == ("done", [], [PATH])


def test_an_event_that_is_judged_again_stops_nothing_more(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    one.work()
    following = enter(attempt.sandbox, NEXT)

    one.deps.turns.replay("event-1")
    run = one.work()

    assert (run.outcome, stops(attempt), runs(attempt, following)) == ("done", [PATH], True)


def test_two_workers_with_the_same_event_stop_once(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    slow = one.claim()
    one.clock.forward(seconds=61)
    quick = one.claim()

    work_on(quick, one.deps)
    work_on(slow, one.deps)

    assert (stops(attempt), one.run(quick.id).outcome) == ([PATH], "done")


def test_a_refusal_is_for_good_and_says_why(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)
    attempt.sandbox.faults.add("refuse", "POST", PATH, status=400, code="invalid-operation")

    run = attempt(STOP % ident)

    outcome, reason, message = why(run)
    assert (outcome, reason) == ("failed", "target-refused")
    assert "400 invalid-operation" in message
    assert runs(attempt, ident)


def test_shadow_stops_nothing_and_shows_what_it_would(attempt: Try) -> None:
    ident = enter(attempt.sandbox, RUNNING)

    run = attempt(STOP % ident + "\n    mode: shadow")

    assert (run.outcome, outcomes(run), stops(attempt)) == ("shadow", ["shadow"], [])
    assert runs(attempt, ident)


def test_an_entry_that_is_gone_settles_the_event_as_gone(attempt: Try) -> None:
    run = attempt(STOP % TASK_ID)

    assert (run.outcome, stops(attempt)) == ("gone", [])


def test_what_was_read_of_the_entry_before_is_forgotten(attempt: Try) -> None:
    """The request names the person only."""
    ident = enter(attempt.sandbox, RUNNING)
    one = attempt.prepare(STOP % ident)
    long_ago = Reads(one.awork(), one.deps.directory, occurred_us=1)
    before = long_ago.whole("timeEntry", ident)

    one.work()

    after = Reads(one.awork(), one.deps.directory, occurred_us=1).whole("timeEntry", ident)
    assert before is not ABSENT
    assert after is not ABSENT
    assert (before.get("endTimeUtc"), bool(after.get("endTimeUtc"))) == (None, True)


def test_an_object_without_an_id_is_no_time_entry(attempt: Try) -> None:
    one = attempt.prepare(STOP % '"${entity.project}"')
    payload = samples.fresh("task_added")
    payload["entity"]["project"] = {"name": "A project"}
    first = one.work()
    one.deliver(payload)

    run = one.work()

    assert first.outcome == "gone"
    assert why(run) == (
        "failed",
        "invalid-value",
        "time_entry is None; expected an id, like ${entity.id}",
    )
