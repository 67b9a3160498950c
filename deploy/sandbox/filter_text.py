"""awork's filter language, from text to its parts. Performs no I/O and knows no models.

    filter       and-part, joined by `or`
    and-part     term, joined by `and`
    term         `not` term, `(` filter `)`, call, comparison
    call         startswith(path,'x'), endswith(path,'x'), substringof('x',path),
                 path/any(a: filter with paths a/…); each may be followed by `eq true` or `eq false`
    comparison   path or path/count(), eq ne gt ge lt le, literal
    literal      guid'…', datetime'…', '…' with '' for a quote, number (64L, 2.345M), true, false,
                 null, or a word: me.id, now, today, sow, eow, som, eom

Source: https://developers.awork.com/filtering
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal as OneOf

_TOKEN = re.compile(
    r"\s*(?:(?P<guid>guid'[0-9a-fA-F-]{36}')|(?P<datetime>datetime'[^']*')"
    r"|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)[lLmMdDfF]?(?!\w)"
    r"|(?P<path>[A-Za-z_]\w*(?:[./]\w+)*)|(?P<mark>[(),:]))",
    re.IGNORECASE,
)
_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS = frozenset({"startswith", "endswith", "substringof"})

LiteralKind = OneOf["guid", "datetime", "text", "number", "word"]


class Unreadable(Exception):
    """It is not in the language; the message says from where on."""


@dataclass(frozen=True)
class Literal:
    """A value to compare with; for a word, the word."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True)
class Comparison:
    """A property compared with a value."""

    path: str
    operator: str
    literal: Literal
    #: compares how many there are
    counts: bool = False


@dataclass(frozen=True)
class Call:
    """A function of a property and a text."""

    name: str
    path: str
    text: str


@dataclass(frozen=True)
class Some:
    """One item of a list meets a filter, in which paths begin with `name`."""

    path: str
    name: str
    inside: Node


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inside: Node


@dataclass(frozen=True)
class Joined:
    """Several, of which all or any must hold."""

    word: OneOf["and", "or"]
    parts: tuple[Node, ...]


Node = Comparison | Call | Some | Not | Joined


def parsed(text: str) -> Node:
    """The parts of a filter. Raises Unreadable."""
    reader = _Reader(text)
    found = reader.filter()
    reader.end()
    return found


@dataclass
class _Reader:
    text: str
    position: int = 0

    def filter(self) -> Node:
        return self._joined("or", lambda: self._joined("and", self._term))

    def end(self) -> None:
        if self.text[self.position :].strip():
            raise self._unreadable()

    def _joined(self, word: OneOf["and", "or"], part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._takes("path", word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _term(self) -> Node:
        if self._takes("path", "not"):
            return Not(self._term())
        if self._takes("mark", "("):
            inside = self.filter()
            self._need("mark", ")")
            return inside
        path = self._need("path")
        if path.lower() in _FUNCTIONS:
            return self._compared(self._call(path.lower()))
        if path.lower().endswith("/any") and self._takes("mark", "("):
            return self._compared(self._any(path[: -len("/any")]))
        return self._comparison(path)

    def _call(self, name: str) -> Node:
        self._need("mark", "(")
        first = self._need("text") if name == "substringof" else self._need("path")
        self._need("mark", ",")
        second = self._need("path") if name == "substringof" else self._need("text")
        self._need("mark", ")")
        path, text = (second, first) if name == "substringof" else (first, second)
        return Call(name, path, _unquoted(text))

    def _any(self, path: str) -> Node:
        name = self._need("path")
        self._need("mark", ":")
        inside = self.filter()
        self._need("mark", ")")
        return Some(path, name, inside)

    def _compared(self, node: Node) -> Node:
        """A call is true or false by itself, or is said to be."""
        if not self._takes("path", "eq"):
            return node
        word = self._need("path").lower()
        if word not in ("true", "false"):
            raise self._unreadable()
        return node if word == "true" else Not(node)

    def _comparison(self, path: str) -> Node:
        counts = path.lower().endswith("/count") and self._takes("mark", "(")
        if counts:
            self._need("mark", ")")
            path = path[: -len("/count")]
        operator = self._need("path").lower()
        if operator not in _OPERATORS:
            raise self._unreadable()
        return Comparison(path, operator, self._literal(), counts=counts)

    def _literal(self) -> Literal:
        kind, text = self._next()
        match kind:
            case "guid" | "datetime":
                return Literal(kind, text.partition("'")[2][:-1])
            case "text":
                return Literal("text", _unquoted(text))
            case "number":
                return Literal("number", text)
            case "path":
                return Literal("word", text.lower())
        raise self._unreadable()

    def _peek(self) -> tuple[str, str, int]:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match.lastgroup is None:
            return "", "", self.position
        return match.lastgroup, match[match.lastgroup], match.end()

    def _next(self) -> tuple[str, str]:
        kind, text, self.position = self._peek()
        return kind, text

    def _takes(self, kind: str, text: str) -> bool:
        found, said, end = self._peek()
        if (found, said.lower()) != (kind, text):
            return False
        self.position = end
        return True

    def _need(self, kind: str, text: str = "") -> str:
        found, said, end = self._peek()
        if found != kind or (text and said != text):
            raise self._unreadable()
        self.position = end
        return said

    def _unreadable(self) -> Unreadable:
        rest = self.text[self.position :].strip() or "its end"
        return Unreadable(f"cannot read the filter from here on: {rest}")


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
