"""Deliveries of awork: who is let in, and what is read."""

from __future__ import annotations

import hmac
from typing import Any

import pytest

from tests import samples
from webhooks.errors import Unauthorized, Unreadable
from webhooks.event import Event
from webhooks.sources import awork
from webhooks.sources.awork import Gate, counted_as, parse
from webhooks.sources.kinds import ALIASES, KINDS

BODY = b'{"eventType": "task_added"}'
OPEN = Gate("x-webhook-secret", (b"now", b"before"), None)
SIGNED = Gate("x-webhook-secret", (b"now",), b"key")


def verify(gate: Gate, headers: dict[str, list[bytes]], raw_body: bytes) -> None:
    """Both steps, in the order of the edge."""
    awork.admit(gate, headers)
    awork.verify(gate, headers, raw_body)


def read(payload: Any, now_ms: int = 1_000) -> Event:
    return parse(samples.raw(payload), event_id="e1", now_ms=now_ms)


@pytest.mark.parametrize("secret", [b"now", b"before"])
def test_the_secret_and_the_one_before_it_open_the_gate(secret: bytes) -> None:
    verify(OPEN, {"x-webhook-secret": [secret]}, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webhook-secret": []},
        {"x-webhook-secret": [b""]},
        {"x-webhook-secret": [b"no"]},
        {"x-webhook-secret": [b"now "]},
        {"x-webhook-secret": [b"now", b"now"]},
        {"x-webhook-secret": ["schlüssel".encode()]},
        {"x-other": [b"now"]},
    ],
)
def test_anything_else_does_not(headers: dict[str, list[bytes]]) -> None:
    with pytest.raises(Unauthorized):
        verify(OPEN, headers, BODY)


def signature(body: bytes, key: bytes = b"key") -> bytes:
    return b"sha256=" + hmac.digest(key, body, "sha256").hex().encode()


def test_where_a_proxy_signs_both_are_demanded() -> None:
    headers = {"x-webhook-secret": [b"now"], "x-awork-signature": [signature(BODY)]}

    verify(SIGNED, headers, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-webhook-secret": [b"now"]},
        {"x-awork-signature": [signature(BODY)]},
        {"x-webhook-secret": [b"now"], "x-awork-signature": [signature(b"{}")]},
        {"x-webhook-secret": [b"now"], "x-awork-signature": [signature(BODY, b"other")]},
        {"x-webhook-secret": [b"now"], "x-awork-signature": [signature(BODY)[7:]]},
        {"x-webhook-secret": [b"no"], "x-awork-signature": [signature(BODY)]},
    ],
)
def test_one_of_them_alone_or_over_other_bytes_is_refused(
    headers: dict[str, list[bytes]],
) -> None:
    with pytest.raises(Unauthorized):
        verify(SIGNED, headers, BODY)


@pytest.mark.parametrize("one", samples.every(), ids=lambda one: f"{one['event']}-{one['variant']}")
def test_every_sample_is_read(one: dict[str, Any]) -> None:
    payload = one["payload"]

    event = read(payload)

    assert event.kind == payload["eventType"]
    assert event.kind in KINDS
    assert event.entity_id == payload["entityId"]
    assert event.trace_id == payload["traceId"]
    assert event.payload() == payload


def test_times_are_kept_to_the_microsecond_whatever_their_fraction() -> None:
    times = {
        "1970-01-01T00:00:01+00:00": 1_000_000,
        "1970-01-01T00:00:01.5Z": 1_500_000,
        "1970-01-01T00:00:01.1234567+00:00": 1_123_456,
        "1970-01-01T01:00:01+01:00": 1_000_000,
    }

    for text, us in times.items():
        assert read({"eventType": "task_added", "timestamp": text}).occurred_us == us


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"]
)
def test_without_a_usable_time_the_arrival_counts(text: str | None) -> None:
    event = read({"eventType": "task_added", "timestamp": text}, now_ms=42)

    assert event.occurred_us == 42_000


def test_identity_is_type_entity_time_and_trace() -> None:
    payload = samples.sample("task_added")
    same = payload | {"entity": {}}

    assert read(same).identity == read(payload).identity
    for name in ("eventType", "entityId", "timestamp", "traceId"):
        assert read(payload | {name: "other"}).identity != read(payload).identity


def test_identity_is_the_body_when_one_of_them_is_missing() -> None:
    payload = samples.sample("task_added") | {"traceId": None}

    assert read(payload).identity == read(dict(payload)).identity
    assert read(payload).identity != read(payload | {"entity": {}}).identity


@pytest.mark.parametrize(("old", "new"), ALIASES.items())
def test_old_names_become_the_new_ones(old: str, new: str) -> None:
    assert read({"eventType": old}).kind == new


def test_an_event_without_entity_has_a_lane_of_its_own() -> None:
    assert read({"eventType": "workspace_added"}).lane == "awork:e1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"this is not json", "not-json"),
        (b'{"eventType": "task_added"', "not-json"),
        (b'{"eventType": "task_\xff"}', "not-json"),
        (b"[" * 10_000, "not-an-event"),
        (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not-json"),
        (b"[]", "not-an-event"),
        (b"null", "not-an-event"),
        (b'"task_added"', "not-an-event"),
        (b'{"eventType": 5}', "not-an-event"),
        (b"{}", "no-event-type"),
        (b'{"eventType": null}', "no-event-type"),
        (b'{"eventType": ""}', "no-event-type"),
        (b'{"test": true}', "no-event-type"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        parse(body, event_id="e1", now_ms=0)

    assert unreadable.value.reason == reason


def test_counters_know_only_the_kinds_awork_has() -> None:
    assert counted_as("task_added") == "task_added"
    assert counted_as("x" * 1_000) == "other"
