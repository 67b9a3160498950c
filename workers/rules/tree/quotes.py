"""Finding quotes that close too late, after the parser gave up on what follows. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workers.rules.findings import Spot

#: what people's word processors make of quotes; YAML takes them as any letter
TYPOGRAPHIC = "“”„‟«»‘’‚‛‹›"  # noqa: RUF001 -- these very letters are meant

#: a quote opens where a value may begin; anywhere else it is a letter
_BEFORE_A_VALUE = " \t[{,:-?"


@dataclass(frozen=True)
class Quoted:
    """A quoted text."""

    opens: Spot
    #: of the closing quote; the last character of the text when there is none
    closes: Spot


def is_typographic(text: str) -> bool:
    """True for text that stands between typographic quotes."""
    return len(text) > 1 and text[0] in TYPOGRAPHIC and text[-1] in TYPOGRAPHIC


def closing_late(lines: list[str], spot: Spot) -> Spot | None:
    """Where the quote opens that closes in another line, right before this spot."""
    before = [one for one in _quoted(lines) if _key(one.closes) < _key(spot)]
    last = before[-1] if before else None
    if last and last.opens.line < last.closes.line == spot.line:
        return last.opens
    return None


def _quoted(lines: list[str]) -> Iterator[Quoted]:
    """Every quoted text, in order. Good enough for a guess: block text is read like the rest."""
    quote, opens = "", Spot()
    for number, line in enumerate(lines, 1):
        column = 0
        while column < len(line):
            char = line[column]
            if not quote:
                before = line[column - 1] if column else " "
                if char == "#" and before in " \t":
                    break
                if char in "\"'" and before in _BEFORE_A_VALUE:
                    quote, opens = char, Spot(number, column + 1)
            elif line[column : column + 2] == "''" == quote * 2 or (quote == '"' and char == "\\"):
                column += 1  # a quote that is part of the text
            elif char == quote:
                yield Quoted(opens, Spot(number, column + 1))
                quote = ""
            column += 1


def _key(spot: Spot) -> tuple[int, int]:
    return spot.line, spot.column
