"""The event that is made of an object, for one that never came."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests import samples
from webhooks.errors import Unreadable
from webhooks.sources.awork import parse
from workers.watching import synthesized
from workers.watching.families import FAMILIES

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TASKS = FAMILIES[0]


def made(item: dict[str, Any], *, is_new: bool = False, entropy: bytes = b"12345") -> Any:
    return synthesized.of(TASKS, item, is_new=is_new, now=NOW, entropy=entropy)


def test_one_version_of_an_object_is_one_event_whoever_finds_it() -> None:
    task = samples.sample("task_added")["entity"]

    first = made(task)
    again = made({**task, "trackedDuration": 99}, is_new=True, entropy=b"67890")
    newer = made({**task, "resourceVersion": task["resourceVersion"] + 1})

    assert first.identity == again.identity
    assert first.identity != newer.identity
    assert first.id != again.id


def test_it_happened_when_its_object_was_changed() -> None:
    task = samples.sample("task_added")["entity"] | {"updatedOn": "2026-11-20T10:00:00.5Z"}

    event = made(task)

    at = datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC)
    assert event.occurred_us == int(at.timestamp() * 1_000_000)
    assert event.received_ms == int(NOW.timestamp() * 1000)
    assert event.lane == f"awork:{task['id']}"


def test_nobody_is_named_where_awork_does_not_say_who_it_was() -> None:
    task = samples.sample("task_added")["entity"]
    task.pop("updatedBy")

    assert "triggeredBy" not in made(task).payload()


def test_a_delivery_from_the_log_has_the_identity_it_was_sent_with() -> None:
    sent = samples.fresh("task_updated")
    delivered = parse(samples.raw(sent), event_id="e", now_ms=1)

    event = synthesized.logged(samples.raw(sent).decode(), now=NOW, entropy=b"12345")

    assert (event.identity, event.body) == (delivered.identity, delivered.body)
    assert event.via == "delivery-log"


@pytest.mark.parametrize("message", ["", "null", "[]", "{}", "{", "\x00"])
def test_what_is_no_event_is_none_of_the_log_either(message: str) -> None:
    with pytest.raises(Unreadable):
        synthesized.logged(message, now=NOW, entropy=b"12345")
