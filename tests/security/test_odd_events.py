"""What the edge takes and a worker cannot read, or Redis gives back as nobody wrote it."""

from __future__ import annotations

import json

import pytest

from tests import samples
from tests.contract.conftest import Make
from tests.security.conftest import Target
from tests.security.test_bodies import ODD, of_entity
from tests.security.wire import LET_IN, delivery, good, head, say
from tests.stored import accept
from tests.worker import Worker
from webhooks.sources import awork
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import work_on

RULES = """
version: 1
rules:
  - id: tell
    when: task_added
    if:
      - any: [{entity.odd: {exists: true}}, {entity.name: {exists: true}}]
    do: [{add_comment: {task: "${entity.id}", message: "It is ${entity.name}"}}]
"""


def work(one: Worker, raw_body: bytes) -> str:
    """Let a worker work on a delivery, and return what became of it."""
    event = awork.parse(raw_body, event_id="odd", now_ms=1_000)
    accept(one.server.url, event)
    work_on(one.claim(), one.deps)
    return one.run("odd").outcome


@pytest.mark.parametrize("text", ODD)
def test_an_event_with_odd_json_is_settled(
    make: Make, text: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    one = make(RULES)

    outcome = work(one, of_entity(text))

    assert outcome in ("done", "failed")
    assert one.deps.redis.zcard(keys.UNNAMED.waiting) == 0
    assert "unforeseen_error" not in "".join(capfd.readouterr())


#: keys that the edge or the worker writes at each event
WRONG = [
    keys.UNNAMED.due,
    keys.UNNAMED.waiting,
    keys.UNNAMED.counts,
    keys.UNNAMED.settled,
    keys.UNNAMED.rules,
    keys.UNNAMED.paused,
]


@pytest.mark.parametrize("key", WRONG)
def test_an_edge_whose_redis_lies_tells_no_lie_itself(hurried: Target, key: str) -> None:
    hurried.client.set(key, "a lie")

    asked = {
        start: say(hurried.port, head(start=f"GET {start} HTTP/1.1".encode())).status
        for start in ("/", "/metrics", "/health/live")
    }
    posted = say(hurried.port, delivery(good(), *LET_IN))

    hurried.client.delete(key)
    assert asked["/health/live"] == 200
    assert asked["/"] in (200, 503)
    assert asked["/metrics"] in (200, 503)
    # Who is told 503 sends it again; who is told 202 is right.
    assert posted.status in (202, 503)
    stored = json.loads(posted.body).get("id", "")
    assert hurried.client.exists(keys.UNNAMED.event(stored)) == (posted.status == 202)


@pytest.mark.parametrize(
    ("field", "lie"),
    [
        ("head", b"\xff\xfe"),
        ("head", b"{}"),
        ("head", b"[" * 10_000),
        ("body", b"not json"),
        ("body", b"[" * 10_000),
        ("plan", b"not json"),
        ("plan", b"{}"),
        ("run", b"not json"),
        ("attempt", b"many"),
    ],
)
def test_a_worker_whose_redis_lies_about_an_event_goes_on_with_others(
    make: Make, client: Client, field: str, lie: bytes
) -> None:
    one = make(RULES)
    lied = one.deliver(samples.fresh("task_added"))
    client.hset(keys.UNNAMED.event(lied), field, lie)
    told = samples.fresh("task_added") | {"entityId": "another"}

    try_to_work(one)
    good_one = one.deliver(told)
    try_to_work(one)

    assert one.run(good_one).outcome == "done"


def try_to_work(one: Worker) -> None:
    for claim in one.deps.inbox.claim(5, now_ms=one.clock.ms):
        work_on(claim, one.deps)
