"""No workspace starves another while awork hangs there: real threads, real requests that get no
answer until the test says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.several import store
from tests.contract.test_flow import rules
from tests.stored import RETENTION_S
from webhooks.sources import awork
from webhooks.store import live
from webhooks.store.acceptor import Delivery
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.rounds import Rounds
from webhooks.store.turns import Turns
from workers.actions import VOCABULARY
from workers.deps import Deps
from workers.drain import Pace, drain
from workers.holdings import StoredHoldings
from workers.rules.load import load_text
from workers.seats import Seats
from workers.shift import Shift
from workers.targets.awork import Connection
from workers.targets.directory import Directory
from workers.targets.workiva import unset

SLOTS = 8
NAMES = ("acme", "globex", "initech")
RULES = load_text(rules(), VOCABULARY)


@dataclass
class Hanging:
    """An awork that answers no write before it is told to."""

    #: one for each write that has come
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"id": "us"})
        self.came.release()
        assert self.go_on.wait(30)
        return httpx.Response(503)


def refusing(_: httpx.Request) -> httpx.Response:
    """An awork that answers at once, and says no for good: that is settled, too."""
    return httpx.Response(401, json={"code": "unauthorized", "description": "no"})


@dataclass
class Slots:
    """The threads of one process, each as a bell starts it."""

    client: Client
    server: RedisServer
    shift: Shift
    threads: list[threading.Thread] = field(default_factory=list)
    #: one for each thread that found no more to do
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def deliver(self, name: str, many: int) -> None:
        """So many events of as many tasks, each with one comment to make."""
        found = []
        for number in range(many):
            payload = samples.fresh("task_updated")
            payload["entityId"] = payload["entity"]["id"] = (
                f"{number:08d}-0000-4000-8000-000000000000"
            )
            event = awork.parse(samples.raw(payload), event_id=f"{name}-{number}", now_ms=1_000)
            found.append(Delivery(event, key=self.client.of(name).key))
        store(self.server.url, found)

    def begin(self, many: int) -> None:
        """So many bells at one moment, for no more threads than there are slots."""
        assert sum(thread.is_alive() for thread in self.threads) + many <= SLOTS
        together = threading.Barrier(many)

        def work() -> None:
            together.wait(10)
            drain(self.shift, Pace(slots=SLOTS))
            self.ended.release()

        new = [threading.Thread(target=work, daemon=True) for _ in range(many)]
        self.threads += new
        for thread in new:
            thread.start()

    def end(self) -> None:
        """Wait until each has nothing to do."""
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


@contextmanager
def told(client: Client, name: str) -> Iterator[Any]:
    """Who listens to what is settled of a workspace."""
    subscription: Any = client.pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        ignore_subscribe_messages=True
    )
    subscription.subscribe(client.of(name).key.live)
    subscription.get_message(timeout=5)
    yield subscription
    subscription.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    found = Hanging()
    yield found
    found.go_on.set()


@pytest.fixture
def slots(client: Client, server: RedisServer, hanging: Hanging) -> Iterator[Slots]:
    """A process whose first workspace has an awork that hangs."""
    deps = [_deps(client.of(name), hanging if name == "acme" else refusing) for name in NAMES]
    shift = Shift(deps, Rounds([one.inbox for one in deps]), Seats(len(deps), SLOTS))
    yield Slots(client, server, shift)
    for one in deps:
        one.connection.close()


def test_a_workspace_whose_awork_hangs_keeps_no_event_of_another_waiting(
    slots: Slots, hanging: Hanging
) -> None:
    slots.deliver("acme", 50)
    slots.begin(SLOTS - 1)
    for _ in range(6):
        assert hanging.came.acquire(timeout=10)

    with told(slots.client, "globex") as news:
        slots.deliver("globex", 1)
        slots.begin(1)
        message = news.get_message(timeout=10)
        still_hanging = not hanging.go_on.is_set()
    hanging.go_on.set()
    slots.end()

    assert message is not None
    assert live.read(message["data"]).event_id == "globex-0"
    assert still_hanging


def test_threads_that_ask_at_one_moment_give_no_workspace_more_than_its_share(
    slots: Slots, hanging: Hanging
) -> None:
    slots.deliver("acme", 50)

    slots.begin(SLOTS)
    came = sum(hanging.came.acquire(timeout=10) for _ in range(6))
    idle = sum(slots.ended.acquire(timeout=10) for _ in range(SLOTS - 6))
    hanging.go_on.set()
    slots.end()

    assert (came, idle) == (6, SLOTS - 6)


def test_a_worker_that_is_told_to_end_gives_back_what_it_has_not_begun(
    slots: Slots, hanging: Hanging
) -> None:
    ending = threading.Event()
    deps = [replace(one, stopping=ending.is_set) for one in slots.shift.deps]
    slots.shift = replace(slots.shift, deps=deps)
    slots.deliver("acme", 400)
    slots.begin(SLOTS)
    for _ in range(6):
        assert hanging.came.acquire(timeout=10)

    ending.set()
    hanging.go_on.set()
    slots.end()

    inbox = Inbox(slots.client.of("acme"), retention_s=RETENTION_S)
    assert len(inbox.claim(1_000)) == 400 - 6  # six wait for awork, which was busy
    assert slots.shift.seats._held == [0, 0, 0]


def _deps(client: Client, answers: Any) -> Deps:
    return Deps(
        rules=lambda: RULES,
        redis=client,
        inbox=Inbox(client, retention_s=RETENTION_S),
        turns=Turns(client),
        connection=Connection(
            "https://awork.example", "token", transport=httpx.MockTransport(answers)
        ),
        directory=Directory(),
        holdings=StoredHoldings(client, retention_s=RETENTION_S),
        targets={},
        workiva=unset(),
        retention_s=RETENTION_S,
        now=lambda: datetime.now(UTC),
        jitter=lambda longest_s: longest_s,
        stopping=lambda: False,
        open_from=lambda _now: None,
    )
