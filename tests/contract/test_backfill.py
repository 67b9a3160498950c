"""What changed in awork and never came is found, fed in, and handled once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest

from deploy.sandbox.disorder import Disorder
from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.contract.test_console import browser
from tests.contract.test_sandbox_answers import TASK
from tests.contract.unheard import RULES, People, backfills, entries, work_off
from tests.stored import RETENTION_S
from tests.worker import Clock
from webhooks.event import from_wire
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.delivery import Delivery
from webhooks.store.feeder import Feeder
from workers.watching.comparing import Compared, NoFeed
from workers.watching.families import FAMILIES

NOTHING = Compared()


@pytest.fixture
def people(sandbox: Sandbox) -> People:
    return People(sandbox)


def test_a_lost_change_is_found_and_handled_once(
    make: Make, people: People, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(RULES)
    people.disorder = Disorder(lost=["task_updated"])
    people.change(TASK, name="Heard of later")
    clock.forward(minutes=10)

    first, again = (backfills(one, sandbox)()["tasks"] for _ in range(2))
    run = one.work()
    after = backfills(one, sandbox)()["tasks"]

    assert people.sent == []
    (found,) = first.fed_in
    assert (found.kind, found.entity_id, found.title) == ("task_updated", TASK, "Heard of later")
    assert (again.fed_in, again.had, after.fed_in, after.had) == ((), 1, (), 1)
    assert (run.event_id, run.outcome, run.via) == (found.event_id, "done", "backfill")
    (comment,) = sandbox.writes("/tasks/.*/comments")
    assert comment.body["message"] == "task_updated Heard of later"


def test_a_found_event_says_what_it_is_and_who_changed_its_object(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    lost = people.change(TASK)
    clock.forward(minutes=10)

    (found,) = backfills(one, sandbox)()["tasks"].fed_in
    head, body = client.hmget(keys.UNNAMED.event(found.event_id), "head", "body")
    assert isinstance(head, bytes)
    assert isinstance(body, bytes)
    event = from_wire(head, body)
    told = event.payload()

    assert (event.kind, event.source, event.via) == ("task_updated", "awork", "backfill")
    assert told["source"] == "backfill"
    assert told["entity"]["resourceVersion"] == lost["entity"]["resourceVersion"]
    assert told["timestamp"] == told["entity"]["updatedOn"]
    assert told["triggeredBy"] == lost["triggeredBy"]
    assert "changes" not in told
    assert client.hget(keys.UNNAMED.counts, "received:task_updated:accepted") == b"1"


def test_what_came_is_not_fed_in_whether_it_is_settled_or_still_waits(
    make: Make, people: People, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(RULES)
    for name in ("settled", "waiting"):
        one.deliver(people.change(people.add(TASK)["entityId"], name=name))
        if name == "settled":
            list(work_off(one))
    clock.forward(minutes=10)

    compared = backfills(one, sandbox)()["tasks"]

    assert (compared.looked_at, compared.had, compared.fed_in) == (2, 2, ())


def test_a_change_behind_one_that_still_waits_is_found(
    make: Make, people: People, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(RULES)
    one.deliver(people.change(TASK, name="waits"))
    clock.forward(seconds=1)
    people.change(TASK, name="lost")
    clock.forward(minutes=10)

    first, again = (backfills(one, sandbox)()["tasks"] for _ in range(2))

    assert [(found.kind, found.title) for found in first.fed_in] == [("task_updated", "lost")]
    assert (again.had, again.fed_in) == (1, ())
    assert list(work_off(one)) == ["done", "done"]


def test_what_is_new_and_was_never_seen_is_added_and_the_rest_is_updated(
    make: Make, people: People, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(RULES)
    old = people.add(TASK, name="old")
    clock.forward(hours=2)
    known = people.add(TASK, name="known")
    one.deliver(known)
    list(work_off(one))
    people.change(old["entityId"])
    people.change(known["entityId"])
    people.add(TASK, name="new")
    clock.forward(minutes=10)

    compared = backfills(one, sandbox)()["tasks"]

    assert {one.title: one.kind for one in compared.fed_in} == {
        "old": "task_updated",
        "known": "task_updated",
        "new": "task_added",
    }


def test_our_own_changes_are_not_fed_in(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    """By awork's word; and, where that names another, by what our write had as its answer."""
    one = make(RULES)
    people.change(TASK, by=sandbox.world.api_user_id)
    other = people.change(people.add(TASK)["entityId"])
    version = f"r{other['entity']['resourceVersion']:020d}"
    client.set(keys.UNNAMED.wrote(other["entityId"]), f"{version} u{0:020d}")
    clock.forward(minutes=10)

    compared = backfills(one, sandbox)()["tasks"]

    assert (compared.looked_at, compared.ours, compared.fed_in) == (2, 2, ())


def test_what_may_still_be_delivered_is_left_to_its_delivery(
    make: Make, people: People, clock: Clock, sandbox: Sandbox
) -> None:
    one = make(RULES)
    people.change(TASK)
    clock.forward(seconds=100)

    compared = backfills(one, sandbox)()["tasks"]

    assert compared == NOTHING


@pytest.mark.parametrize("delivered_first", [True, False])
def test_a_delivery_that_comes_late_is_not_handled_again(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, *, delivered_first: bool
) -> None:
    """Also when it comes after the comparison, and before what that has fed in is worked on."""
    one = make(RULES)
    late = people.change(TASK)
    clock.forward(minutes=10)
    backfills(one, sandbox)()

    steps: list[Callable[[], object]] = [lambda: one.deliver(late), lambda: list(work_off(one))]
    for step in steps if delivered_first else reversed(steps):
        step()
    outcomes = list(work_off(one))

    assert outcomes == ([] if delivered_first else ["stale"])
    assert len(sandbox.writes("/tasks/.*/comments")) == 1


def test_two_backfills_at_once_feed_in_once(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    people.change(TASK)
    clock.forward(minutes=10)
    meeting = Meeting(client)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(backfills(one, sandbox, meeting)) for _ in range(2)]
        fed = [len(one.result()["tasks"].fed_in) for one in both]

    assert sorted(fed) == [0, 1]
    assert client.zcard(keys.UNNAMED.waiting) == 1


def test_an_event_that_arrives_this_moment_is_not_doubled(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    """Between the last look at what is known and the storing."""
    one = make(RULES)
    lost = people.change(TASK)
    clock.forward(minutes=10)
    rival = Rival(client, lambda: one.deliver(lost))

    compared = backfills(one, sandbox, rival)()["tasks"]

    assert (compared.looked_at, compared.fed_in) == (1, ())
    assert client.zrange(keys.UNNAMED.waiting, 0, -1) == [b"event-1"]


def test_a_dry_run_finds_everything_and_stores_nothing(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    people.change(TASK)
    clock.forward(minutes=10)

    compared = backfills(one, sandbox, NoFeed(client))()["tasks"]

    assert len(compared.fed_in) == 1
    assert client.zcard(keys.UNNAMED.waiting) == 0


def test_ten_missing_of_five_thousand_are_found_whatever_page_they_are_on(
    make: Make, clock: Clock, sandbox: Sandbox, client: Client
) -> None:
    """A thousand and more were changed within one second, as by a batch."""
    one = make(RULES)
    began = clock.now.replace(microsecond=0) - timedelta(minutes=50)

    def changed_at(number: int) -> timedelta:
        return timedelta(seconds=600 if 1_500 <= number < 3_800 else number / 4)

    every = entries(sandbox, 5_000, lambda number: began + changed_at(number))
    missing = [
        every[number] for number in (0, 999, 1_000, 1_500, 2_499, 2_500, 3_799, 4_000, 4_999)
    ]
    missing.append(every[1_999])
    with client.pipeline() as pipe:
        for entry in every:
            if entry not in missing:
                version = f"r{entry['resourceVersion']:020d} digest"
                pipe.hset(
                    keys.UNNAMED.handled(f"awork:{entry['id']}"), "r:timetracking_updated", version
                )
        pipe.execute()

    found = backfills(one, sandbox)(families=FAMILIES[1:])["timeentries"]

    assert {one.entity_id for one in found.fed_in} == {entry["id"] for entry in missing}
    assert (found.looked_at, found.had) == (5_000, 4_990)
    assert len([call for call in sandbox.calls if call.path == "/timeentries"]) <= 8


def test_the_console_says_how_an_event_was_found(
    make: Make, people: People, clock: Clock, sandbox: Sandbox, settings: Settings
) -> None:
    one = make(RULES)
    people.change(TASK)
    clock.forward(minutes=10)
    (found,) = backfills(one, sandbox)()["tasks"].fed_in
    with browser(settings) as console:
        page = console.get(f"/events/{found.event_id}").text

    assert "task_updated, never delivered, found by asking awork" in page
    assert "<h2>As awork had it</h2>" in page


@dataclass
class Meeting:
    """Two that store at the same moment."""

    client: Client

    def __post_init__(self) -> None:
        self._both = Barrier(2, timeout=10)

    def feed(self, delivery: Delivery, *, lacks: Callable[[], bool]) -> bool:
        def lacks_and_waits() -> bool:
            lacking = lacks()
            self._both.wait()
            return lacking

        return Feeder(self.client, retention_s=RETENTION_S).feed(delivery, lacks=lacks_and_waits)


@dataclass
class Rival:
    """Stores, after something else has happened at the last moment."""

    client: Client
    happens: Callable[[], object]

    def feed(self, delivery: Delivery, *, lacks: Callable[[], bool]) -> bool:
        def lacks_until_then() -> bool:
            lacking = lacks()
            self.happens()
            return lacking

        return Feeder(self.client, retention_s=RETENTION_S).feed(delivery, lacks=lacks_until_then)
