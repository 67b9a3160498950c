"""`hookwork up`: everything on this machine, by one command."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
from redis.exceptions import RedisError
from rich.console import Console

from deploy.local import house as houses
from deploy.local import report
from deploy.local.house import House
from deploy.sandbox.day import Delivery, fetch_day
from webhooks.store import keys, live
from webhooks.store.connection import sync_client
from webhooks.store.live import Live
from webhooks.store.reply import text, texts

#: seconds the sample day may take to be settled
_DAY_S = 60.0


def up(environ: Mapping[str, str], console: Console) -> None:
    """Run until interrupted, telling what is made as it happens."""
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stop.set())
    console.print("Starting Redis, edge and worker ...")
    with houses.running(environ, ephemeral=False) as house:
        report.started(console, house)
        watched = _watch(house, stop)
        player = _play_in_thread(house, console) if house.sandbox else None
        for event in watched:
            report.told(console, event)
            _keep_running(house, console, stop)
        if player:
            player.join(timeout=1)
        console.print("Ending ...")


def once(environ: Mapping[str, str], console: Console) -> bool:
    """Play the sample day, wait until every event of it is settled, and show what was made.

    Returns False when something did not settle, or failed.
    """
    stop = threading.Event()
    without_token = {k: v for k, v in environ.items() if not k.startswith("AWORK_API_")}
    with houses.running(without_token, ephemeral=True) as house:
        seen: deque[Live] = deque()
        watching = _watch(house, stop)
        thread = threading.Thread(
            target=lambda: seen.extend(event for event in watching if event), daemon=True
        )
        thread.start()
        houses.subscribe(house)
        sent = _play(house, lambda title: console.print(f"  {title}"))
        settled = _wait_until_settled(house, sent)
        stop.set()
        thread.join()
        report.table(console, seen)
        left = [] if settled else _left(house)
        report.summary(console, seen, left)
        return settled and not any(event.outcome == "failed" for event in seen)


def _watch(house: House, stop: threading.Event) -> Iterator[Live | None]:
    """Each settled event, as it happens, until told to stop; None when nothing did for a while."""
    subscription: Any = sync_client(house.settings).pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        ignore_subscribe_messages=True
    )
    subscription.subscribe(keys.LIVE)
    # Taken now, so that what happens before the first look is not missed.
    subscription.get_message(timeout=1)
    return _settled_events(subscription, stop)


def _settled_events(subscription: Any, stop: threading.Event) -> Iterator[Live | None]:
    while not stop.is_set():
        try:
            message = subscription.get_message(timeout=0.2)
        except (RedisError, OSError):
            # Redis is away for a moment; what happens meanwhile is in the console.
            stop.wait(1)
            continue
        if message is None:
            yield None
        elif message["data"]:
            yield live.read(message["data"])
    subscription.close()


def _play_in_thread(house: House, console: Console) -> threading.Thread:
    def run() -> None:
        houses.subscribe(house)
        _play(house, lambda _: None)
        console.print("The sample day has been played. Ctrl-C ends everything.")

    thread = threading.Thread(target=run, name="sample-day", daemon=True)
    thread.start()
    return thread


def _play(house: House, tell: Callable[[str], None]) -> int:
    """Have the sandbox send the sample day. Returns how many deliveries that are."""
    with httpx.Client(timeout=30) as client:
        day = fetch_day(house.sandbox, client)
        for delivery in day:
            tell(delivery.title)
            _deliver(house, delivery, client)
    return sum(delivery.times for delivery in day)


def _deliver(house: House, delivery: Delivery, client: httpx.Client) -> None:
    for _ in range(delivery.times):
        client.post(f"{house.sandbox}/sandbox/deliver", content=delivery.body).raise_for_status()


def _wait_until_settled(house: House, sent: int) -> bool:
    """Wait until all that was sent has been received, and nothing waits any more."""
    client = sync_client(house.settings)
    deadline = time.monotonic() + _DAY_S
    while time.monotonic() < deadline:
        counts = texts(client.hgetall(keys.COUNTS))
        received = sum(int(n) for name, n in counts.items() if name.startswith("received:"))
        if received >= sent and not client.zcard(keys.WAITING):
            return True
        time.sleep(0.05)
    return False


def _left(house: House) -> list[str]:
    """The ids of the events that are not settled."""
    client = sync_client(house.settings)
    return [text(event_id) for event_id in client.zrange(keys.WAITING, 0, -1)]


def _keep_running(house: House, console: Console, stop: threading.Event) -> None:
    """Start again what ended by itself; end everything when it keeps ending."""
    for process in house.processes:
        if (code := process.ended()) is None:
            continue
        console.print(f"{process.name} ended with {code}; starting it again")
        if not process.restart():
            console.print(f"{process.name} does not stay up:\n{process.last_words()}")
            stop.set()
