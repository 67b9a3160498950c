"""A small part of awork's filter language: comparisons joined by `and`, and simple orders.

Performs no I/O. What this part does not know is refused, so that a test never passes on a
filter the sandbox misread. Source: https://developers.awork.com/filtering
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from deploy.sandbox.refusals import Model, Refusal
from deploy.sandbox.stamps import read_instant

#: Gives the properties a path names, or None when there are none.
Spelling = Callable[[str], tuple[str, ...] | None]
Matcher = Callable[[Model], bool]

_COMPARISON = re.compile(
    r"\s*(?P<path>\w+(?:/\w+)*)\s+(?P<op>eq|ne|ge|gt|le|lt)\s+"
    r"(?:guid'(?P<guid>[0-9a-fA-F-]{36})'|datetime'(?P<datetime>[^']+)'"
    r"|'(?P<text>(?:[^']|'')*)'|(?P<word>true|false|null))"
    r"(?:\s+and\s+(?=\S)|\s*$)",
    re.IGNORECASE,
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
_WORDS = {"true": True, "false": False, "null": None}


def matcher(text: str, spelling: Spelling) -> Matcher:
    """A `filterby` as a test of one model; an empty one lets everything through.

    Raises a refusal (`invalid-filter-or-order`) when it is not in the part spoken here.
    """
    tests: list[Matcher] = []
    position = 0
    while position < len(text):
        match = _COMPARISON.match(text, position)
        if match is None:
            raise _unreadable(f"cannot read the filter from here on: {text[position:]}")
        tests.append(_comparison(match, spelling))
        position = match.end()
    return lambda model: all(test(model) for test in tests)


def ordered(models: Sequence[Model], text: str, spelling: Spelling) -> list[Model]:
    """The models by `orderby`: properties joined by commas, each with an optional `desc`."""
    found = list(models)
    for part in reversed(text.split(",") if text else []):
        path, _, direction = part.partition(" ")
        if direction.lower() not in ("", "asc", "desc"):
            raise _unreadable(f"an order is `property`, `property asc` or `property desc`: {part}")
        steps = _spelled(path, spelling)
        backwards = direction.lower() == "desc"
        found.sort(key=lambda model: _sortable(_value(model, steps)), reverse=backwards)
    return found


def _comparison(match: re.Match[str], spelling: Spelling) -> Matcher:
    name = match["op"].lower()
    steps, compare = _spelled(match["path"], spelling), _OPERATORS[name]
    if match["datetime"]:
        instant = _instant(match["datetime"])
        return lambda model: _compare_instants(compare, _value(model, steps), instant)
    if name not in ("eq", "ne"):
        raise _unreadable(f"{name} compares with datetime'...' only: {match[0].strip()}")
    wanted = _literal(match)
    return lambda model: compare(_folded(_value(model, steps)), wanted)


def _literal(match: re.Match[str]) -> Any:
    if match["word"]:
        return _WORDS[match["word"].lower()]
    if match["guid"]:
        return match["guid"].lower()
    return match["text"].replace("''", "'").lower()


def _folded(value: Any) -> Any:
    # The database behind awork compares text without regard to case.
    return value.lower() if isinstance(value, str) else value


def _compare_instants(compare: Callable[[Any, Any], bool], value: Any, wanted: datetime) -> bool:
    return value is not None and compare(_instant(str(value)), wanted)


def _value(model: Model, steps: tuple[str, ...]) -> Any:
    found: Any = model
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _sortable(value: Any) -> tuple[bool, Any]:
    if isinstance(value, dict | list):
        raise _unreadable("only plain properties can be ordered by")
    return value is not None, "" if value is None else value


def _spelled(path: str, spelling: Spelling) -> tuple[str, ...]:
    steps = spelling(path)
    if steps is None:
        raise _unreadable(f"there is no property {path} to filter or order by")
    return steps


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError:
        raise _unreadable(f"is no date and time: {text}") from None


def _unreadable(description: str) -> Refusal:
    return Refusal(400, "invalid-filter-or-order", description)
