"""What stands between `${` and `}`. Performs no I/O.

A path, a number, text in single or double quotes, or a function of such things in brackets;
nothing more. Everything that can be checked without an event is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import NoReturn

from workers.rules import paths
from workers.rules.conditions.comparing import described
from workers.rules.facts import Path
from workers.rules.findings import Flaw, unknown
from workers.rules.functions import FUNCTIONS, Function, Kind, Setting
from workers.rules.hours import NO_HOURS
from workers.rules.values import quoted

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\s(){},'\"$]+")
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_DEEPEST = 8
#: literals are checked with it; none of them depends on where a rule counts
_ANYWHERE = Setting(UTC, NO_HOURS)


@dataclass(frozen=True)
class Literal:
    """A value as written."""

    value: str | float


@dataclass(frozen=True)
class Called:
    """A function with its arguments."""

    name: str
    function: Function
    arguments: tuple[Path | Literal | Called, ...]


Hole = Path | Literal | Called


def read(text: str, begin: int, also: tuple[str, ...]) -> tuple[Hole, int]:
    """Read one hole.

    begin: where its `${` stands. also: roots that are allowed beside paths.ROOTS.
    Returns it, and where it ends behind its `}`. Raises Flaw: bad-template, bad-path, unknown-root,
    unknown-function or bad-arguments.
    """
    reader = _Reader(text, begin, also, at=begin + 2)
    hole = reader.hole()
    return hole, reader.at


def written(hole: Hole) -> str:
    """A hole as it stands between its braces, for messages."""
    match hole:
        case Called():
            return f"{hole.name}({', '.join(written(argument) for argument in hole.arguments)})"
        case Literal():
            return quoted(hole.value) if isinstance(hole.value, str) else str(hole.value)
        case _:
            return ".".join(str(segment) for segment in hole)


def paths_of(hole: Hole) -> Iterator[Path]:
    """Every path it looks at."""
    match hole:
        case Called():
            for argument in hole.arguments:
                yield from paths_of(argument)
        case Literal():
            return
        case _:
            yield hole


@dataclass
class _Reader:
    text: str
    begin: int
    also: tuple[str, ...]
    at: int

    def hole(self) -> Hole:
        if self._next() == "}":
            raise Flaw(
                "nothing stands between ${ and }; write a path, such as ${entity.name}",
                "bad-template",
            )
        hole = self._argument(0)
        if self._next() != "}":
            self._refuse()
        self.at += 1
        return hole

    def _argument(self, depth: int) -> Hole:
        sign = self._next()
        if sign in ("'", '"'):
            return Literal(self._quoted())
        word = _WORD.match(self.text, self.at)
        if not word:
            self._refuse()
        self.at = word.end()
        if self._next() == "(":
            return self._call(word[0], depth)
        if _NUMBER.fullmatch(word[0]):
            return Literal(float(word[0]) if "." in word[0] else int(word[0]))
        return paths.parse(word[0], self.also)

    def _call(self, name: str, depth: int) -> Called:
        if name not in FUNCTIONS:
            raise Flaw(unknown("function", name, FUNCTIONS), "unknown-function")
        if depth == _DEEPEST:
            raise Flaw("functions are nested too deeply here", "bad-template")
        return _called(name, self._arguments(depth + 1), self.also)

    def _arguments(self, depth: int) -> tuple[Hole, ...]:
        found: list[Hole] = []
        self.at += 1
        while self._next() != ")":
            if found and self._next() != ",":
                self._refuse()
            self.at += 1 if found else 0
            found.append(self._argument(depth))
        self.at += 1
        return tuple(found)

    def _quoted(self) -> str:
        found = _TEXT.match(self.text, self.at)
        if not found:
            raise Flaw(f"a quote of {self._shown()} is not closed", "bad-template")
        self.at = found.end()
        return found[1] if found[1] is not None else found[2]

    def _next(self) -> str:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def _shown(self) -> str:
        return quoted(self.text[self.begin :].partition("}")[0])

    def _refuse(self) -> NoReturn:
        sign = self._next()
        if not sign or "}" not in self.text[self.at :]:
            message = f"{self._shown()} does not end; close it with '}}', or write $${{ for a"
            raise Flaw(f"{message} plain ${{", "bad-template")
        raise Flaw(
            f"unexpected {quoted(sign)} in {self._shown()}; between ${{ and }} stands a path, a"
            " function such as hours(task.plannedDuration), a number, or text in quotes",
            "bad-template",
        )


def _called(name: str, given: tuple[Hole, ...], also: tuple[str, ...]) -> Called:
    function = FUNCTIONS[name]
    wanted = 1 if function.of else len(function.takes)
    if len(given) != wanted:
        things = "argument" if wanted == 1 else "arguments"
        message = f"'{name}' takes {wanted} {things}, {_signature(function)}; here are {len(given)}"
        raise Flaw(message, "bad-arguments")
    if function.of:
        given = _fields(name, given[0], function.of, also)
    pairs = zip(given, function.takes, strict=True)
    return Called(name, function, tuple(_fitting(name, hole, kind) for hole, kind in pairs))


def _signature(function: Function) -> str:
    if function.of:
        return "an object such as task"
    return " and ".join(kind.what for kind in function.takes)


def _fields(
    name: str, hole: Hole, fields: tuple[str, ...], also: tuple[str, ...]
) -> tuple[Hole, ...]:
    if not isinstance(hole, tuple):
        message = f"'{name}' takes an object such as task, not {written(hole)}"
        raise Flaw(message, "bad-arguments")
    return tuple(paths.parse(f"{written(hole)}.{field}", also) for field in fields)


def _fitting(name: str, hole: Hole, kind: Kind) -> Hole:
    match hole:
        case Literal(value=value):
            return _literal(name, value, kind)
        case Called() if hole.function.gives is not kind:
            message = f"'{name}' takes {kind.what}, not what '{hole.name}' gives"
            raise Flaw(message, "bad-arguments")
        case _ if kind.is_written:
            raise Flaw(f"'{name}' takes {kind.what}, not {written(hole)}", "bad-arguments")
        case _:
            return hole


def _literal(name: str, value: str | float, kind: Kind) -> Literal:
    try:
        kind.read(value, _ANYWHERE)
    except ValueError as error:
        message = f"'{name}' takes {kind.what}, not {described(value)}: {error}"
        raise Flaw(message, "bad-arguments") from None
    return Literal(value)
