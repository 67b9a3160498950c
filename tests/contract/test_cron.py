"""Rules that the clock starts: each time once, each item a turn of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.test_flow import work_all
from tests.worker import Worker, with_rules
from webhooks.store import keys
from workers.clock import Clock
from workers.drain import work_on
from workers.process import RULE_GONE_TRIES

TASK = samples.sample("task_added")["entity"]
DAILY = """
version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: evening
    when: {cron: "0 18 * * *"}
    for_each: {tasks: {}}
    if:
      - entity.name: {exists: true}
    do:
      - add_comment: {task: "${entity.id}", message: "Still open: ${entity.name}"}
"""
#: 18:00 in Berlin, and the morning before; long past, so that Redis's own clock finds it due
SIX = datetime(2026, 1, 20, 17, 0, tzinfo=UTC)
MORNING = SIX - timedelta(hours=8)


class Looking:
    """A worker's clock, at times that the test sets."""

    def __init__(self, one: Worker) -> None:
        self.one = one
        self.now = MORNING
        self.clock = self._clock()

    def _clock(self) -> Clock:
        deps = self.one.deps
        return Clock(deps.redis, deps.turns, deps.rules, now=lambda: self.now)

    def restart(self) -> None:
        self.clock = self._clock()

    def look(self, at: datetime) -> int:
        """Look at a time; returns how many events wait then."""
        self.now = at
        self.clock.look()
        return self.one.deps.redis.zcard(keys.UNNAMED.waiting)


@pytest.fixture
def looking(make: Make) -> Looking:
    looking = Looking(make(DAILY))
    looking.look(MORNING)
    return looking


def comments(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes("/tasks/.*/comments")]


def test_nothing_happens_before_its_time_and_one_event_at_it(looking: Looking) -> None:
    assert looking.look(SIX - timedelta(seconds=1)) == 0
    assert looking.look(SIX) == 1
    assert looking.look(SIX + timedelta(seconds=1)) == 1


def test_a_time_is_one_event_however_many_workers_see_it(looking: Looking) -> None:
    looking.look(SIX)
    looking.restart()

    assert looking.look(SIX) == 1
    assert looking.look(SIX + timedelta(hours=1)) == 1


def test_a_new_rule_begins_now(make: Make) -> None:
    looking = Looking(make(DAILY))

    assert looking.look(SIX + timedelta(seconds=1)) == 0
    assert looking.look(SIX + timedelta(days=1)) == 1


def test_of_the_times_nobody_saw_the_last_is_made_up_for(looking: Looking) -> None:
    looking.restart()

    assert looking.look(SIX + timedelta(days=3, hours=5)) == 1
    claim = looking.one.claim()
    assert claim.id == f"cron-evening-{int((SIX + timedelta(days=3)).timestamp() * 1000)}"


def test_a_rule_that_is_off_has_no_times(make: Make) -> None:
    off = DAILY.replace("    when:", '    mode: "off"\n    reason: holiday\n    when:')
    looking = Looking(make(off))
    looking.look(MORNING)

    assert looking.look(SIX) == 0


def test_each_item_is_an_event_of_its_own(looking: Looking, sandbox: Sandbox) -> None:
    looking.look(SIX)

    time, *turns = work_all(looking.one)

    names = [f"Still open: {task['name']}" for task in sandbox.world.tasks.values()]
    assert (time.kind, time.outcome) == ("cron", "handed-on")
    assert f"{len(names)} of {len(names)} get a turn" in time.rules[0].message
    assert [turn.kind for turn in turns] == ["cron:tasks"] * len(names)
    assert sorted(comments(sandbox)) == sorted(names)


def test_an_item_whose_line_was_overwritten_is_told_once_and_the_others_get_their_turns(
    looking: Looking, sandbox: Sandbox
) -> None:
    like = next(iter(sandbox.world.tasks.values()))
    with sandbox.world.muted():
        other = sandbox.world.add("tasks", {**like, "id": "0" * 8, "name": "the other"})
    line = keys.UNNAMED.lane(f"turn:evening:awork:{like['id']}")
    looking.one.deps.redis.set(line, "somebody else's")
    looking.look(SIX)

    with capture_logs() as logs:
        time, *turns = work_all(looking.one)

    (told,) = (one for one in logs if one["event"] == "turns_not_entered")
    assert (told["rule"], told["items"], told["entity_ids"]) == ("evening", 1, [like["id"]])
    assert line in told["problem"]
    assert "1 of 2 get a turn; of 1 the line in Redis was" in time.rules[0].message
    assert [turn.kind for turn in turns] == ["cron:tasks"]
    assert comments(sandbox) == [f"Still open: {other['name']}"]


def test_what_the_list_says_rules_items_out_at_once_and_the_record_says_why(
    looking: Looking, sandbox: Sandbox
) -> None:
    looking.one = with_rules(looking.one, DAILY.replace("{exists: true}", "Nothing like that"))
    looking.restart()
    looking.look(SIX)

    (time,) = work_all(looking.one)

    ruled_out = time.rules[0].trace[0]
    assert "0 of 1 get a turn" in time.rules[0].message
    assert ruled_out["text"] == TASK["name"]
    assert ruled_out["children"][0]["verdict"] == "not met"
    assert comments(sandbox) == []


def test_a_worker_that_dies_while_it_spreads_gives_no_item_a_second_turn(
    looking: Looking, sandbox: Sandbox
) -> None:
    looking.look(SIX)
    one = looking.one
    dying = one.claim()
    before: dict[Any, Any] = one.deps.redis.hgetall(keys.UNNAMED.event(dying.id))
    work_on(dying, one.deps)
    one.deps.redis.hset(keys.UNNAMED.event(dying.id), mapping=before)
    one.deps.redis.persist(keys.UNNAMED.event(dying.id))
    one.deps.redis.zadd(f"{keys.PREFIX}lane:{dying.lane}", {dying.id: 1})
    one.deps.redis.zadd(keys.UNNAMED.due, {dying.lane: 1})

    work_all(one)

    assert comments(sandbox) == [f"Still open: {TASK['name']}"]


def test_a_busy_awork_delays_a_time_and_loses_none(looking: Looking, sandbox: Sandbox) -> None:
    looking.look(SIX)
    sandbox.faults.add("rate_limit", "GET", ".*")

    later = looking.one.work()
    looking.one.clock.forward(minutes=5)
    runs = work_all(looking.one)

    assert later.outcome == "later"
    assert runs[0].outcome == "handed-on"
    assert comments(sandbox) == [f"Still open: {TASK['name']}"]


def test_a_time_whose_rule_is_gone_says_so(looking: Looking) -> None:
    looking.look(SIX)

    one = with_rules(looking.one, DAILY.replace("id: evening", "id: another"))
    for _ in range(RULE_GONE_TRIES):
        assert one.work().reason == "rule-unknown"
        one.clock.forward(seconds=10)
    time = one.work()

    assert (time.outcome, time.reason) == ("no-rule", "rule-gone")


OFF = DAILY.replace("    when:", '    mode: "off"\n    reason: holiday\n    when:')


@pytest.mark.parametrize(
    "meanwhile", [OFF, DAILY.replace("0 18", "0 20")], ids=["off", "another time"]
)
def test_a_time_that_nobody_wanted_is_not_made_up_for(looking: Looking, meanwhile: str) -> None:
    looking.one = with_rules(looking.one, meanwhile)
    looking.restart()
    looking.look(SIX + timedelta(minutes=30))
    looking.look(SIX + timedelta(minutes=90))

    looking.one = with_rules(looking.one, DAILY)
    looking.restart()

    assert looking.look(SIX + timedelta(minutes=100)) == 0
    assert looking.look(SIX + timedelta(days=1)) == 1


def test_a_paused_rule_gathers_no_heap(looking: Looking, sandbox: Sandbox) -> None:
    looking.one.deps.redis.hset(keys.UNNAMED.paused, "evening", "by hand")
    waiting = [looking.look(SIX + timedelta(days=day)) for day in range(5)]
    held = looking.one.work()

    looking.one.deps.redis.hdel(keys.UNNAMED.paused, "evening")
    looking.one.clock.forward(minutes=5)
    work_all(looking.one)

    assert waiting == [1, 2, 2, 2, 2]
    assert (held.outcome, held.reason) == ("later", "rule-paused")
    assert set(comments(sandbox)) == {f"Still open: {TASK['name']}"}


def test_an_item_that_still_waits_gets_no_second_turn(looking: Looking, sandbox: Sandbox) -> None:
    one = looking.one
    looking.look(SIX)
    one.work()
    looking.look(SIX + timedelta(days=1))
    # Both may be due in one millisecond; the item's id is that of its time, and more.
    time, item = sorted(
        one.deps.inbox.claim(2, now_ms=one.clock.ms), key=lambda claim: "." in claim.id
    )

    work_on(time, one.deps)
    work_on(item, one.deps)

    assert one.run(time.id).rules[0].message == "0 of 1 get a turn; 1 still wait for an earlier one"
    assert len(comments(sandbox)) == 1


def test_items_of_one_project_cost_one_read_of_it(make: Make, sandbox: Sandbox) -> None:
    for number in range(20):
        task = dict(next(iter(sandbox.world.tasks.values())))
        task["id"] = f"22222222-2222-4222-8222-{number:012}"
        sandbox.world.tasks[task["id"]] = task
    keyed = DAILY.replace("    do:", "    flow: {key: project.timeBudget}\n    do:")
    looking = Looking(make(keyed))
    looking.look(MORNING)
    looking.look(SIX)

    looking.one.work()

    assert len([call for call in sandbox.calls if call.path.startswith("/projects/")]) == 1


def test_no_delivery_can_start_a_rule_of_the_clock(make: Make, sandbox: Sandbox) -> None:
    one = make(DAILY)
    one.deliver(samples.fresh("task_added") | {"eventType": "cron"})

    run = one.work()

    assert run.outcome == "no-rule"
    assert comments(sandbox) == []


def test_items_of_one_key_do_not_hold_each_other_back(looking: Looking, sandbox: Sandbox) -> None:
    for number in range(3):
        task = dict(next(iter(sandbox.world.tasks.values())))
        task["id"] = f"22222222-2222-4222-8222-{number:012}"
        sandbox.world.tasks[task["id"]] = task
    keyed = DAILY.replace("    do:", "    flow: {key: entity.projectId}\n    do:")
    looking.one = with_rules(looking.one, keyed)
    looking.restart()
    looking.look(SIX)

    time, *turns = work_all(looking.one)

    assert time.rules[0].message == "4 of 4 get a turn"
    assert len(turns) == len(comments(sandbox)) == 4


def test_one_item_whose_key_cannot_be_read_does_not_stop_the_others(
    looking: Looking, sandbox: Sandbox
) -> None:
    task = dict(next(iter(sandbox.world.tasks.values())))
    task |= {"id": "22222222-2222-4222-8222-000000000001", "projectId": None}
    sandbox.world.tasks[task["id"]] = task
    keyed = DAILY.replace("    do:", "    flow: {key: project.timeBudget}\n    do:")
    looking.one = with_rules(looking.one, keyed)
    looking.restart()
    looking.look(SIX)
    sandbox.faults.deny("GET", "/projects/[^/]*")

    time, *_ = work_all(looking.one)

    assert time.outcome == "handed-on"
    assert len(comments(sandbox)) == 2


def test_a_worker_that_does_not_have_the_rule_yet_makes_no_time_forgotten(
    looking: Looking,
) -> None:
    looking.look(SIX - timedelta(minutes=10))
    older = Looking(with_rules(looking.one, DAILY.replace("id: evening", "id: older")))
    older.look(SIX - timedelta(minutes=5))

    assert looking.look(SIX) == 1
