"""Signs of life, the sweep, and the watchdog that ends a deaf worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest
import redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import ReadOnlyError

from deploy.local.redis_server import RedisServer
from tests import stored
from webhooks.store import keys
from webhooks.store.inbox import Inbox, Swept
from workers.housekeeping import SILENT_S, Activity, Housekeeper, is_deaf

OVERDUE = Swept(rang=True, due=1, overdue_ms=60_000)
QUIET = Swept(rang=False, due=0, overdue_ms=0)


@pytest.mark.parametrize(
    ("due", "overdue_ms", "idle_s", "deaf"),
    [
        (0, 0, 1_000.0, False),  # nothing to hear
        (1, 29_999, 30.0, False),
        (1, 30_000, 29.9, False),
        (1, 30_000, 30.0, True),
        (9, 300_000, 300.0, True),
        (9, 300_000, 0.0, False),  # all slots are taken
    ],
)
def test_deaf_is_who_heard_nothing_while_something_waited(
    due: int, overdue_ms: int, idle_s: float, deaf: bool
) -> None:
    assert is_deaf(Swept(rang=due > 0, due=due, overdue_ms=overdue_ms), idle_s) is deaf


def test_idle_is_counted_from_the_last_start_while_a_slot_is_free() -> None:
    now = 100.0
    activity = Activity(2, lambda: now)
    seen = [activity.idle_s()]

    now = 110.0
    seen.append(activity.idle_s())
    activity.began()
    now = 115.0
    seen.append(activity.idle_s())
    activity.began()
    now = 155.0
    seen.append(activity.idle_s())

    assert seen == [0.0, 10.0, 5.0, 0.0]  # the last: both slots are taken


def test_time_without_a_free_slot_is_not_idle() -> None:
    """Else a worker with one slot ends itself right after an event that took half a minute."""
    now = 100.0
    activity = Activity(1, lambda: now)
    activity.began()

    now = 160.0
    activity.ended()

    assert activity.idle_s() == 0.0


@dataclass
class House:
    """An inbox whose sweep and goodbye the test decides, with all that was asked of it."""

    swept: Callable[[], Swept] = lambda: QUIET
    left: Callable[[], None] = lambda: None
    now: float = 0.0
    did: list[str] = field(default_factory=list)

    def sweep(self, worker: str, *, worker_silent_s: int) -> Swept:
        self.did.append(f"sweep {worker} {worker_silent_s}")
        return self.swept()

    def leave(self, worker: str) -> None:
        self.did.append(f"leave {worker}")
        self.left()

    def keeper(self) -> Housekeeper:
        return Housekeeper(
            cast("Inbox", self),
            "w1",
            enlist=lambda: self.did.append("enlist"),
            activity=Activity(1, lambda: self.now),
            end=lambda code: self.did.append(f"end {code}"),
        )


def test_a_turn_is_a_sign_of_life_and_a_sweep() -> None:
    house = House()

    house.keeper().turn()

    assert house.did == ["enlist", f"sweep w1 {SILENT_S}"]


def test_a_deaf_worker_ends_itself_so_that_a_new_one_is_started() -> None:
    house = House(lambda: OVERDUE)
    keeper = house.keeper()

    keeper.turn()
    house.now = 30.0
    keeper.turn()

    assert house.did == ["enlist", "sweep w1 10", "enlist", "sweep w1 10", "end 1"]


@pytest.mark.parametrize(
    "error", [RedisAway("away"), ReadOnlyError("replica"), ConnectionResetError("gone")]
)
def test_redis_away_does_not_end_the_thread(error: Exception) -> None:
    """What ends it is being told to, which it was before the first turn."""

    def sweep() -> Swept:
        raise error

    house = House(sweep)
    keeper = house.keeper()
    keeper._stop.set()

    keeper._run()

    assert house.did == ["enlist", "sweep w1 10"]


def test_a_mistake_of_ours_is_not_taken_for_redis() -> None:
    def sweep() -> Swept:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        House(sweep).keeper()._run()


def test_stop_ends_the_thread_and_says_goodbye() -> None:
    house = House()
    keeper = house.keeper()

    keeper.start()
    keeper.stop()

    assert house.did[-1] == "leave w1"
    assert not keeper._thread.is_alive()


def test_stop_before_start_and_with_redis_away_is_quiet() -> None:
    def left() -> None:
        raise RedisAway("away")

    house = House(left=left)

    house.keeper().stop()

    assert house.did == ["leave w1"]


def test_a_turn_rings_for_what_was_left_lying_and_forgets_silent_workers(
    client: redis.Redis, server: RedisServer
) -> None:
    inbox = Inbox(client, retention_s=stored.RETENTION_S)
    stored.accept(server.url, stored.event("a"))
    client.zadd(keys.WORKERS, {"dead": 1})
    ended: list[int] = []
    keeper = Housekeeper(
        inbox,
        "w1",
        enlist=lambda: inbox.enlist("w1", bell="bell @BELL@", rules_hash="h", rules=3),
        activity=Activity(1),
        end=ended.append,
    )

    keeper.turn()
    alive = client.zrange(keys.WORKERS, 0, -1)
    keeper.stop()

    assert alive == [b"w1"]
    assert client.lrange(keys.QUEUE, 0, -1) == [b"bell bell-1"]
    assert ended == []
    assert client.zcard(keys.WORKERS) == 0
