"""Text with `${path}` in the parameters of actions. Performs no I/O.

What is filled in is never read again: a task named `${entity.id}` stays just that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from webhooks.errors import RunFailed
from workers.rules import paths
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.findings import Flaw
from workers.rules.values import quoted

#: characters; awork refuses longer texts, and a loop of templates must not fill the memory
LONGEST_TEXT = 65_000

_ESCAPE = "$${"
_TOKEN = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\(")


@dataclass(frozen=True)
class Template:
    """Text with holes, checked."""

    #: text as it is, and paths to fill in
    parts: tuple[str | Path, ...]
    #: which rule, action and parameter it stands in, for messages
    where: str

    def fill(self, facts: Facts) -> object:
        """One hole and nothing else keeps the value's type; anything else becomes text.

        Raises RunFailed when a value is undefined, is no text, or makes the text too long.
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

    def _value(self, path: Path, facts: Facts) -> object:
        value = resolve(facts, path)
        if value is ABSENT:
            raise RunFailed(
                "undefined-value",
                f"{self.where}: {_hole(path)} has no value in this event; add the condition"
                f" '{_dotted(path)}: {{exists: true}}', or use another field",
            )
        return value

    def _text(self, part: str | Path, facts: Facts) -> str:
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
            f"{self.where}: {_hole(part)} is {what} and cannot stand inside text; name one of its"
            " fields",
        )


def compile_text(text: str, where: str) -> str | Template:
    """Find the holes in a text; text without any stays text, with `$${` as a plain `${`.

    Raises Flaw when a hole does not end, is no path, or calls a function.
    """
    parts = tuple(_parts(text))
    if any(not isinstance(part, str) for part in parts):
        return Template(parts, where)
    return "".join(part for part in parts if isinstance(part, str))


def fill(parameters: Mapping[str, object], facts: Facts) -> dict[str, object]:
    """Fill in every template of an action's parameters, at any depth.

    facts: in the rule's zone, as `facts.in_zone(rule.timezone)` gives them.
    Returns plain values that the caller owns. Raises RunFailed("undefined-value", …),
    RunFailed("not-text", …) or RunFailed("text-too-long", …); the message names the rule, the
    action, the parameter and the path.
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


def _parts(text: str) -> Iterator[str | Path]:
    begin = 0
    for token in _TOKEN.finditer(text):
        if token.start() > begin:
            yield text[begin : token.start()]
        yield "${" if token[0] == _ESCAPE else _path(token)
        begin = token.end()
    if begin < len(text):
        yield text[begin:]


def _path(token: re.Match[str]) -> Path:
    inside = token[1].strip()
    if not token[2]:
        raise Flaw(
            f"{quoted(token[0])} does not end; close it with '}}', or write $${{ for a plain ${{",
            "bad-template",
        )
    if not inside:
        raise Flaw(
            "nothing stands between ${ and }; write a path, such as ${entity.name}", "bad-template"
        )
    called = _FUNCTION.match(inside)
    if called:
        raise Flaw(
            f"unknown function {quoted(called[1])}; between ${{ and }} stands a path, such as"
            " ${entity.name}",
            "unknown-function",
        )
    return paths.parse(inside)


def _own(value: object) -> object:
    # an action may change what it is given; the event's body must not change with it
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _dotted(path: Path) -> str:
    return ".".join(str(segment) for segment in path)


def _hole(path: Path) -> str:
    return f"${{{_dotted(path)}}}"
