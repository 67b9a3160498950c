"""What becomes of an event that cannot be worked on. Real Redis, sandbox, own clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.stored import accept, event
from tests.worker import Worker
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import DEADLY_CLAIMS, Pace, drain, work_on
from workers.retry import UNFORESEEN_TRIES
from workers.shift import alone
from workers.targets.awork import Awork, Connection
from workers.targets.directory import Directory

RULE = """
  - id: chat
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: hello}
"""
RULES = "version: 1\nrules:" + RULE


def said(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes("/tasks/.*/comments")]


def state(one: Worker, event_id: str) -> object:
    return one.deps.redis.hget(keys.UNNAMED.event(event_id), "state")


def test_an_event_that_ten_workers_died_of_is_put_aside(make: Make, sandbox: Sandbox) -> None:
    one = make(RULES)
    event_id = one.deliver(samples.fresh("task_added"))
    for _ in range(DEADLY_CLAIMS):
        one.claim()
        one.clock.forward(seconds=61)

    run = one.work()

    assert (run.outcome, run.reason) == ("failed", "worker-died")
    assert run.message == "10 workers in a row died while they worked on it"
    assert one.deps.redis.zscore(keys.UNNAMED.failed, event_id) is not None
    assert said(sandbox) == []


def test_one_worker_less_is_worked_on(make: Make) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    for _ in range(DEADLY_CLAIMS - 1):
        one.claim()
        one.clock.forward(seconds=61)

    assert one.work().outcome == "done"


class _Forgetful(Directory):
    """A directory with a mistake in it."""

    def me(self, awork: Awork) -> str:
        raise KeyError(f"no me at {awork!r:.0}")


def test_an_error_nobody_foresaw_is_tried_five_times_and_harms_no_neighbour(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(RULES)
    one = replace(one, deps=replace(one.deps, directory=_Forgetful()))
    bad = one.deliver(samples.fresh("task_added"))
    good = one.deliver(samples.fresh("user_added"))

    # Two claims at once, as a busy worker has them; then the bad one alone.
    claims = one.deps.inbox.claim(16, now_ms=one.clock.ms)
    for claim in claims:
        work_on(claim, one.deps)
    runs = [one.run(bad), *(one.work() for _ in range(UNFORESEEN_TRIES - 1))]

    assert len(claims) == 2
    assert one.run(good).outcome == "no-rule"
    assert [run.outcome for run in runs] == [*["later"] * 4, "failed"]
    assert (runs[-1].reason, runs[-1].message) == ("internal-error", "KeyError: 'no me at '")
    assert len(runs[-1].attempts) == 5
    assert said(sandbox) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "not-an-event"),
        (b'"text"', "not-an-event"),
        (b'{"eventType": "task_added", "more": {"broken"', "not-json"),
        (b'{"more": ' + b"[" * 10_000, "not-json"),
        (b'{"more": "\xff"}', "not-json"),
    ],
    ids=["list", "text", "cut", "deep", "latin"],
)
def test_a_body_that_is_no_event_after_all_is_put_aside(
    make: Make, server: RedisServer, body: bytes, reason: str
) -> None:
    one = make(RULES)
    accept(server.url, event("a", body=body))

    run = one.work()

    assert (run.outcome, run.reason) == ("failed", reason)
    assert len(run.attempts) == 1
    assert one.deps.redis.zcard(keys.UNNAMED.failed) == 1


def test_an_event_of_a_newer_edge_waits_for_a_newer_worker_and_costs_no_try(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(RULES)
    event_id = one.deliver(samples.fresh("task_added"))
    key = keys.UNNAMED.event(event_id)
    head = one.deps.redis.hget(key, "head")
    assert isinstance(head, bytes)
    one.deps.redis.hset(key, "head", head.replace(b'"v":1', b'"v":3'))

    for _ in range(DEADLY_CLAIMS + 1):
        work_on(one.claim(), one.deps)
    kept = one.deps.redis.hmget(key, "state", "attempt", "orphaned", "run")
    one.deps.redis.hset(key, "head", head)
    run = one.work()

    assert kept == [b"due", b"0", b"0", None]
    assert (run.outcome, said(sandbox)) == ("done", ["hello"])


def test_a_head_that_cannot_be_read_does_not_stop_the_drain(make: Make, client: Client) -> None:
    one = make(RULES)
    bad = one.deliver(samples.fresh("task_added"))
    client.hset(keys.UNNAMED.event(bad), "head", "not json")
    good = one.deliver(samples.fresh("user_added"))

    drain(alone(one.deps, 1), Pace(slots=1))

    assert state(one, good) == b"settled"


def test_an_event_is_settled_whatever_awork_writes_as_its_trace_id(
    make: Make,
) -> None:
    posts = iter(
        [
            httpx.Response(400, json={"code": "concurrency-violation", "traceId": None}),
            httpx.Response(200, json={"id": "c1"}),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return next(posts) if request.method == "POST" else httpx.Response(200, json={"id": "me"})

    one = answered_by(make(RULES), answer)
    one.deliver(samples.fresh("task_added"))

    work_on(one.claim(), one.deps)
    run = one.work()

    assert run.outcome == "done"


def test_an_unforeseen_error_in_one_rule_does_not_keep_the_next_from_its_work(
    make: Make, sandbox: Sandbox
) -> None:
    broken = """  - id: broken
    when: task_added
    do:
      - create_task: {name: x, project: Webshop relaunch}
"""
    one = make("version: 1\nrules:\n" + broken + RULE)
    one = replace(one, deps=replace(one.deps, directory=_Unsorted()))
    one.deliver(samples.fresh("task_added"))

    for _ in range(UNFORESEEN_TRIES):
        work_on(one.claim(), one.deps)

    assert said(sandbox) == ["hello"]


class _Unsorted(Directory):
    """A directory with a mistake that only some rules meet."""

    def project(self, awork: Awork, reference: object) -> str:
        raise KeyError(f"no {reference} at {awork!r:.0}")


def answered_by(one: Worker, answer: Callable[[httpx.Request], httpx.Response]) -> Worker:
    """The same worker with another awork."""
    transport = httpx.MockTransport(answer)
    connection = Connection("http://awork", "token", transport=transport)
    return replace(one, deps=replace(one.deps, connection=connection))
