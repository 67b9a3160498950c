"""What is wrong with an expression, in words for its author. Performs no I/O.

The checker speaks like a compiler: `ERROR: <input>:1:8: Syntax error: mismatched input 'and'
expecting <EOF>`. Its first complaint is told here anew, with its place and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workers.rules.findings import Flaw, way_out
from workers.rules.values import quoted

_COMPLAINT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
#: a loop that the parser did not know as one
_LOOP = re.compile(r"undeclared reference to '(exists|all|exists_one|filter|map)' ")
#: the names of CEL's types -> what people call them
_TYPES = {
    "int": "a whole number",
    "double": "a number with a fraction",
    "string": "text",
    "bool": "true or false",
    "dyn": "a value of the event",
    "null": "null",
    "google.protobuf.Timestamp": "a moment",
    "timestamp": "a moment",
    "list": "a list",
    "map": "an object",
}
#: what people write who know other languages
_ELSEWHERE = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "is": "==",
    "=": "==",
    "<>": "!=",
    "&": "&&",
    "|": "||",
}  # fmt: skip
_CURLY = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019")
_BOOLEANS = {"True": "true", "False": "false", "None": "!has(…)", "yes": "true", "no": "false"}


class BadExpr(Flaw):
    """A mistake in an expression; offset: characters before it in the text, or None."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message, "bad-expr")
        self.offset = offset


@dataclass(frozen=True)
class Known:
    """What a name may be."""

    roots: tuple[str, ...]
    functions: tuple[str, ...]

    def unknown_root(self, name: str) -> str:
        """A message about a name that is no root."""
        if name in _BOOLEANS:
            return f"unknown name {quoted(name)}; write {_BOOLEANS[name]}"
        return f"unknown name {quoted(name)}; {way_out(name, self.roots)}"

    def unknown_function(self, name: str) -> str:
        """A message about a name that is no function."""
        return f"unknown function {quoted(name)}; {way_out(name, self.functions)}"


def type_words(name: str) -> str:
    """A type as people call it."""
    begin = re.split(r"[(<]", name, maxsplit=1)[0]
    return _TYPES.get(begin, quoted(name))


def told(text: str, said: str, known: Known) -> BadExpr:
    """The checker's first complaint in plain words.

    text: the expression. said: all that the checker said about it.
    """
    found = _COMPLAINT.search(said)
    if not found or "recursion" in said:
        return BadExpr(_without_place(said))
    loop = _LOOP.search(said)
    if loop:
        message = f"{loop[1]}(…) takes a name of your own and what to ask, such as"
        return BadExpr(f"{message} {loop[1]}(t, t.name == 'vip')", text.find(loop[1]))
    line, column, complaint = int(found[1]), int(found[2]), found[3]
    offset = _offset(text, line, column)
    for pattern, tell in _WORDS.items():
        match = re.match(pattern, complaint)
        if match:
            return tell(_Place(text, offset, known), match)
    return BadExpr(f"the expression cannot be read: {complaint}", offset)


@dataclass(frozen=True)
class _Place:
    text: str
    offset: int
    known: Known

    @property
    def sign(self) -> str:
        """What stands there: a word, or signs."""
        found = re.compile(r"\w+|[^\w\s]{1,2}").match(self.text, self.offset)
        return found[0] if found else ""

    def begin_of(self, name: str) -> int:
        """Where a name begins that ends, or has its first dot, here."""
        begin = self.text.rfind(name, 0, self.offset + len(name))
        return self.offset if begin < 0 else begin


def _without_place(said: str) -> str:
    if "recursion" in said:
        return (
            "the expression is nested too deeply; at most 32 brackets, calls or operators in each"
            " other"
        )
    return f"the expression cannot be read: {' '.join(said.split())}"


def _offset(text: str, line: int, column: int) -> int:
    before = text.split("\n")[: line - 1]
    return sum(len(each) + 1 for each in before) + column - 1


def _unknown(place: _Place, match: re.Match[str]) -> BadExpr:
    name = match[1].removeprefix(".")
    if place.sign.startswith("("):
        return BadExpr(place.known.unknown_function(name), place.begin_of(name))
    root = name.split(".")[0]
    return BadExpr(place.known.unknown_root(root), place.begin_of(root))


def _misfit(place: _Place, match: re.Match[str]) -> BadExpr:
    function, types = match[1], re.split(r", (?![^(]*\))", match[2])
    words = [type_words(each) for each in types]
    name = re.sub(r"^@|_", "", function)
    if function in ("_[_]", "_?_:_"):
        name = {"_[_]": "[…]", "_?_:_": "? :"}[function]
    message = f"'{name}' does not work on {' and '.join(words)}"
    begin = place.begin_of(function) if function.isidentifier() else place.offset
    return BadExpr(f"{message}{_remedy(function, types)}", begin)


def _remedy(function: str, types: Iterable[str]) -> str:
    kinds = set(types)
    if {"int", "double"} == kinds:
        return "; write both with a fraction, such as 2.0"
    if "google.protobuf.Timestamp" in kinds and "string" in kinds:
        return "; write timestamp('…') around the text"
    if "google.protobuf.Timestamp" in kinds and function != "_[_]":
        return "; a moment goes with a moment: today, now or timestamp('…')"
    if {"int", "string"} == kinds:
        return "; write duration('…') around a duration, and no quotes around a number"
    return ""


def _unexpected(place: _Place, _: re.Match[str]) -> BadExpr:
    sign = place.sign
    if not sign:
        return BadExpr("the expression ends too early", place.offset)
    return BadExpr(f"unexpected {quoted(sign)}{_instead(place)}", place.offset)


def _instead(place: _Place) -> str:
    before = place.text[: place.offset]
    if re.search(r"\bnot\s+$", before):
        return "; write ! for 'not'"
    if re.search(r"[0-9]$", before) and re.match(r"[dhms]", place.sign):
        return "; write a duration such as duration('1h30m')"
    meant = _ELSEWHERE.get(place.sign) or _ELSEWHERE.get(place.sign[:1])
    if before.endswith("<") and place.sign.startswith(">"):
        meant = "!="
    if before.endswith("=="):
        meant = "=="
    return f"; did you mean '{meant}'?" if meant else ""


def _unreadable(place: _Place, match: re.Match[str]) -> BadExpr:
    if match[1][:1] in ("'", '"'):
        return BadExpr(
            "a text that begins here does not end, or has an escape that CEL has not; close it"
            " with the same quote, and write \\\\ for a backslash itself",
            place.offset,
        )
    if match[1][:1] in _CURLY:
        return BadExpr("curly quotes; write ' or \"", place.offset)
    if match[1].startswith("$"):
        return BadExpr("${…} works only in 'do'; write the path without it", place.offset)
    return _unexpected(place, match)


def _no_fields(place: _Place, match: re.Match[str]) -> BadExpr:
    return BadExpr(f"{type_words(match[1])} has no fields", place.offset)


def _no_list(place: _Place, match: re.Match[str]) -> BadExpr:
    message = f"{type_words(match[1])} is no list, so there is nothing to go through"
    return BadExpr(message, place.offset)


def _no_path(place: _Place, _: re.Match[str]) -> BadExpr:
    return BadExpr("has(…) takes a path with a dot, such as has(task.dueOn)", place.offset)


def _no_variable(place: _Place, match: re.Match[str]) -> BadExpr:
    message = f"{match[1]}(…) begins with a name of your own, such as x in {match[1]}(x, x > 0)"
    return BadExpr(message, place.offset)


def _no_number(place: _Place, _: re.Match[str]) -> BadExpr:
    return BadExpr("this number has too many digits", place.offset)


def _reserved(place: _Place, match: re.Match[str]) -> BadExpr:
    return BadExpr(f"{quoted(match[1])} is a word that CEL keeps for itself", place.offset)


#: the beginning of a complaint -> how it is told
_WORDS: Mapping[str, Callable[[_Place, re.Match[str]], BadExpr]] = {
    r"undeclared reference to '(.*)' \(in container": _unknown,
    r"found no matching overload for '(.*)' applied to '\((.*)\)'": _misfit,
    r"Syntax error: token recognition error at: '(.*)": _unreadable,
    r"Syntax error: ": _unexpected,
    r"expression of type '(.*)' cannot be the operand": _no_fields,
    r"expression of type '(.*)' cannot be the range": _no_list,
    r"has\(\) argument must be": _no_path,
    r"(\w+)\(\) variable name must be": _no_variable,
    r"invalid \w+ literal": _no_number,
    r"reserved identifier: (.*)": _reserved,
}
