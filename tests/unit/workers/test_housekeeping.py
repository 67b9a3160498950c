"""Signs of life, the sweep, and the watchdog that ends a deaf worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import ReadOnlyError, ResponseError
from structlog.testing import capture_logs

from deploy.local.redis_server import RedisServer
from tests import stored
from tests.stored import enlist
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.origin import Sign
from webhooks.store.rounds import Rounds, Swept
from workers.housekeeping import (
    DEAF_AFTER_TURNS,
    SILENT_S,
    Activity,
    Housekeeper,
    went_unheard,
)

OVERDUE = Swept(rang=True, due=1, overdue_ms=60_000, bells=1)
UNRUNG = Swept(rang=False, due=1, overdue_ms=60_000, bells=0)
RUNG = Swept(rang=True, due=0, overdue_ms=0, bells=1)
QUIET = Swept(rang=False, due=0, overdue_ms=0)


@pytest.mark.parametrize(
    ("due", "overdue_ms", "idle_s", "unheard"),
    [
        (0, 0, 1_000.0, False),  # nothing to hear
        (1, 999, 1.0, False),
        (1, 1_000, 0.9, False),
        (1, 1_000, 1.0, True),
        (9, 300_000, 0.0, False),  # all slots are taken
    ],
)
def test_unheard_is_a_bell_that_began_nothing(
    due: int, overdue_ms: int, idle_s: float, unheard: bool
) -> None:
    assert went_unheard(Swept(rang=True, due=due, overdue_ms=overdue_ms), idle_s) is unheard


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
    enlist: Callable[[], None] = lambda: None
    now: float = 0.0
    #: set by the helping thread, and what it waits for
    worked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    did: list[str] = field(default_factory=list)

    def sweep(self, worker: str, *, worker_silent_s: int) -> Swept:
        self.did.append(f"sweep {worker} {worker_silent_s}")
        return self.swept()

    def work(self) -> None:
        self.worked.set()
        self.go_on.wait(timeout=10)

    def leave(self, worker: str) -> None:
        self.did.append(f"leave {worker}")
        self.left()

    def keeper(self) -> Housekeeper:
        return Housekeeper(
            cast("Rounds", self),
            "w1",
            enlist=self.enlist,
            work=self.work,
            tidy=lambda: self.did.append("tidy"),
            clock=lambda: self.did.append("clock"),
            activity=Activity(1, lambda: self.now),
            end=lambda code: self.did.append(f"end {code}"),
        )


def test_a_turn_is_a_sign_of_life_a_sweep_a_look_at_the_store_and_the_clock() -> None:
    house = House()
    house.enlist = lambda: house.did.append("enlist")

    house.keeper().turn()

    assert house.did == ["enlist", f"sweep w1 {SILENT_S}", "tidy", "clock"]


def test_what_redis_refuses_to_one_step_does_not_keep_it_from_the_next() -> None:
    def refused() -> None:
        raise ResponseError("WRONGTYPE hookwork:rules is a string, must be a hash")

    house = House(enlist=refused)

    with pytest.raises(ResponseError, match="hookwork:rules"):
        house.keeper().turn()

    assert house.did == [f"sweep w1 {SILENT_S}", "tidy", "clock"]


def test_what_is_overdue_and_unheard_is_worked_off_by_one_thread_at_a_time() -> None:
    house = House(lambda: UNRUNG)
    keeper = house.keeper()

    turns(house, keeper, 1)
    began = house.worked.wait(timeout=10)
    house.worked.clear()
    turns(house, keeper, 3)
    again_meanwhile = house.worked.is_set()
    house.go_on.set()
    keeper.stop()

    assert (began, again_meanwhile) == (True, False)
    assert keeper._helper is not None
    assert not keeper._helper.is_alive()


def test_a_worker_that_is_busy_or_was_told_to_end_is_not_helped() -> None:
    house = House(lambda: UNRUNG)
    busy, ending = house.keeper(), house.keeper()
    busy._activity.began()
    ending._stop.set()

    turns(house, busy, 1)
    turns(house, ending, 1)

    assert (busy._helper, ending._helper) == (None, None)


def test_a_worker_that_helps_itself_is_still_deaf() -> None:
    """What is due is worked off at once, so nothing is ever overdue; but its bell still waits."""
    house = House(lambda: RUNG)

    turns(house, house.keeper(), DEAF_AFTER_TURNS)

    assert "end 1" in house.did


def test_without_a_bell_nobody_is_deaf() -> None:
    house = House(lambda: UNRUNG)
    house.go_on.set()

    turns(house, house.keeper(), DEAF_AFTER_TURNS + 1)

    assert "end 1" not in house.did


def turns(house: House, keeper: Housekeeper, number: int) -> None:
    for _ in range(number):
        house.now += 1.0
        keeper.turn()


def test_a_deaf_worker_ends_itself_so_that_a_new_one_is_started() -> None:
    house = House(lambda: OVERDUE)
    keeper = house.keeper()

    turns(house, keeper, DEAF_AFTER_TURNS - 1)
    patient = "end 1" not in house.did
    turns(house, keeper, 1)

    house.go_on.set()

    assert patient
    assert house.did[-3:] == ["end 1", "tidy", "clock"]


def test_a_worker_is_not_deaf_because_much_became_due_while_redis_was_away() -> None:
    """It can only hear bells again when Redis is back; the turns in between do not count."""
    house = House(lambda: OVERDUE)
    keeper = house.keeper()
    turns(house, keeper, DEAF_AFTER_TURNS - 1)

    def away() -> Swept:
        raise RedisAway("away")

    house.swept = away
    keeper._stop.set()
    keeper._run()
    house.swept = lambda: OVERDUE
    turns(house, keeper, DEAF_AFTER_TURNS - 1)

    assert "end 1" not in house.did


@pytest.mark.parametrize("error", [RedisAway("away"), ConnectionResetError("gone")])
def test_redis_away_does_not_end_the_thread(error: Exception) -> None:
    """What ends it is being told to, which it was before the first turn."""

    def sweep() -> Swept:
        raise error

    house = House(sweep)
    keeper = house.keeper()
    keeper._stop.set()

    keeper._run()

    assert house.did == ["sweep w1 10"]


def test_a_mistake_of_ours_does_not_end_the_thread_either() -> None:
    def sweep() -> Swept:
        raise KeyError("ours")

    house = House(sweep)
    keeper = house.keeper()
    keeper._stop.set()

    keeper._run()

    assert house.did == ["sweep w1 10"]


def test_what_redis_is_waited_for_is_told_once_for_each_cause() -> None:
    errors: list[Exception] = [
        RedisAway("away"),
        RedisAway("away still"),
        ReadOnlyError("READONLY"),
        ReadOnlyError("READONLY"),
    ]

    def sweep() -> Swept:
        if errors:
            raise errors.pop(0)
        return QUIET

    keeper = House(sweep).keeper()
    keeper._stop.set()

    with capture_logs() as logs:
        for _ in range(6):
            keeper._run()

    assert [(line["event"], line.get("cause") or line["after"]) for line in logs] == [
        ("housekeeping_waits", "redis:away"),
        ("housekeeping_waits", "redis:read-only"),
        ("housekeeping_goes_on", "redis:read-only"),
    ]


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
    client: Client, server: RedisServer
) -> None:
    inbox = Inbox(client, retention_s=stored.RETENTION_S)
    stored.accept(server.url, stored.event("a"))
    client.zadd(keys.WORKERS, {"dead": 1})
    ended: list[int] = []
    signs: list[Sign] = []
    keeper = Housekeeper(
        Rounds([inbox]),
        "w1",
        enlist=lambda: signs.append(
            enlist(inbox, "w1", bell="bell @BELL@", rules_hash="h", rules=["plan"])
        ),
        work=lambda: None,
        tidy=lambda: None,
        clock=lambda: None,
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
