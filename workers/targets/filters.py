"""awork's filter language: what a `filterby` says, with everything in it quoted rightly.

    where("userId").eq(Guid(user)) & where("startDateLocal").ge(day)
    where("name").startswith("Kick-off") | ~where("isPrio").eq(True)
    some("tags", lambda tag: where(f"{tag}/name").eq("urgent"))

Performs no I/O. A filter is text once it is sent: `str(filter)`.
Source: https://developers.awork.com/filtering
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum


@dataclass(frozen=True)
class Guid:
    """An id, which awork does not compare with text."""

    text: str


Literal = Guid | str | bool | int | datetime | date | None


class _Binds(IntEnum):
    """How tightly the parts of a filter hold together."""

    OR = 1
    AND = 2
    COMPARISON = 3
    CALL = 4


@dataclass(frozen=True)
class Filter:
    """A condition on awork's objects."""

    _text: str
    _binds: _Binds

    def __str__(self) -> str:
        return self._text

    def __and__(self, other: Filter) -> Filter:
        return self._joined("and", other, _Binds.AND)

    def __or__(self, other: Filter) -> Filter:
        return self._joined("or", other, _Binds.OR)

    def __invert__(self) -> Filter:
        # `not` holds tighter than a comparison: `not a eq 1` would be `(not a) eq 1`.
        return Filter(f"not {self._within(_Binds.CALL)}", _Binds.COMPARISON)

    def _joined(self, word: str, other: Filter, binds: _Binds) -> Filter:
        return Filter(f"{self._within(binds)} {word} {other._within(binds)}", binds)

    def _within(self, binds: _Binds) -> str:
        return self._text if self._binds >= binds else f"({self._text})"


@dataclass(frozen=True)
class Field:
    """A property of an object, or of one nested in it."""

    path: str

    def eq(self, value: Literal) -> Filter:
        """Equal; text whatever its case."""
        return self._compared("eq", value)

    def ne(self, value: Literal) -> Filter:
        """Not equal."""
        return self._compared("ne", value)

    def gt(self, value: Literal) -> Filter:
        """More, or later."""
        return self._compared("gt", value)

    def ge(self, value: Literal) -> Filter:
        """As much or more; then or later."""
        return self._compared("ge", value)

    def lt(self, value: Literal) -> Filter:
        """Less, or earlier."""
        return self._compared("lt", value)

    def le(self, value: Literal) -> Filter:
        """As much or less; then or earlier."""
        return self._compared("le", value)

    def startswith(self, text: str) -> Filter:
        """Text that begins so."""
        return Filter(f"startswith({self.path},{_quoted(text)})", _Binds.CALL)

    def endswith(self, text: str) -> Filter:
        """Text that ends so."""
        return Filter(f"endswith({self.path},{_quoted(text)})", _Binds.CALL)

    def contains(self, text: str) -> Filter:
        """Text that has this in it: awork's substringof."""
        return Filter(f"substringof({_quoted(text)},{self.path})", _Binds.CALL)

    def _compared(self, operator: str, value: Literal) -> Filter:
        return Filter(f"{self.path} {operator} {_written(value)}", _Binds.COMPARISON)


def where(path: str) -> Field:
    """A property, by awork's name: `name`, or `taskStatus/type` for one of a nested object."""
    return Field(path)


def some(collection: str, condition: Callable[[str], Filter]) -> Filter:
    """True for an object when one item of its collection meets the condition.

    condition: is given the name that its paths begin with.
    """
    return Filter(f"{collection}/any(a: {condition('a')})", _Binds.CALL)


def _written(value: Literal) -> str:
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int():
            return str(value)
        case Guid():
            return f"guid{_quoted(value.text)}"
        case str():
            return _quoted(value)
        case datetime():
            return f"datetime{_quoted(_moment(value))}"
    return f"datetime{_quoted(f'{value}T00:00')}"


def _moment(value: datetime) -> str:
    """Without an offset: what has one is told in UTC, what has none is meant as it is."""
    plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return plain.isoformat(timespec="seconds" if plain.second else "minutes")


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
