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
from workers.rules.functions import Setting
from workers.rules.holes import Called, Hole, Literal
from workers.rules.hours import NO_HOURS, WorkingHours

#: characters; awork refuses longer texts, and a loop of templates must not fill the memory
LONGEST_TEXT = 65_000

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

        Raises RunFailed when a value is undefined, does not fit its function, is no text, or makes
        the text too long.
        """
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            filled = _own(self._value(self.parts[0], facts))
        else:
            filled = "".join(self._text(part, facts) for part in self.parts)
        if isinstance(filled, str) and len(filled) > LONGEST_TEXT:
            raise RunFailed(
                "text-too-long",
                f"{self.where}: the text has {len(filled)} characters, at most {LONGEST_TEXT}"
                " are allowed",
            )
        return filled

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
    parts = tuple(_parts(text, also))
    if any(not isinstance(part, str) for part in parts):
        return Template(parts, where, hours)
    return "".join(part for part in parts if isinstance(part, str))


def fill(parameters: Mapping[str, object], facts: Facts) -> dict[str, object]:
    """Fill in every template of an action's parameters, at any depth.

    facts: in the rule's zone, as `facts.in_zone(rule.timezone)` gives them.
    Returns plain values that the caller owns. Raises RunFailed("undefined-value", …),
    RunFailed("not-usable", …), RunFailed("not-text", …) or RunFailed("text-too-long", …); the
    message names the rule, the action, the parameter, and the path or the function.
    """
    return {name: _filled(value, facts) for name, value in parameters.items()}


def _filled(value: object, facts: Facts) -> object:
    match value:
        case Template():
            return value.fill(facts)
        case list():
            return [_filled(item, facts) for item in value]
        case dict():
            return {key: _filled(item, facts) for key, item in value.items()}
        case _:
            return value


def _parts(text: str, also: tuple[str, ...]) -> Iterator[str | Hole]:
    at = 0
    while begin := _BEGIN.search(text, at):
        if begin.start() > at:
            yield text[at : begin.start()]
        at = begin.end()
        if begin[0] == _ESCAPE:
            yield "${"
        else:
            hole, at = holes.read(text, begin.start(), also)
            yield hole
    if at < len(text):
        yield text[at:]


def _own(value: object) -> object:
    # an action may change what it is given; the event's body must not change with it
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _braced(hole: Hole) -> str:
    return f"${{{holes.written(hole)}}}"
