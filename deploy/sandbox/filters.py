"""Lists as awork's filter and order languages pick and sort them. Performs no I/O.

What they do not know is refused, so that a test never passes on a filter the sandbox misread.
Source: https://developers.awork.com/filtering and https://developers.awork.com/ordering
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from deploy.sandbox.filter_text import (
    Call,
    Comparison,
    Joined,
    Literal,
    Node,
    Not,
    Some,
    Unreadable,
    parsed,
)
from deploy.sandbox.refusals import Model, Refusal
from deploy.sandbox.stamps import read_instant

#: Gives the properties a path names, with `*` after each that is a list; None when there are none.
Spelling = Callable[[str], tuple[str, ...] | None]
Matcher = Callable[[Model], bool]

_EACH = "*"
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
_WORDS = {"true": True, "false": False, "null": None}
_CALLS: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "substringof": lambda whole, part: part in whole,
}


@dataclass(frozen=True)
class Meaning:
    """What the words of a filter stand for."""

    #: the caller's id
    me: str = ""
    #: aware
    now: datetime | None = None


def matcher(text: str, spelling: Spelling, meaning: Meaning | None = None) -> Matcher:
    """A `filterby` as a test of one model; an empty one lets everything through.

    Raises a refusal (`invalid-filter-or-order`) when it cannot be read, or names no property.
    """
    if not text.strip():
        return lambda _: True
    try:
        node = parsed(text)
    except Unreadable as unreadable:
        raise _unreadable(str(unreadable)) from None
    return _Compiler(spelling, meaning or Meaning()).compiled(node)


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


@dataclass(frozen=True)
class _Compiler:
    spelling: Spelling
    meaning: Meaning = field(default_factory=Meaning)

    def compiled(self, node: Node) -> Matcher:
        match node:
            case Joined(word, parts):
                tests = [self.compiled(part) for part in parts]
                holds = all if word == "and" else any
                return lambda model: holds(test(model) for test in tests)
            case Not(inside):
                test = self.compiled(inside)
                return lambda model: not test(model)
            case Call():
                return self._call(node)
            case Some():
                return self._some(node)
            case Comparison():
                return self._comparison(node)

    def _call(self, call: Call) -> Matcher:
        steps, holds, text = self._plain(call.path), _CALLS[call.name], call.text.lower()
        return lambda model: holds(str(_value(model, steps) or "").lower(), text)

    def _some(self, node: Some) -> Matcher:
        steps, prefix = _spelled(node.path, self.spelling), f"{node.name}/".lower()

        def below(path: str) -> tuple[str, ...] | None:
            if not path.lower().startswith(prefix):
                return None
            found = self.spelling(f"{node.path}/{path[len(prefix) :]}")
            in_list = found is not None and found[: len(steps) + 1] == (*steps, _EACH)
            return found[len(steps) + 1 :] if found and in_list else None

        test = _Compiler(below, self.meaning).compiled(node.inside)
        return lambda model: any(test(item) for item in _value(model, steps) or [])

    def _comparison(self, node: Comparison) -> Matcher:
        compare = _OPERATORS[node.operator]
        if node.counts:
            steps, many = _spelled(node.path, self.spelling), _number(node.literal)
            return lambda model: compare(len(_value(model, steps) or []), many)
        steps, wanted = self._plain(node.path), self._wanted(node.literal)
        if isinstance(wanted, datetime):
            at = wanted
            return lambda model: _compare_instants(compare, _value(model, steps), at)
        if isinstance(wanted, float):
            return lambda model: _compare_numbers(compare, _value(model, steps), wanted)
        if node.operator not in ("eq", "ne"):
            raise _unreadable(
                f"{node.operator} compares numbers and datetime'...' only: {node.literal.text}"
            )
        return lambda model: compare(_folded(_value(model, steps)), wanted)

    def _plain(self, path: str) -> tuple[str, ...]:
        steps = _spelled(path, self.spelling)
        if _EACH in steps:
            raise _unreadable(f"{path} leads through a list; ask with any()")
        return steps

    def _wanted(self, literal: Literal) -> Any:
        match literal.kind:
            case "datetime":
                return _instant(literal.text)
            case "number":
                return _number(literal)
            case "word":
                return self._word(literal.text)
        return literal.text.lower()

    def _word(self, word: str) -> Any:
        if word in _WORDS:
            return _WORDS[word]
        if word == "me.id":
            return self.meaning.me.lower()
        moments = _moments(self.meaning.now) if self.meaning.now else {}
        if word not in moments:
            raise _unreadable(f"cannot read the filter from here on: {word}")
        return moments[word]


def _moments(now: datetime) -> Mapping[str, datetime]:
    day, instant = datetime.combine(now.date(), time(), now.tzinfo), timedelta(microseconds=1)
    week, month = day - timedelta(days=day.weekday()), day.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    return {
        "now": now,
        "today": day,
        "sow": week,
        "eow": week + timedelta(days=7) - instant,
        "som": month,
        "eom": next_month - instant,
    }


def _number(literal: Literal) -> float:
    if literal.kind != "number":
        raise _unreadable(f"is no number: {literal.text}")
    return float(literal.text)


def _folded(value: Any) -> Any:
    # The database behind awork compares text without regard to case.
    return value.lower() if isinstance(value, str) else value


def _compare_instants(compare: Callable[[Any, Any], bool], value: Any, wanted: datetime) -> bool:
    return value is not None and compare(_instant(str(value)), wanted)


def _compare_numbers(compare: Callable[[Any, Any], bool], value: Any, wanted: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return bool(is_number and compare(value, wanted))


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
