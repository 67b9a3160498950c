"""What all processes keep of their reads, and when it is forgotten. Real Redis, sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.unit.workers.answering import Asked
from webhooks.sources.awork import parse
from webhooks.store import keys
from webhooks.store.client import Client
from workers.facts.reads import Reads
from workers.targets.awork import Awork, Connection
from workers.targets.cache import Cache, Known
from workers.targets.directory import Directory
from workers.targets.http import Request

TASK = samples.sample("task_added")["entity"]["id"]
PAST_US = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1_000_000)


def test_what_one_process_read_another_need_not(client: Client) -> None:
    one, other, ask = Cache(client), Cache(client), Asked()
    one.read("a", ask, keep_s=300)

    found = other.read("a", ask, keep_s=300)

    assert (found, ask.times) == (1, 1)
    assert 299_000 < client.pttl(keys.UNNAMED.kept("a")) <= 300_000


def test_while_one_process_reads_another_waits_for_its_answer(client: Client) -> None:
    begun, go = threading.Event(), threading.Event()

    def slowly() -> Known:
        begun.set()
        go.wait()
        return Known("theirs", None)

    reader = threading.Thread(target=lambda: Cache(client).read("a", slowly, keep_s=300))
    reader.start()
    begun.wait()

    def sleep(_seconds: float) -> None:
        go.set()
        reader.join()

    found = Cache(client, sleep=sleep).read("a", Asked(), keep_s=300)

    assert found == "theirs"


def test_one_that_waits_in_vain_reads_for_itself(client: Client) -> None:
    """The other process died, or awork is slow: its mark stays for some seconds."""
    client.set(keys.UNNAMED.reading("a"), "of a process that died")
    slept: list[float] = []
    cache = Cache(client, sleep=slept.append)

    found = cache.read("a", Asked(), keep_s=300)

    assert found == 1
    assert sum(slept) == pytest.approx(1.0)
    assert client.exists(keys.UNNAMED.kept("a")) == 0


def test_a_read_that_failed_leaves_nothing_that_others_wait_for(client: Client) -> None:
    def fail() -> Known:
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        Cache(client).read("a", fail, keep_s=300)

    assert client.keys("hookwork:*") == []


@pytest.mark.parametrize(
    ("at_us", "happened_us", "kept"), [(5, 6, False), (5, 5, True), (None, 1, False)]
)
def test_an_event_outdates_for_all_what_was_answered_before_it(
    client: Client, at_us: int | None, happened_us: int, kept: bool
) -> None:
    Cache(client).read("a", Asked(at_us), keep_s=300)

    Cache(client).outdate(["a", "b"], happened_us)

    assert client.exists(keys.UNNAMED.kept("a")) == kept


def test_a_read_that_began_before_an_event_is_not_kept(client: Client) -> None:
    now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
    other = Cache(client)
    ask = Asked(meanwhile=lambda: other.outdate(["a"], now_us + 10_000_000))

    Cache(client).read("a", ask, keep_s=300)

    assert client.keys("hookwork:*") == []


def test_an_answer_older_than_an_event_is_not_kept_whatever_the_clock_of_redis(
    client: Client,
) -> None:
    """By awork's clock, a minute behind, the event happened between the answer and its arrival."""
    other = Cache(client)
    ask = Asked(at_us=PAST_US, meanwhile=lambda: other.outdate(["a"], PAST_US + 1))

    Cache(client).read("a", ask, keep_s=300)

    assert client.keys("hookwork:*") == []


def test_an_event_of_long_ago_does_not_disturb_a_read(client: Client) -> None:
    other = Cache(client)
    ask = Asked(at_us=PAST_US + 1, meanwhile=lambda: other.outdate(["a"], PAST_US))

    Cache(client).read("a", ask, keep_s=300)

    assert client.exists(keys.UNNAMED.kept("a")) == 1


def test_what_another_process_drops_while_it_is_read_is_not_kept(client: Client) -> None:
    other = Cache(client)
    ask = Asked(at_us=9, meanwhile=lambda: other.drop(["a"]))

    Cache(client).since("a", 1, ask, keep_s=60)

    assert client.keys("hookwork:*") == []


@dataclass
class Processes:
    """Workers that look at one awork."""

    client: Client
    sandbox: Sandbox
    made: list[Connection]

    def awork(self, transport: httpx.BaseTransport | None = None) -> Awork:
        """awork, as one more process sees it."""
        self.made.append(
            Connection(
                self.sandbox.url,
                self.sandbox.token,
                cache=Cache(self.client),
                transport=transport,
            )
        )
        return Awork(self.made[-1])

    def look(self, occurred_us: int | None) -> None:
        """A process reads the task for an event."""
        Reads(self.awork(), Directory(), occurred_us=occurred_us).whole("task", TASK)

    @property
    def reads(self) -> int:
        return [call.path for call in self.sandbox.calls].count(f"/tasks/{TASK}")


@pytest.fixture
def processes(client: Client) -> Iterator[Processes]:
    with Sandbox.start() as sandbox:
        made: list[Connection] = []
        yield Processes(client, sandbox, made)
        for one in made:
            one.close()


def test_an_object_is_read_once_for_events_that_happened_before_it_was_read(
    processes: Processes,
) -> None:
    for seconds in range(5):
        processes.look(PAST_US + seconds * 1_000_000)

    assert processes.reads == 1


@pytest.mark.parametrize("ahead_s", [0, 5, 3_600])
def test_an_event_that_happened_since_reads_the_object_anew(
    processes: Processes, ahead_s: int
) -> None:
    now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
    processes.look(PAST_US)

    processes.look(now_us + ahead_s * 1_000_000)

    assert processes.reads == 2


def test_what_is_no_event_of_awork_reads_everything_itself(processes: Processes) -> None:
    processes.look(PAST_US)

    processes.look(None)

    assert processes.reads == 2


def test_a_write_that_names_the_object_makes_all_forget_it(processes: Processes) -> None:
    processes.look(PAST_US)

    processes.awork().send(Request("POST", f"/tasks/{TASK.upper()}/comments", {"message": "x"}))
    processes.look(PAST_US)

    assert processes.reads == 2


def test_an_answer_without_a_date_is_not_kept(processes: Processes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json={"id": TASK}))
    undated = Reads(processes.awork(transport), Directory(), occurred_us=PAST_US)

    found = undated.whole("task", TASK)

    assert found == {"id": TASK}
    assert processes.client.keys("hookwork:*") == []


def test_an_event_of_a_user_makes_all_read_the_users_anew(processes: Processes) -> None:
    payload = samples.fresh("user_updated")
    name = "{firstName} {lastName}".format(**payload["entity"])
    event = parse(samples.raw(payload), event_id="e", now_ms=1_000)
    Directory().user(processes.awork(), name)

    Directory().heed(processes.awork(), event)
    Directory().user(processes.awork(), name)

    assert [call.path for call in processes.sandbox.calls] == ["/users", "/users"]
