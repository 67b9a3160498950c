"""Collecting what is wrong with a rule file, in words that help its author. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from webhooks.errors import Mistake
from workers.rules.values import quoted

#: line breaks as YAML 1.2 readers count them
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: a longer line would bury its message
_LONGEST_SOURCE = 400
#: with more mistakes than this a file is none that a person wrote
MOST_MISTAKES = 100
#: comparing names takes quadratic time, and nobody mistypes one as long as this
_LONGEST_NAME = 100


class Flaw(ValueError):
    """A value in a rule file is not what its place wants; `code` is the slug of the mistake."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class TooManyMistakes(Exception):
    """Enough is noted; looking for more would cost time and help nobody."""


class Place(Protocol):
    """Somewhere in a file; both counted from 1."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(frozen=True)
class Spot:
    """A bare place."""

    line: int = 1
    column: int = 1


@dataclass
class Findings:
    """The mistakes and warnings of one file."""

    #: as the user gave it
    path: str
    lines: list[str]
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    #: mistakes that are noted at most; None: all
    most: int | None = None

    @classmethod
    def of_text(cls, path: str, text: str, most: int | None = None) -> Findings:
        """Begin with a file's text, which is kept to show the line of a mistake."""
        return cls(path, lines_of(text), most=most)

    def refuse(self, place: Place, message: str, code: str) -> None:
        """Note a mistake; the file will not load.

        Raises TooManyMistakes, which is noted as well, instead of one more than `most`.
        """
        if len(self.mistakes) == self.most:
            message = f"here is one more after {self.most} mistakes; correct those first"
            self.mistakes.append(self._at(place, message, "too-many"))
            raise TooManyMistakes
        self.mistakes.append(self._at(place, message, code))

    def warn(self, place: Place, message: str, code: str) -> None:
        """Note something that loads but should be changed."""
        self.warnings.append(self._at(place, message, code))

    def _at(self, place: Place, message: str, code: str) -> Mistake:
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        source = line if len(line) <= _LONGEST_SOURCE else ""
        return Mistake(self.path, place.line, place.column, message, code, source)


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their breaks; at least one."""
    return _LINE_BREAK.split(text)


#: how much of a name must be the same for another to be suggested, from 0 to 1
_CUTOFF = 0.6


def unknown(what: str, name: str, allowed: Iterable[str], cutoff: float = _CUTOFF) -> str:
    """A message about a name that is not known, ending with the way out."""
    return f"unknown {what} {quoted(name)}; {way_out(name, allowed, cutoff)}"


#: what people write who know other languages, and what it is called here
_ELSEWHERE = {
    "on": "when",
    "trigger": "when",
    "then": "do",
    "actions": "do",
    "conditions": "if",
    ">=": "at_least",
    ">": "more_than",
    "<=": "at_most",
    "<": "less_than",
    "==": "is",
    "!=": "is_not",
    "or": "any",
    "and": "all",
}


def way_out(name: str, allowed: Iterable[str], cutoff: float = _CUTOFF) -> str:
    """The nearest of the allowed names, or all of them when none is near."""
    names = tuple(allowed)
    near = meant(name, names, cutoff)
    if near:
        return f"did you mean '{near}'?"
    return f"allowed: {', '.join(names)}" if names else "none is allowed here"


def meant(name: str, allowed: Iterable[str], cutoff: float = _CUTOFF) -> str:
    """The allowed name that was meant: what another language's word is called here, else the
    nearest; nothing when there is none."""
    names = tuple(allowed)
    here = _ELSEWHERE.get(name, "")
    return here if here in names else nearest(name, names, cutoff)


def nearest(name: str, allowed: Iterable[str], cutoff: float = _CUTOFF) -> str:
    """The allowed name most like this one, or nothing when none is.

    cutoff: how much of it must be the same, from 0 to 1.
    """
    names = {candidate.lower(): candidate for candidate in allowed}
    if len(name) > _LONGEST_NAME:
        return ""
    near = get_close_matches(name.lower(), names, n=1, cutoff=cutoff)
    return names[near[0]] if near else ""
