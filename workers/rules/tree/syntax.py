"""What the YAML parser complains about, in the words of a rule's author. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from workers.rules.findings import Findings, Spot, lines_of
from workers.rules.tree.quotes import TYPOGRAPHIC, closing_late
from workers.rules.values import quoted

_WIDE_ESCAPE = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")
_GLUED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):([^\s:/].*)")
#: a key of a rule or an action's name, and its value, with nothing between them
_BARE = re.compile(
    r"(?P<indent>[ -]*)(?:"
    r"(?P<key>id|about|mode|reason|when|for_each|if|flow|do|limits|own_events|version)"
    r"(?: +(?P<value>[^\s:][^:]*))?"
    r"|(?P<action>[a-z_]+) +(?P<map>\{.*)) *"
)
_COMPARISON = re.compile(r"[:{]\s*(>=?)\s*[^\s>]")
_IN_WORDS = {">": "more_than", ">=": "at_least"}


def explain(error: Exception, text: str) -> tuple[Spot, str]:
    """Where it is and what to say, for any error of the parser.

    text: the whole file.
    """
    if isinstance(error, ReaderError):
        message = f"the character U+{error.character:04X} is not allowed in YAML; remove it"
        return spot_of(text, error.position), message
    if not isinstance(error, MarkedYAMLError):
        escape = _WIDE_ESCAPE.search(text)
        spot = spot_of(text, escape.start()) if escape else Spot()
        return spot, "not readable as YAML: an escape here stands for no character"
    if error.context == "while scanning a quoted scalar" and "end of stream" in error.problem:
        return _spot(error.context_mark), "the quote that opens here is never closed"
    spot = _spot(error.problem_mark or error.context_mark)
    lines = lines_of(text)
    problem = error.problem or error.context or ""
    return _known_slip(problem, spot, lines) or (spot, _message(problem, spot, lines))


def has_directives(findings: Findings) -> bool:
    """Refuse lines such as `%YAML 1.1`, before parsing: a version that the parser does not know
    trips an assertion in it."""
    found = [number for number, line in enumerate(findings.lines, 1) if line.startswith("%")]
    for number in found:
        message = "a line with % in front (%YAML, %TAG) is not read; remove it"
        findings.refuse(Spot(number), message, "directive")
    return bool(found)


def spot_of(text: str, offset: int) -> Spot:
    """The place of a character. offset: counted from 0."""
    before = lines_of(text[:offset])
    return Spot(len(before), len(before[-1]) + 1)


def pair_without_space(text: str) -> tuple[str, str] | None:
    """Key and value of a text such as `at_least:1h`, which YAML takes for a single word."""
    found = _GLUED.fullmatch(text)
    return (found[1], found[2].strip()) if found else None


def missing_space(key: str, value: str) -> str:
    """What to say about `key:value`."""
    return f"a space is missing after the colon; write {quoted(f'{key}: {value}')}"


def _known_slip(problem: str, spot: Spot, lines: list[str]) -> tuple[Spot, str] | None:
    """A slip whose trace shows up only later in the file."""
    opens = closing_late(lines, spot)
    if opens:
        message = f"the quote that opens here is closed only in line {spot.line}; close it here"
        return opens, message
    if "':'" in problem or "mapping values" in problem:
        bare = _without_colon(lines, spot.line)
        if bare:
            return bare
        for number in (spot.line, spot.line - 1):
            line = _line(lines, number)
            indent = len(line) - len(line.lstrip(" -"))
            glued = pair_without_space(line[indent:])
            if glued:
                return Spot(number, indent + 1), missing_space(*glued)
    return None


def _without_colon(lines: list[str], last: int) -> tuple[Spot, str] | None:
    """A key without its colon, in the line where the parser stumbles or shortly before it."""
    for number in range(last, max(last - 3, 0), -1):
        bare = _BARE.fullmatch(_line(lines, number))
        if bare:
            meant = f"{bare['key'] or bare['action']}: {bare['value'] or bare['map'] or ''}"
            message = f"a ':' is missing; write {quoted(meant.strip())}"
            return Spot(number, len(bare["indent"]) + 1), message
    return None


def _message(problem: str, spot: Spot, lines: list[str]) -> str:
    if "'\\t'" in problem:
        return "a tab stands where YAML wants spaces; indent with spaces"
    hint = next(_hints(problem, _line(lines, spot.line), spot.column), "")
    return f"not readable as YAML: {problem}{hint}"


def _hints(problem: str, line: str, column: int) -> Iterator[str]:
    """What is probably meant, the likeliest first."""
    comparison = _COMPARISON.search(line)
    if comparison and "found" in problem:
        yield f"; write {comparison[1]} in words, such as {{{_IN_WORDS[comparison[1]]}: 1h}}"
    if "${" in line and "got '{'" in problem:
        yield "; inside { } and [ ], text with ${…} goes in quotes"
    if any(quote in line for quote in TYPOGRAPHIC):
        yield "; only \" and ' are quotes"
    quote = line[column - 2 : column - 1]
    if "found '<scalar>'" in problem and quote in ('"', "'"):
        other = "double" if quote == "'" else "single"
        yield f"; text with {quote} in it goes in {other} quotes"
    if "<block" in problem:
        yield "; is the line indented like its neighbours?"
    if "mapping values are not allowed" in problem:
        yield "; text with ': ' in it goes in quotes"


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _spot(mark: object) -> Spot:
    return Spot(getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1)
