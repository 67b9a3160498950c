"""Deliveries from awork: who may send. What is in them is told in envelope.py. Performs no I/O.

awork signs nothing: what authenticates a delivery is one header, name and value chosen in the
subscription. A proxy in front may sign as well (X-Awork-Signature), and then must.
Source: https://developers.awork.com/webhooks
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.errors import Unauthorized
from webhooks.settings import Settings
from webhooks.sources.envelope import NAME, counted_as, parse, quarantined

__all__ = [
    "NAME",
    "SIGNATURE_HEADER",
    "Gate",
    "admit",
    "counted_as",
    "gate",
    "parse",
    "quarantined",
    "verify",
]

SIGNATURE_HEADER = "x-awork-signature"


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
