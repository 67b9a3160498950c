"""Text with `${…}` in the parameters of actions. Performs no I/O.

What is filled in is never read again: a task named `${entity.id}` stays just that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from webhooks.errors import RunFailed
from workers.rules import holes
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.findings import Flaw
from workers.rules.functions import Setting
from workers.rules.holes import Called, Hole, Literal
from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.values import quoted

#: characters; awork refuses longer texts, and a loop of templates must not fill the memory
LONGEST_TEXT = 65_000
#: characters that are filled into one action at most, each value counting some: an event is a
#: megabyte at most, and naming all of it a thousand times must not fill the memory either
LARGEST_ACTION = 4_000_000
_EACH_VALUE = 10
#: lists in lists in lists; deeper than that is no data of awork
_DEEPEST = 50

_ESCAPE = "$${"
_BEGIN = re.compile(r"\$?\$\{")


@dataclass(frozen=True)
class Template:
    """Text with holes, checked."""

    #: text as it is, and what to fill in
    parts: tuple[str | Hole, ...]
    #: which rule, action and parameter it stands in, for messages
    where: str
    #: on which days the rule's people work
    hours: WorkingHours = NO_HOURS

    @cached_property
    def paths(self) -> frozenset[Path]:
        """Every path it looks at."""
        found = [holes.paths_of(part) for part in self.parts if not isinstance(part, str)]
        return frozenset(path for paths in found for path in paths)

    def fill(self, facts: Facts) -> object:
        """One hole and nothing else keeps the value's type; anything else becomes text.

        Returns a value that may be part of the facts. Raises RunFailed when a value is undefined,
        does not fit its function, is no text, or makes the text too long.
        """
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            value = self._value(self.parts[0], facts)
            self._check_length(len(value) if isinstance(value, str) else 0)
            return value
        return "".join(self._texts(facts))

    def _texts(self, facts: Facts) -> Iterator[str]:
        length = 0
        for part in self.parts:
            text = self._text(part, facts)
            length += len(text)
            self._check_length(length)
            yield text

    def _check_length(self, length: int) -> None:
        if length > LONGEST_TEXT:
            raise RunFailed(
                "text-too-long",
                f"{self.where}: the text has {length} characters or more, at most {LONGEST_TEXT}"
                " are allowed",
            )

    def _value(self, hole: Hole, facts: Facts) -> object:
        match hole:
            case Literal(value=value):
                return value
            case Called():
                return self._result(hole, facts)
            case _:
                return self._found(hole, facts)

    def _found(self, path: Path, facts: Facts) -> object:
        value = resolve(facts, path)
        if value is ABSENT:
            raise RunFailed(
                "undefined-value",
                f"{self.where}: {_braced(path)} has no value in this event; add the condition"
                f" '{holes.written(path)}: {{exists: true}}', or use another field",
            )
        return value

    def _result(self, call: Called, facts: Facts) -> object:
        values = [self._value(argument, facts) for argument in call.arguments]
        now = facts.root("now")
        zone = (now.tzinfo if isinstance(now, datetime) else None) or UTC
        setting = Setting(zone, self.hours)
        try:
            kinds = zip(values, call.function.takes, strict=True)
            return call.function.run(setting, *[kind.read(value, setting) for value, kind in kinds])
        except ValueError as error:
            raise RunFailed(
                "not-usable", f"{self.where}: {_braced(call)} cannot be worked out: {error}"
            ) from error

    def _text(self, part: str | Hole, facts: Facts) -> str:
        if isinstance(part, str):
            return part
        value = self._value(part, facts)
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        what = "a list" if isinstance(value, list) else "an object"
        raise RunFailed(
            "not-text",
            f"{self.where}: {_braced(part)} is {what} and cannot stand inside text; name one of"
            " its fields",
        )


def compile_text(
    text: str, where: str, also: tuple[str, ...] = (), hours: WorkingHours = NO_HOURS
) -> str | Template:
    """Find the holes in a text; text without any stays text, with `$${` as a plain `${`.

    where: rule, action and parameter, for messages. also: roots that are allowed beside
    paths.ROOTS. hours: the rule's, for functions that count workdays.
    Raises Flaw when a hole does not end, is no path, or calls a function in a way that cannot work.
    """
    parts = tuple(part for part, _ in _placed(text, also))
    if any(not isinstance(part, str) for part in parts):
        return Template(parts, where, hours)
    return "".join(part for part in parts if isinstance(part, str))


def placeholders(text: str, also: tuple[str, ...] = ()) -> Iterator[tuple[str, Hole]]:
    """Every hole of a text, with how it stands there. Raises Flaw as compile_text does."""
    at = 0
    for part, end in _placed(text, also):
        if not isinstance(part, str):
            yield text[at:end], part
        at = end


def fill(parameters: Mapping[str, object], facts: Facts) -> dict[str, object]:
    """Fill in every template of an action's parameters, at any depth.

    facts: in the rule's zone, as `facts.in_zone(rule.timezone)` gives them.
    Returns plain values that the caller owns. Raises RunFailed("undefined-value", …),
    RunFailed("not-usable", …), RunFailed("not-text", …), RunFailed("text-too-long", …) or
    RunFailed("too-large", …); the message names the rule, the action, the parameter, and the path
    or the function.
    """
    filling = _Filling(facts)
    return {name: filling.filled(value) for name, value in parameters.items()}


@dataclass
class _Filling:
    """The filling in of one action's parameters."""

    facts: Facts
    #: characters for which there still is room
    left: int = LARGEST_ACTION

    def filled(self, value: object) -> object:
        """The value with its templates filled in."""
        match value:
            case Template():
                return self._own(value.fill(self.facts), value.where)
            case list():
                return [self.filled(item) for item in value]
            case dict():
                return {key: self.filled(item) for key, item in value.items()}
            case _:
                return value

    def _own(self, value: object, where: str, depth: int = 0) -> object:
        # an action may change what it is given; the event's body must not change with it
        self.left -= _EACH_VALUE + (len(value) if isinstance(value, str) else 0)
        if self.left < 0 or depth > _DEEPEST:
            message = "what is filled in is too large; name the fields that the action needs"
            raise RunFailed("too-large", f"{where}: {message}")
        if isinstance(value, Mapping):
            return {key: self._own(item, where, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._own(item, where, depth + 1) for item in value]
        return value


def _placed(text: str, also: tuple[str, ...]) -> Iterator[tuple[str | Hole, int]]:
    """Every part of a text, and where it ends."""
    at = 0
    while begin := _BEGIN.search(text, at):
        if begin.start() > at:
            yield text[at : begin.start()], begin.start()
        at = begin.end()
        if begin[0] == _ESCAPE:
            yield "${", at
        else:
            hole, at = _hole(text, begin.start(), also)
            yield hole, at
    if at < len(text):
        yield text[at:], len(text)


def _hole(text: str, begin: int, also: tuple[str, ...]) -> tuple[Hole, int]:
    try:
        return holes.read(text, begin, also)
    except Flaw as flaw:
        source = text[begin : text.find("}", begin) + 1]
        # one that cannot be read at all is quoted already
        if flaw.code == "bad-template" or not source:
            raise
        raise within(text, source, flaw) from None


def within(text: str, source: str, flaw: Flaw) -> Flaw:
    """A mistake in a placeholder, saying in which; where that is plain, the mistake as it is."""
    if source == text or quoted(source[2:-1].strip()) in str(flaw):
        return flaw
    return Flaw(f"in {quoted(source)[1:-1]}: {flaw}", flaw.code)


def _braced(hole: Hole) -> str:
    return f"${{{holes.written(hole)}}}"
