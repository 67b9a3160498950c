"""The bell is Celery's own message, rung by a script of ours.

That a real worker hears it is in the journeys: test_a_bell_wakes_a_real_worker.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import Celery

from tests.stored import sweep
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from workers import bell
from workers.app import create


@pytest.fixture
def app(settings: Settings) -> Celery:
    return create(settings, lambda: None)


def rung(client: Client) -> dict[str, Any]:
    """The message that waits in Celery's queue."""
    (message,) = client.lrange(keys.QUEUE, 0, -1)
    assert isinstance(message, bytes)
    read: dict[str, Any] = json.loads(message)
    return read


def ring(client: Client, template: str) -> None:
    """Ring, as the scripts do: by a sweep that finds something due."""
    client.set(keys.BELL, template)
    client.zadd(keys.UNNAMED.due, {"awork:t1": 1})
    client.delete(keys.HOUSEKEEPER)
    assert sweep(Inbox(client, retention_s=1), "w", worker_silent_s=1).rang


def test_a_bell_is_what_celery_itself_would_have_sent(client: Client, app: Celery) -> None:
    ring(client, bell.template(app))
    ours = rung(client)
    client.delete(keys.QUEUE)

    task: Any = app.tasks[bell.TASK]
    task.apply_async(task_id="bell-1")
    celerys = rung(client)

    # Unique for each message, and made differently by intent.
    for message in (ours, celerys):
        message["properties"].pop("delivery_tag")
        message["headers"].pop("origin")
    assert ours == celerys
    app.close()


def test_every_bell_is_unique(client: Client, app: Celery) -> None:
    template = bell.template(app)

    ring(client, template)
    first = rung(client)
    client.delete(keys.QUEUE)
    ring(client, template)
    second = rung(client)

    for path in (("properties", "delivery_tag"), ("headers", "id"), ("headers", "root_id")):
        assert first[path[0]][path[1]] != second[path[0]][path[1]]
