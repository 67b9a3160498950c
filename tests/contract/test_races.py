"""What may go wrong between two steps, and does not: leases, records that lie, late events."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.stored import RETENTION_S, accept, event
from tests.worker import Worker, outcomes, posted
from tests.writes import CASES
from webhooks.errors import LeaseLost, StorageUnavailable
from webhooks.store import keys
from webhooks.store.acceptor import Accepted
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from workers.drain import work_on
from workers.entries import Entry
from workers.ledger import StoredLedger

NOW_MS = 4_000_000_000_000


def ledger(one: Worker) -> StoredLedger:
    return StoredLedger(one.deps.redis, one.claim(), retention_s=RETENTION_S)


def test_a_look_that_outlasts_the_lease_writes_nothing(make: Make, sandbox: Sandbox) -> None:
    """The slow worker looks; meanwhile its lease ends, and another looks, writes and settles."""
    case = CASES[0]
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_before", "POST", case.path)
    for _ in range(2):
        one.work()
        one.clock.forward(seconds=10)
    slow = one.claim()
    look = sandbox.faults.add("hold_after", "GET", "/taskschedules")

    def meanwhile() -> None:
        assert look.reached.wait(timeout=10)
        one.clock.forward(seconds=61)
        work_on(one.claim(), one.deps)
        look.release()

    _both(lambda: work_on(slow, one.deps), meanwhile)

    assert len(posted(sandbox, case)) == 1
    assert one.run(slow.id).outcome == "done"


def test_what_another_write_of_ours_has_is_not_adopted(make: Make) -> None:
    one = make(CASES[0].rules)
    one.deliver(CASES[0].event())
    mine = ledger(one)
    one.deps.redis.set(keys.UNNAMED.made("x1"), "another-event rule/action/item")

    assert mine.adopt("r/a/i", Entry(method="POST", path="/p", made="x1")) is False
    assert mine.adopt("r/a/i", Entry(method="POST", path="/p", made="x2")) is True


def test_what_is_taken_while_we_look_is_not_adopted(make: Make, sandbox: Sandbox) -> None:
    case = CASES[0]
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("drop_after", "POST", case.path)
    one.work()
    one.clock.forward(seconds=10)
    looking = one.claim()
    look = sandbox.faults.add("hold_after", "GET", case.path)

    def meanwhile() -> None:
        assert look.reached.wait(timeout=10)
        (made,) = sandbox.world.schedules
        one.deps.redis.set(keys.UNNAMED.made(made), "another-event rule/action/item")
        look.release()

    _both(lambda: work_on(looking, one.deps), meanwhile)

    run = one.run(looking.id)
    assert (run.outcome, outcomes(run)) == ("later", [])


def test_who_lost_the_lease_begins_nothing(make: Make) -> None:
    one = make(CASES[0].rules)
    event_id = one.deliver(CASES[0].event())
    lost = ledger(one)
    one.clock.forward(seconds=61)
    one.claim()

    with pytest.raises(LeaseLost):
        lost.begin("r/a/i", Entry(method="POST", path="/p"), rule="r", writes_per_hour=9)

    assert not one.deps.redis.exists(keys.UNNAMED.ledger(event_id))


def test_only_the_holder_notes_a_refusal_but_what_happened_is_always_recorded(make: Make) -> None:
    one = make(CASES[0].rules)
    event_id = one.deliver(CASES[0].event())
    lost = ledger(one)
    one.clock.forward(seconds=61)
    one.claim()

    with pytest.raises(LeaseLost):
        lost.refused("r/a/i", Entry(method="POST", path="/p"))
    with pytest.raises(LeaseLost):
        lost.hold()
    lost.done("r/a/i", Entry(method="POST", path="/p", made="x1"))

    assert one.deps.redis.hlen(keys.UNNAMED.ledger(event_id)) == 1


def test_an_older_event_that_arrives_late_does_not_overtake_one_that_is_half_done(
    server: RedisServer, client: Client
) -> None:
    inbox = Inbox(client, retention_s=RETENTION_S)
    accept(server.url, event("half-done", at_us=100))
    (held,) = inbox.claim(1, now_ms=NOW_MS)
    inbox.defer(held, delay_s=0, now_ms=NOW_MS)

    accept(server.url, event("older", at_us=50))

    assert [claim.id for claim in inbox.claim(9, now_ms=NOW_MS)] == ["id-half-done"]


def test_when_a_lease_ends_the_same_event_is_next_not_a_neighbour(
    server: RedisServer, client: Client
) -> None:
    """Else two events of one entity would be worked on at once."""
    inbox = Inbox(client, retention_s=RETENTION_S)
    accept(server.url, event("a", at_us=100))
    inbox.claim(1, now_ms=NOW_MS)
    accept(server.url, event("older", at_us=50))

    (again,) = inbox.claim(9, now_ms=NOW_MS + 61_000)

    assert (again.id, again.fence) == ("id-a", 2)


def test_a_delivery_is_believed_stored_only_when_all_of_it_is(
    server: RedisServer, client: Client
) -> None:
    """A key of the wrong type stops the script half way; nothing of a script is undone."""
    client.set(keys.PREFIX + "lane:awork:t1", "not a sorted set")
    with pytest.raises(StorageUnavailable):
        accept(server.url, event("a"), patience_s=0)
    client.delete(keys.PREFIX + "lane:awork:t1")

    assert accept(server.url, event("a")) == [Accepted("id-a", "accepted")]
    assert client.zcard(keys.UNNAMED.due) == 1


def test_a_record_of_the_wrong_type_stops_nobody(server: RedisServer, client: Client) -> None:
    inbox = Inbox(client, retention_s=RETENTION_S)
    accept(server.url, event("a", entity="t1"), event("b", entity="t2"))
    client.delete(keys.UNNAMED.event("id-a"))
    client.set(keys.UNNAMED.event("id-a"), "not a hash")

    assert [claim.id for claim in inbox.claim(9, now_ms=NOW_MS)] == ["id-b"]


def test_a_worker_that_was_told_to_end_begins_nothing_more(make: Make, sandbox: Sandbox) -> None:
    case = CASES[0]
    one = make(case.rules)
    one.deliver(case.event())
    one.stop()

    run = one.work()

    assert (run.outcome, run.reason) == ("later", "worker-ends")
    assert posted(sandbox, case) == []
    assert run.attempts == ()


def test_a_rule_that_is_settled_is_not_run_again_for_the_sake_of_another(make: Make) -> None:
    one = make(FAILS_AND_WAITS)
    one.deliver(samples.fresh("task_added"))
    one.deps.redis.hset(keys.UNNAMED.paused, "waits", "by hand")

    runs = []
    for _ in range(5):
        runs.append(one.work())
        one.clock.forward(minutes=2)

    assert [rule.outcome for rule in runs[-1].rules] == ["failed", "later"]
    assert len(runs[-1].attempts) == 1


def test_a_pause_awork_asks_for_holds_back_the_next_event_too(make: Make, sandbox: Sandbox) -> None:
    case = CASES[0]
    one = make(case.rules)
    one.deliver(case.event())
    sandbox.faults.add("rate_limit", "POST", case.path, reset_s=30)
    one.work()

    before = len(sandbox.calls)
    run = one.work()

    assert run.outcome == "later"
    assert len(sandbox.calls) == before


def test_time_that_was_open_when_decided_and_is_closed_now_is_not_written(
    make: Make, sandbox: Sandbox
) -> None:
    case = CASES[2]
    one = make(case.rules)
    one.deliver(case.event())
    one.deps.redis.hset(keys.UNNAMED.paused, "log", "over the holidays")
    one.work()
    one.deps.redis.hdel(keys.UNNAMED.paused, "log")
    one.clock.forward(days=60)

    run = one.closing(days=14).work()

    assert (run.outcome, run.reason) == ("failed", "closed-period")
    assert posted(sandbox, case) == []


def test_held_is_no_try(make: Make) -> None:
    one = make(CASES[0].rules)
    one.deliver(CASES[0].event())
    one.deps.redis.hset(keys.UNNAMED.paused, "plan", "by hand")

    one.work()
    one.clock.forward(minutes=2)

    assert one.claim().attempt == 0
    assert outcomes(one.run("event-1")) == []


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    thread = threading.Thread(target=first)
    thread.start()
    second()
    thread.join(timeout=30)
    assert not thread.is_alive()


FAILS_AND_WAITS = """
version: 1
rules:
  - id: fails
    when: task_added
    do:
      - log_time: {user: Nobody Known, task: "${entity.id}", duration: 30m}
  - id: waits
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: hello}
"""
