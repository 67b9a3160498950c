"""awork's objects read into models. Performs no I/O.

What is missing, null, or not of the type that awork documents is None, and an empty list where
there is a list: one object that is strange in one place is read in all others, and keeps none
beside it from being read. What a model does not name is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from workers.rules.values import calendar_day, instant


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """An object of awork's, or something inside one."""


_Read = TypeVar("_Read", bound=Part)

_READERS: Mapping[Any, Callable[[Any], object]] = {
    str: lambda value: value if isinstance(value, str) else None,
    bool: lambda value: value if isinstance(value, bool) else None,
    int: lambda value: value if type(value) is int else None,
    dict: lambda value: value if isinstance(value, dict) else None,
    datetime: lambda value: instant(value, UTC),
    # awork writes days as moments: the day counts that they name, in every zone
    date: lambda value: calendar_day(str(value)[:10]),
}


def read(of: type[_Read], item: object) -> _Read:
    """An object as awork sent it; of what is no object, one of which nothing is known."""
    known = item if isinstance(item, Mapping) else {}
    return of(**{name: _value(kind, known.get(sent)) for name, sent, kind in _fields(of)})


def _value(kind: Any, value: object) -> Any:
    if get_origin(kind) is tuple:
        items = [_value(get_args(kind)[0], one) for one in value] if isinstance(value, list) else []
        return tuple(item for item in items if item is not None)
    if isinstance(kind, type) and issubclass(kind, Part):
        return read(kind, value) if isinstance(value, Mapping) else None
    try:
        return _READERS[get_origin(kind) or kind](value)
    except ValueError:
        # No moment, or no day: as good as missing.
        return None


@cache
def _fields(of: type[Part]) -> tuple[tuple[str, str, Any], ...]:
    """The properties of a model: our name, awork's, and the type without its None."""
    return tuple(
        (field.name, field.encode_name, _without_none(field.type))
        for field in msgspec.structs.fields(of)
    )


def _without_none(kind: Any) -> Any:
    return kind if get_origin(kind) is tuple else get_args(kind)[0]
