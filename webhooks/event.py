"""The event, as the edge stores it and the workers read it. Performs no I/O.

The wire form has two parts: a small head (JSON, with a version) and the body exactly as it was
delivered, so that nothing of a delivery is lost by parsing it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from webhooks.errors import Unreadable

#: Raised when an older worker would do something wrong with what is new in an event. Only what
#: has it is written with the new number; all else is left to older workers, too.
WIRE_VERSION = 2


class NewerWire(Exception):
    """Something of the event was written by a newer version; a newer worker will read it."""


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of an event beside its body."""

    #: ours; 22 hex characters, sorts by time of arrival
    id: str
    #: name of the sender's module, "awork"
    source: str
    #: what happened, today's name of it ("task_updated"); any text the sender chose
    kind: str
    #: the sender's id of the object; our own id when the sender named none
    entity_id: str
    #: microseconds since 1970 UTC by the sender's clock; orders events of one entity
    occurred_us: int
    #: milliseconds since 1970 UTC by our clock
    received_ms: int
    #: equal for two deliveries of the same event
    identity: str
    #: the sender's trace id, for their support; may be empty
    trace_id: str = ""
    #: the one rule this event is for: a turn of a rule, or a time of its clock; empty: for all
    rule: str = ""
    #: the line in which it waits its turn; empty: its entity's
    line: str = ""
    #: how it was found when its delivery never came: "backfill" (awork was asked what changed) or
    #: "delivery-log" (awork kept what it could not deliver); empty for what was delivered
    via: str = ""


class Event(_Told, frozen=True, kw_only=True):
    """One thing that happened at the sender, as delivered."""

    #: the body as delivered
    body: bytes = b""

    @property
    def lane(self) -> str:
        """Events of one lane are handled one at a time, in order."""
        return self.line or self.entity_lane

    @property
    def entity_lane(self) -> str:
        """The lane of the object it is about, whatever line it waits in itself."""
        return f"{self.source}:{self.entity_id}"

    def payload(self) -> dict[str, Any]:
        """Decode the body.

        Raises Unreadable when it is not a JSON object after all: the edge reads only a few
        fields, and skips the rest without judging it.
        """
        try:
            decoded = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable("not-json", f"the body is not JSON: {error}") from error
        if not isinstance(decoded, dict):
            raise Unreadable("not-an-event", "the body is not a JSON object")
        return decoded


class _Version(msgspec.Struct, frozen=True, kw_only=True):
    #: of the wire form
    v: int


class _Head(_Told, frozen=True, kw_only=True, omit_defaults=True):
    v: int


_TOLD = _Told.__struct_fields__
_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_version = msgspec.json.Decoder(_Version).decode


def to_head(event: Event) -> bytes:
    """Everything but the body, as stored.

    An event for all rules keeps version 1, which older workers read; they would run every rule
    for a turn, so that one they leave to newer ones.
    """
    version = WIRE_VERSION if event.rule else 1
    return _encode(_Head(v=version, **{name: getattr(event, name) for name in _TOLD}))


def from_wire(head: bytes, body: bytes) -> Event:
    """Read an event back.

    Raises NewerWire when the head has a version this process does not know.
    """
    # The version first: a newer head may lack what this one needs.
    version = _decode_version(head).v
    if version > WIRE_VERSION:
        raise NewerWire(f"wire version {version}, this process knows {WIRE_VERSION}")
    read = _decode_head(head)
    return Event(body=body, **{name: getattr(read, name) for name in _TOLD})


def new_id(now_ms: int, entropy: bytes) -> str:
    """An id that sorts by time. entropy: 5 random bytes."""
    return f"{now_ms:012x}{entropy.hex()}"
