"""Deliveries from awork: who may send, and what is in them. Performs no I/O.

awork signs nothing: what authenticates a delivery is one header, name and value chosen in the
subscription. A proxy in front may sign as well (X-Awork-Signature), and then must.
awork sends no delivery id either, so the identity is made from what the envelope has.
Source: https://developers.awork.com/webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from webhooks.errors import Unauthorized, Unreadable
from webhooks.event import Event
from webhooks.settings import Settings
from webhooks.sources.kinds import ALIASES, KINDS

NAME = "awork"
SIGNATURE_HEADER = "x-awork-signature"
_KNOWN = frozenset(KINDS)
#: 2200-01-01; beyond it microseconds are no exact numbers in a sorted set of Redis
_END_OF_TIME_US = 7_258_118_400_000_000


@dataclass(frozen=True)
class Gate:
    """What a delivery must show to be let in."""

    #: lower case
    header: str
    secrets: tuple[bytes, ...]
    signing_key: bytes | None


def gate(settings: Settings) -> Gate:
    """The gate these settings ask for."""
    secrets = [settings.awork_webhook_secret, settings.awork_webhook_secret_previous]
    key = settings.awork_webhook_signing_key
    return Gate(
        header=settings.awork_webhook_header,
        secrets=tuple(s.get_secret_value().encode() for s in secrets if s is not None),
        signing_key=key.get_secret_value().encode() if key else None,
    )


def admit(gate: Gate, headers: Mapping[str, list[bytes]]) -> None:
    """Let a sender in by its secret, before anything of the body is read; or raise Unauthorized.

    headers: lower-case name to all its values, as bytes. A header given twice is refused.
    All comparisons take the same time for every input of one length.
    """
    given = headers.get(gate.header, [])
    matches = [hmac.compare_digest(secret, given[0]) for secret in gate.secrets if given]
    if len(given) != 1 or not any(matches):
        raise Unauthorized


def verify(gate: Gate, headers: Mapping[str, list[bytes]], raw_body: bytes) -> None:
    """Where a proxy signs, let a delivery in by its signature; or raise Unauthorized, which is
    one answer, whatever is wrong. The sender has been admitted before."""
    if gate.signing_key is not None and not _is_signed(gate.signing_key, headers, raw_body):
        raise Unauthorized


def _is_signed(key: bytes, headers: Mapping[str, list[bytes]], raw_body: bytes) -> bool:
    given = headers.get(SIGNATURE_HEADER, [])
    expected = b"sha256=" + hmac.digest(key, raw_body, "sha256").hex().encode()
    return len(given) == 1 and hmac.compare_digest(expected, given[0])


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
