"""How new the object in an event is: its version, as text that compares as text. Performs no I/O.

    r00639000000000000001    resourceVersion, .NET ticks
    u00063930759330301000    updatedOn, microseconds since the year 1

Ticks are some 6.4e17, which a double cannot hold: they are never a number in Lua. Versions of two
forms say nothing about each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

#: of an event that tells none; it is neither newer nor older than anything
NONE = "-"
_DIGITS = 20
_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


def of_event(payload: Mapping[str, Any]) -> str:
    """The version of the entity that an event is about.

    payload: the body of the delivery. NONE when it tells none, or shows another object: of
    comments, members and lists it is not documented what awork shows.
    """
    entity = payload.get("entity")
    if not isinstance(entity, Mapping):
        return NONE
    inside, named = entity.get("id"), payload.get("entityId")
    if inside is not None and str(inside).lower() != str(named).lower():
        return NONE
    return next(iter(of_object(entity)), NONE)


def of_object(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Every version an object of awork's shows, the one that counts first."""
    found = (_of_ticks(shown.get("resourceVersion")), _of_moment(shown.get("updatedOn")))
    return tuple(one for one in found if one)


def is_newer(one: str, other: str) -> bool:
    """True when one is certainly newer than the other."""
    return one[:1] == other[:1] and one > other


def told(version: str) -> str:
    """A version for people, in awork's words."""
    if version.startswith("r"):
        return f"resourceVersion {int(version[1:])}"
    if version.startswith("u"):
        return f"updatedOn {(_BEGIN + int(version[1:]) * _US).isoformat()}"
    return "no version"


def digest(payload: Mapping[str, Any]) -> str:
    """What tells a repetition from another event: all of the body but its timestamp."""
    rest = {name: value for name, value in payload.items() if name != "timestamp"}
    return hashlib.sha256(msgspec.json.encode(rest, order="sorted")).hexdigest()[:16]


def _of_ticks(value: object) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return f"r{text:0>{_DIGITS}}" if plain else ""


def _of_moment(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        moment = datetime.fromisoformat(value)
        # Without an offset it is UTC, as all of awork's are.
        utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"u{(utc - _BEGIN) // _US:0>{_DIGITS}}" if utc >= _BEGIN else ""
    except (ValueError, OverflowError):
        # No moment: the event is judged as if it told none.
        return ""
