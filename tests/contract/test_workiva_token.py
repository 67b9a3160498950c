"""One token for all threads and workers, asked for by one of them. Real Redis, own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice
from typing import Any

import httpx
import pytest
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.contract.workivas import CREATE, Workivas, reply
from webhooks.errors import TargetAway, TargetBusy, TargetFailed
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.reply import text
from workers.targets.http import Answer
from workers.targets.signing import LocalShelf
from workers.targets.workiva_api import PROTOTYPE

Sent = Answer | TargetFailed


@pytest.fixture
def workivas(client: Client) -> Workivas:
    return Workivas(client)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as running:
        yield running


def signing(client: Client) -> list[Any]:
    return client.keys(keys.UNNAMED.signing("*"))


def test_sixteen_threads_of_two_workers_ask_for_one_token(
    workivas: Workivas, threads: ThreadPoolExecutor
) -> None:
    workivas.gate.clear()
    sent = [threads.submit(workivas.send, worker=number % 2) for number in range(16)]

    behind = [one.result() for one in islice(as_completed(sent, timeout=10), 15)]
    workivas.gate.set()
    (first,) = (one.result() for one in sent if one.result() not in behind)
    after = [workivas.send(worker=worker) for worker in (0, 1)]

    assert {type(one) for one in behind} == {TargetAway}
    assert {(one.code, one.retry_after_s) for one in behind if isinstance(one, TargetAway)} == {
        ("workiva:signing-in", 1.0)
    }
    assert [type(one) for one in (first, *after)] == [Answer] * 3
    assert (workivas.given, len(workivas.asked)) == (1, 3)
    assert workivas.problems == []


def test_threads_of_a_process_of_its_own_wait_for_the_one_that_asks(
    workivas: Workivas, threads: ThreadPoolExecutor
) -> None:
    workivas.workers = [workivas.worker(is_alone=True)]
    shelf = workivas.workers[0]._connection.tokens._shelf
    assert isinstance(shelf, LocalShelf)
    waited = []

    def given(_: httpx.Request) -> httpx.Response:
        # Held while it is asked: without it the others would not wait, most of the time.
        waited.append(shelf.alone().locked())
        workivas.valid.append("token-number-1")
        return httpx.Response(200, json={"access_token": "token-number-1"})

    workivas.refuses = given

    sent = list(threads.map(lambda _: workivas.send(), range(16)))

    assert [type(one) for one in sent] == [Answer] * 16
    assert waited == [True]


@pytest.mark.parametrize("is_alone", [False, True])
def test_a_token_serves_until_a_minute_before_its_end(workivas: Workivas, is_alone: bool) -> None:
    workivas.life_s = 3600
    workivas.workers = [workivas.worker(is_alone=is_alone)]
    workivas.send()
    later = later_of(workivas, is_alone=is_alone)

    later(3600 - 60 - 0.001)
    workivas.send()
    before = workivas.given
    later(0.001)
    workivas.send()

    assert (before, workivas.given) == (1, 2)
    assert [one.headers["Authorization"] for one in workivas.asked] == [
        "Bearer token-number-1",
        "Bearer token-number-1",
        "Bearer token-number-2",
    ]


def later_of(workivas: Workivas, *, is_alone: bool) -> Callable[[float], None]:
    """Lets time pass: by Redis's clock, or by that of the process."""

    def local(seconds: float) -> None:
        workivas.now += timedelta(seconds=seconds)

    return local if is_alone else workivas.later


def test_while_one_asks_for_the_next_the_others_go_on_with_the_old(
    workivas: Workivas, threads: ThreadPoolExecutor
) -> None:
    workivas.send()
    workivas.later(599 - 59)
    workivas.gate.clear()
    workivas.signing.clear()
    renewing: Future[Sent] = threads.submit(workivas.send)
    assert workivas.signing.wait(10)

    meanwhile = [workivas.send(worker=worker) for worker in (0, 1)]
    workivas.gate.set()
    renewed = renewing.result()

    assert [type(one) for one in (*meanwhile, renewed)] == [Answer] * 3
    assert workivas.given == 2
    assert [one.headers["Authorization"][-1] for one in workivas.asked] == ["1", "1", "1", "2"]


def test_an_old_token_is_gone_on_with_when_there_is_no_new_one(
    workivas: Workivas, client: Client
) -> None:
    workivas.send()
    workivas.later(599 - 59)
    workivas.refuses = reply(503)

    sent = [workivas.send(worker=number % 2) for number in range(6)]
    tried = len(workivas.sign_ins)
    # Its end: nothing is left to go on with.
    workivas.later(59)
    client.delete(*signing(client))
    late = workivas.failed()

    assert [type(one) for one in sent] == [Answer] * 6
    assert tried == 2
    assert (type(late), late.code, late.status) == (TargetBusy, "status-503", 503)


def test_who_died_while_it_asked_blocks_the_others_for_20_s(
    workivas: Workivas, client: Client
) -> None:
    """What dies so says nothing to anybody."""

    class Died(BaseException):
        pass

    def dies(_: httpx.Request) -> httpx.Response:
        raise Died

    workivas.refuses = dies
    with pytest.raises(Died):
        workivas.send()
    workivas.refuses = None

    during = workivas.failed(worker=1)
    (mark,) = signing(client)
    left_ms = client.pttl(mark)
    client.pexpire(mark, 0)

    assert during.code == "workiva:signing-in"
    assert 16_000 < left_ms <= 20_000
    assert isinstance(workivas.send(worker=1), Answer)


def test_tokens_are_kept_apart_by_grant_place_and_api(workivas: Workivas, client: Client) -> None:
    workivas.send()
    workivas.worker(api=PROTOTYPE).send(CREATE)

    names = [text(name) for name in client.keys(keys.UNNAMED.token("*"))]
    assert workivas.given == 2
    assert len(set(names)) == 2
    assert all(0 < client.pttl(name) <= 599_000 for name in names)
    assert not any("grant-1" in name for name in names)


def test_a_wrong_secret_does_not_go_on_with_the_token_of_the_right_one(workivas: Workivas) -> None:
    workivas.send()

    with pytest.raises(TargetFailed) as wrong:
        workivas.worker(secret="mistyped").send(CREATE)

    assert wrong.value.code == "token-rejected"
    assert len(workivas.asked) == 1


def test_a_redis_that_is_away_is_told_as_such(workivas: Workivas) -> None:
    nowhere = "/nonexistent/redis.sock"
    away = Client(unix_socket_path=nowhere, retry=Retry(NoBackoff(), 0))
    workivas.client = away
    worker = workivas.worker()

    with pytest.raises(RedisError):
        worker._connection.tokens.current()

    assert workivas.called == []
