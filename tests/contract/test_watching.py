"""Workers watch awork: our subscription, what it could not deliver, what changed unheard of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest
import redis
from msgspec.structs import replace
from pydantic import SecretStr
from structlog.testing import capture_logs

from deploy.commands import backfilling
from deploy.local.redis_server import RedisServer
from deploy.sandbox.sender import Sender
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.test_sandbox_answers import TASK
from tests.contract.unheard import (
    ALL_RULES,
    RULES,
    SECRET,
    WEBHOOK,
    People,
    entries,
    means,
    work_off,
)
from tests.stored import accept_payload, event
from tests.worker import Clock, Worker, with_rules
from webhooks.errors import BudgetSpent
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.problems import Problem, Problems
from workers import connections
from workers.targets.awork import Awork, Connection
from workers.targets.budget import SharedBudget, is_urgent
from workers.targets.share import Share
from workers.watching.asking import Ended
from workers.watching.look import forget, look
from workers.watching.watcher import INTERVAL_S, Watcher

NOT_OURS = "X-Webhook-Secret=another"


@pytest.fixture
def hook(sandbox: Sandbox) -> dict[str, Any]:
    """Our subscription in awork."""
    return sandbox.world.add("webhooks", dict(WEBHOOK))


@pytest.fixture
def one(make: Make) -> Worker:
    """A worker that has looked once, some minutes ago."""
    made = make(RULES)
    look(means(made))
    made.clock.forward(minutes=10)
    return made


@pytest.fixture
def answers() -> list[int]:
    """What our edge answers, one after the other; then 202."""
    return []


@pytest.fixture
def sender(sandbox: Sandbox, answers: list[int]) -> Iterator[Sender]:
    """awork's sender, whose receiver is our edge."""

    def edge(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(0) if answers else 202)

    client = httpx.Client(transport=httpx.MockTransport(edge))
    sender = Sender(sandbox.world, client, wait=lambda _seconds: None)
    yield sender
    sender.end()
    client.close()


def problems(one: Worker) -> dict[str, Problem]:
    return {problem.cause: problem for problem in Problems(one.deps.redis).all()}


@pytest.mark.parametrize(
    ("changed", "cause", "told"),
    [
        ({"isActive": False, "lastFailureReason": "503 Busy"}, "paused", "'hookwork' (503 Busy)"),
        ({"lastFailureReason": "0 timeout"}, "failing", "'hookwork' (0 timeout)"),
        ({"events": "task_added"}, "events", ": task_updated"),
        ({"onlyTriggerForMainEntityChanges": False}, "nested", "'hookwork' sends an event for"),
        ({"uri": "https://hooks.example.org/other"}, "missing", "ends in /webhooks/awork"),
        ({"authentication": NOT_OURS}, "missing", "'hookwork' (hooks.example.org/webhooks/awork)"),
        ({"authentication": f"X-Other={SECRET}"}, "missing", "in the header x-webhook-secret"),
        ({"authenticationType": "none"}, "missing", "in the header x-webhook-secret"),
    ],
)
def test_what_is_wrong_with_the_subscription_is_one_problem_until_it_is_mended(
    hook: dict[str, Any], one: Worker, changed: dict[str, Any], cause: str, told: str
) -> None:
    before = problems(one)
    good = {name: hook[name] for name in changed}
    hook.update(changed)

    with capture_logs() as logs:
        for _ in range(2):
            look(means(one))
    during = problems(one)
    hook.update(good)
    look(means(one))

    assert before == problems(one) == {}
    assert list(during) == [f"subscription:{cause}"]
    found = during[f"subscription:{cause}"]
    assert told in found.message
    assert found.way_out
    assert [line["event"] for line in logs] == ["problem_found"]
    assert SECRET not in f"{logs}{during}"


def test_a_subscription_with_the_secret_before_this_one_is_ours(
    hook: dict[str, Any], one: Worker
) -> None:
    hook["authentication"] = "x-webhook-secret=the-one-before"

    look(means(one))

    assert problems(one) == {}


def test_a_failed_delivery_is_fed_in_from_aworks_log_as_it_was(
    hook: dict[str, Any], one: Worker, sender: Sender, answers: list[int], server: RedisServer
) -> None:
    """The edge was away for one of them for good, and for another at first only."""
    lost, late = samples.fresh("task_updated"), samples.fresh("task_updated")
    answers += [503] * 9
    hook["isActive"] = True
    sender.deliver(hook["id"], samples.raw(late))
    answers += [503] * 11
    sender.deliver(hook["id"], samples.raw(lost))
    hook.update(isActive=True, lastFailureReason=None)
    one.clock.forward(minutes=10)

    first, again = look(means(one)), look(means(one))
    run = one.work()
    delivered = accept_payload(server.url, lost, event_id="late")

    (found,) = first.fed_in
    assert again.fed_in == ()
    assert (run.event_id, run.outcome, run.via) == (found.event_id, "done", "delivery-log")
    assert found.timestamp == lost["timestamp"]
    assert one.deps.redis.get(keys.UNNAMED.delivery(delivered.identity)) == run.event_id.encode()


def test_a_delivery_that_failed_a_moment_ago_is_left_to_aworks_next_try(
    hook: dict[str, Any], one: Worker, sender: Sender, answers: list[int]
) -> None:
    answers += [503] * 11
    sender.deliver(hook["id"], samples.raw(samples.fresh("task_updated")))
    one.clock.forward(minutes=1)

    at_once = look(means(one))
    one.clock.forward(minutes=5)
    later = look(means(one))

    assert (at_once.fed_in, len(later.fed_in)) == ((), 1)


def test_what_no_event_can_be_read_from_is_counted_and_left_in_aworks_log(
    hook: dict[str, Any], one: Worker, sender: Sender, answers: list[int]
) -> None:
    answers += [503] * 11
    sender.deliver(hook["id"], b"the test button's")
    one.clock.forward(minutes=10)

    compared = look(means(one))

    assert (compared.looked_at, compared.unreadable, compared.fed_in) == (1, 1, ())


def test_each_look_goes_on_where_the_last_one_ended(
    hook: dict[str, Any], one: Worker, sandbox: Sandbox
) -> None:
    """What was changed before the first look of all is not known to be missing."""
    people = People(sandbox)
    assert hook["isActive"]
    people.change(TASK, name="now")
    one.clock.forward(minutes=10)

    first = look(means(one))
    one.clock.forward(hours=30)
    people.add(TASK, name="next day")
    one.clock.forward(minutes=3)
    second = look(means(one))
    calls = [call.query for call in sandbox.calls if call.path == "/me/projecttasks"]

    assert [found.title for found in first.fed_in] == ["now"]
    assert [found.title for found in second.fed_in] == ["next day"]
    assert (first.looked_at, second.looked_at) == (1, 1)
    assert len(calls) == 2


@pytest.mark.usefixtures("hook")
def test_what_no_rule_listens_to_is_not_asked_for_and_begins_anew_when_one_does(
    one: Worker, sandbox: Sandbox
) -> None:
    both = with_rules(one, ALL_RULES)
    look(means(both))
    entries(sandbox, 3, lambda _number: one.clock.now)
    one.clock.forward(minutes=10)
    before = len(sandbox.calls)
    look(means(one))
    asked = {call.path for call in sandbox.calls[before:]}

    first = look(means(both))
    entries(sandbox, 1, lambda _number: one.clock.now)
    one.clock.forward(minutes=10)
    second = look(means(both))

    assert "/me/projecttasks" in asked
    assert "/timeentries" not in asked
    assert (first.fed_in, len(second.fed_in)) == ((), 1)


@pytest.mark.usefixtures("hook")
def test_a_look_uses_no_more_than_its_share_of_any_minute(
    make: Make, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    """600 changed entries, ten on a page: 60 requests and some, at 15 a minute."""
    one = make(ALL_RULES)
    look(means(one))
    entries(sandbox, 600, lambda number: clock.now + timedelta(seconds=number / 2))
    clock.forward(minutes=20)
    began = len(sandbox.calls)
    whole = SharedBudget(client, 300, now_ms=lambda: clock.ms)
    share = Share(whole, client, 300, now_ms=lambda: clock.ms)
    connection = Connection(sandbox.url, sandbox.token, budget=share)

    compared = look(means(one, connection=connection, page_size=10))
    connection.close()
    times = [call.at.timestamp() for call in sandbox.calls[began:]]
    at_most = max(sum(1 for t in times if a <= t < a + 60) for a in times)

    assert len(compared.fed_in) == 600
    assert at_most == 15
    assert times[-1] - times[0] <= 60 * (len(times) / 15 + 1)


def test_watching_leaves_to_people_what_they_wait_for(client: Client, clock: Clock) -> None:
    """Of 1,000 requests a minute 785 are for what nobody waits for, and they are spent."""
    whole = SharedBudget(client, 1_000, now_ms=lambda: clock.ms)
    for _ in range(790):
        clock.forward(milliseconds=3)
        whole.take(urgent=True, begun=False)

    with pytest.raises(BudgetSpent):
        Share(whole, client, 1_000, now_ms=lambda: clock.ms).take(urgent=True, begun=True)

    assert whole.take(urgent=True, begun=False).left > 0


@pytest.mark.parametrize(("via", "urgent"), [("", True), ("backfill", False)])
def test_nobody_waits_for_what_was_found_later(via: str, *, urgent: bool) -> None:
    assert is_urgent(replace(event("a"), via=via)) is urgent


@pytest.mark.usefixtures("hook")
def test_a_token_that_may_not_see_subscriptions_is_one_problem_and_changes_are_compared(
    one: Worker, sandbox: Sandbox
) -> None:
    People(sandbox).change(TASK)
    one.clock.forward(minutes=10)
    sandbox.faults.deny("GET", "/webhooks", times=None)

    compared = look(means(one))

    assert list(problems(one)) == ["subscription:not-allowed"]
    assert len(compared.fed_in) == 1


def test_while_awork_is_away_nothing_is_raised_and_the_next_look_makes_up_for_it(
    hook: dict[str, Any], one: Worker, sandbox: Sandbox
) -> None:
    People(sandbox).change(TASK)
    one.clock.forward(minutes=10)
    nowhere = Connection("http://127.0.0.1:1/api/v1", "t")
    hook["isActive"] = True

    away = look(means(one, connection=nowhere))
    nowhere.close()
    back = look(means(one))

    assert (away.fed_in, problems(one)) == ((), {})
    assert len(back.fed_in) == 1


@pytest.mark.usefixtures("hook")
def test_a_look_counts_its_requests_for_the_metrics(one: Worker, client: Client) -> None:
    before = int(client.hget(keys.UNNAMED.counts, "api:awork:200") or 0)

    look(means(one))

    assert int(client.hget(keys.UNNAMED.counts, "api:awork:200") or 0) > before


def test_one_worker_looks_at_a_time_and_not_again_before_the_interval_is_over(
    client: Client,
) -> None:
    looks: Counter[str] = Counter()
    first, second = (
        Watcher(client, name, lambda _watcher, name=name: looks.update([name]))  # type: ignore[misc]
        for name in ("first", "second")
    )

    looked = [first.turn(), second.turn(), first.turn()]
    left = client.ttl(keys.UNNAMED.watcher)
    client.delete(keys.UNNAMED.watcher)
    looked.append(second.turn())

    assert looked == [True, False, False, True]
    assert 0 < left <= INTERVAL_S
    assert looks == {"first": 1, "second": 1}


def test_a_look_that_takes_long_keeps_its_turn_and_takes_no_others(client: Client) -> None:
    watcher = Watcher(client, "one", lambda _watcher: None)
    client.set(keys.UNNAMED.watcher, "one", ex=5)
    watcher.alive()
    kept = client.ttl(keys.UNNAMED.watcher)
    client.set(keys.UNNAMED.watcher, "another", ex=5)

    watcher.alive()

    assert kept > 5
    assert client.ttl(keys.UNNAMED.watcher) <= 5


@pytest.mark.usefixtures("hook")
def test_told_to_end_a_look_that_waits_ends(one: Worker, sandbox: Sandbox) -> None:
    entries(sandbox, 3, lambda _number: one.clock.now)
    one.deps.connection.budget.hold(100)

    with pytest.raises(Ended):
        look(means(one, wait=lambda _seconds: True))


def test_what_changed_is_never_lost_when_a_look_ends_half_way(
    make: Make, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(ALL_RULES)
    look(means(one))
    entries(sandbox, 5, lambda number: clock.now + timedelta(seconds=number))
    clock.forward(minutes=10)
    pages = iter([None, None])

    def alive() -> None:
        if next(pages, "the third") == "the third":
            raise redis.ConnectionError

    with pytest.raises(redis.ConnectionError):
        look(means(one, alive=alive, page_size=2))
    found = look(means(one)).fed_in

    assert one.deps.redis.zcard(keys.UNNAMED.waiting) == 5
    assert 0 < len(found) < 5


@pytest.mark.usefixtures("hook")
def test_what_was_lost_behind_an_event_that_waits_is_fed_in_behind_it_once(
    one: Worker, client: Client, sandbox: Sandbox
) -> None:
    people = People(sandbox)
    client.hset(keys.UNNAMED.paused, "greet", "somebody thinks about it")
    one.deliver(people.change(TASK, name="first"))
    one.work()
    one.clock.forward(seconds=1)
    people.change(TASK, name="lost")
    one.clock.forward(minutes=10)

    fed_in = look(means(one)).fed_in
    for _ in range(2):
        one.clock.forward(days=1)
        fed_in += look(means(one)).fed_in
    client.hdel(keys.UNNAMED.paused, "greet")
    outcomes = list(work_off(one))
    fed_in += look(means(one)).fed_in

    assert [found.title for found in fed_in] == ["lost"]
    assert outcomes == ["done", "done"]
    comments = [call.body["message"] for call in sandbox.writes("/tasks/.*/comments")]
    assert comments == ["task_updated first", "task_updated lost"]


@pytest.mark.usefixtures("hook")
def test_of_what_waits_nothing_is_fed_in_however_much_of_it_there_is(
    one: Worker, client: Client, sandbox: Sandbox
) -> None:
    """Also when the last that came of an object tells no version, or was overwritten."""
    people = People(sandbox)
    client.hset(keys.UNNAMED.paused, "greet", "somebody thinks about it")
    for number in range(9):
        one.deliver(people.change(TASK, name=f"{number}"))
    for event_id in (one.deliver(samples.fresh("task_updated") | {"entity": {}}), "event-11"):
        client.zadd(keys.UNNAMED.lane(f"awork:{TASK}"), {event_id: 2e15})
    client.set(keys.UNNAMED.event("event-11"), "somebody else's")
    one.clock.forward(minutes=10)

    compared = look(means(one))

    assert (compared.looked_at, compared.had, compared.fed_in) == (1, 1, ())


@pytest.fixture
def paused(client: Client) -> Client:
    """awork's circuit is open, and it is time for a probe."""
    for name, value in (("opened", 1), ("next", 1), ("trips", 0), ("cause", "awork:away")):
        client.hset(keys.UNNAMED.circuit("awork"), name, value)
    Problems(client).raised("awork:away", "awork does not answer")
    return client


@pytest.fixture
def watched(settings: Settings, sandbox: Sandbox) -> Settings:
    """The settings of a worker that watches the sandbox."""
    token = SecretStr(sandbox.token)
    return settings.model_copy(update={"awork_api_url": sandbox.url, "awork_api_token": token})


def test_a_look_that_is_the_probe_of_awork_says_that_it_answers(
    make: Make, paused: Client, watched: Settings
) -> None:
    with closing(connections.watching(watched, make(RULES).deps)) as connection:
        Awork(connection).get("/me")

    assert Problems(paused).all() == []
    assert paused.hget(keys.UNNAMED.circuit("awork"), "opened") is None


def test_a_backfill_that_is_the_probe_of_awork_says_that_it_answers(
    paused: Client, watched: Settings
) -> None:
    with closing(backfilling._connection(paused, watched)) as connection:
        Awork(connection).get("/me")

    assert Problems(paused).all() == []


def test_who_looks_no_more_leaves_no_problem_behind(one: Worker, client: Client) -> None:
    look(means(one))
    Problems(client).raised("rule:r:loop", "another's")
    found = {problem.cause for problem in Problems(client).all()}

    forget(client)

    assert found > {"rule:r:loop"}
    assert [problem.cause for problem in Problems(client).all()] == ["rule:r:loop"]
