"""Playing the sandbox's sample day to the edge, through the webhooks that the sandbox sends."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from deploy.local.house import House
from deploy.sandbox.day import fetch_day
from webhooks.store.connection import sync_client
from webhooks.store.reply import text, texts

#: seconds the sample day may take to be settled
_PATIENCE_S = 60.0


def play(house: House, tell: Callable[[str], None]) -> int:
    """Subscribe the edge at the sandbox, and have the day sent. Returns how many deliveries.

    tell: gets what happens, one thing at a time.
    """
    with httpx.Client(timeout=30) as client:
        _subscribe(house, client)
        day = fetch_day(house.sandbox, client)
        for delivery in day:
            tell(delivery.title)
            for _ in range(delivery.times):
                url = f"{house.sandbox}/sandbox/deliver"
                client.post(url, content=delivery.body).raise_for_status()
    return sum(delivery.times for delivery in day)


def left_over(house: House, sent: int) -> list[str] | None:
    """Wait until all that was sent has been received, and nothing waits any more.

    Returns the ids of the events that are not settled in time; None when fewer than `sent` came.
    """
    client = sync_client(house.settings)
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        counts = texts(client.hgetall(client.key.counts))
        received = sum(int(n) for name, n in counts.items() if name.startswith("received:"))
        waiting = [text(event_id) for event_id in client.zrange(client.key.waiting, 0, -1)]
        if received >= sent and not waiting:
            return []
        if time.monotonic() > deadline:
            return waiting if received >= sent else None
        time.sleep(0.05)


def _subscribe(house: House, client: httpx.Client) -> None:
    """As an administrator of awork would set it up."""
    settings = house.settings
    secret = settings.awork_webhook_secret.get_secret_value()
    client.headers["Authorization"] = f"Bearer {settings.awork_api_token.get_secret_value()}"
    events = client.get(f"{settings.awork_api_url}/webhooks/eventtypes").raise_for_status()
    names = [e if isinstance(e, str) else str(e["value"]) for e in events.json()]
    client.post(
        f"{settings.awork_api_url}/webhooks",
        json={
            "name": "hookwork",
            "uri": f"{house.url}/webhooks/awork",
            "events": ",".join(names),
            "isActive": True,
            "authenticationType": "header",
            "authentication": f"{settings.awork_webhook_header}={secret}",
            "onlyTriggerForMainEntityChanges": True,
        },
    ).raise_for_status()
