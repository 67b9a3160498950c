"""What is in a delivery of awork: from its bytes to an event. Performs no I/O.

The edge reads with it what awork sends, the workers what awork's delivery log has kept.
awork sends no delivery id, so the identity is made from what the envelope has.
Source: https://developers.awork.com/webhooks
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec

from webhooks.errors import Unreadable
from webhooks.event import Event
from webhooks.sources.kinds import ALIASES, KINDS

NAME = "awork"
_KNOWN = frozenset(KINDS)
#: 2200-01-01; beyond it microseconds are no exact numbers in a sorted set of Redis
_END_OF_TIME_US = 7_258_118_400_000_000


class _Envelope(msgspec.Struct):
    """What the edge reads of a delivery; the rest is skipped."""

    eventType: str | None = None  # noqa: N815  awork's own name
    entityId: str | None = None  # noqa: N815  awork's own name
    timestamp: str | None = None
    traceId: str | None = None  # noqa: N815  awork's own name


_decode = msgspec.json.Decoder(_Envelope).decode


def parse(raw_body: bytes, *, event_id: str, now_ms: int) -> Event:
    """Read what the edge needs of a delivery.

    event_id, now_ms: id and time of arrival to give to the event.
    Raises Unreadable with the reason when no event can be read.
    """
    try:
        envelope = _decode(raw_body)
    except msgspec.ValidationError as error:
        raise Unreadable("not-an-event", f"not an awork event: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("not-json", f"the body is not JSON: {error}") from error
    if not envelope.eventType:
        raise Unreadable("no-event-type", "the body has no eventType")
    return Event(
        id=event_id,
        source=NAME,
        kind=ALIASES.get(envelope.eventType, envelope.eventType),
        entity_id=envelope.entityId or event_id,
        occurred_us=_occurred_us(envelope.timestamp, now_ms),
        received_ms=now_ms,
        identity=_identity(envelope, raw_body),
        trace_id=envelope.traceId or "",
        body=raw_body,
    )


def quarantined(raw_body: bytes, *, event_id: str, now_ms: int) -> Event:
    """The form in which an unreadable delivery is kept."""
    return Event(
        id=event_id,
        source=NAME,
        kind="unreadable",
        entity_id=event_id,
        occurred_us=now_ms * 1000,
        received_ms=now_ms,
        identity=hashlib.sha256(raw_body).hexdigest(),
        body=raw_body,
    )


def counted_as(kind: str) -> str:
    """The kind for counters; what a sender invents does not make counters without end."""
    return kind if kind in _KNOWN else "other"


def _identity(envelope: _Envelope, raw_body: bytes) -> str:
    parts = (envelope.eventType, envelope.entityId, envelope.timestamp, envelope.traceId)
    if all(parts):
        return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
    return hashlib.sha256(raw_body).hexdigest()


def _occurred_us(timestamp: str | None, now_ms: int) -> int:
    """Microseconds since 1970 UTC; the time of arrival when awork's cannot be read."""
    try:
        at = datetime.fromisoformat(timestamp or "")
    except ValueError:
        return now_ms * 1000
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    us = int(at.timestamp() * 1_000_000)
    return us if 0 <= us < _END_OF_TIME_US else now_ms * 1000
