"""What the YAML parser complains about, in the words of a rule's author. Performs no I/O."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from workers.rules.findings import Spot, lines_of

_WIDE_ESCAPE = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")


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
    line = lines_of(text)[spot.line - 1 :][:1]
    return spot, _message(error.problem or error.context or "", "".join(line))


def spot_of(text: str, offset: int) -> Spot:
    """The place of a character. offset: counted from 0."""
    before = lines_of(text[:offset])
    return Spot(len(before), len(before[-1]) + 1)


def _message(problem: str, line: str) -> str:
    if "'\\t'" in problem:
        return "a tab stands where YAML wants spaces; indent with spaces"
    message = f"not readable as YAML: {problem}"
    if "${" in line and "got '{'" in problem:
        return f"{message}; inside {{ }} and [ ], text with ${{…}} goes in quotes"
    if "<block" in problem:
        return f"{message}; is the line indented like its neighbours?"
    if "mapping values are not allowed" in problem:
        return f"{message}; text with ': ' in it goes in quotes"
    return message


def _spot(mark: object) -> Spot:
    return Spot(getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1)
