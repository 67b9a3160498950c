"""Regular expressions that take linear time, whatever the pattern and the text. Performs no I/O.

RE2 works without backtracking, so it has no lookaround and no backreferences, and what it cannot
do in the memory it is given it refuses when it compiles. `\\w`, `\\d` and `\\b` know ASCII only;
`\\pL` is a letter of any alphabet.
Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import re2  # type: ignore[import-untyped]

from workers.rules.findings import Flaw
from workers.rules.values import quoted

#: characters
LONGEST_PATTERN = 1_000
#: bytes for one compiled pattern and its states together
_MEMORY = 1 << 20

_BACKREFERENCE = (
    "RE2 has no backreferences, which would cost its linear time; compare two fields with 'expr'"
)
_LOOKAROUND = {"(?=": "", "(?<=": "", "(?!": " below 'not'", "(?<!": " below 'not'"}
_ESCAPE = "there is no escape {at}; write \\\\ for a backslash itself"
#: the beginning of what RE2 says -> what is wrong, and the way out
_REASONS = {
    "missing )": "a ( is not closed; write \\( for a bracket in the text",
    "unexpected )": "a ) closes nothing; write \\) for a bracket in the text",
    "missing ]": "a [ is not closed; write \\[ for a bracket in the text",
    "no argument for repetition": "{at} has nothing to repeat; write \\{at} for the sign itself",
    "bad repetition operator": "{at} repeats a repetition; keep one of them",
    "invalid repetition size": "{at} repeats too often or backwards; at most 1000 times in all",
    "invalid character class": "there is no class {at}; write for example [a-z], \\d or \\pL",
    "trailing \\": "it ends with a lone backslash; write \\\\ for a backslash itself",
    "pattern too large": "it grows too large; shorten it, or repeat less often",
}  # fmt: skip


@dataclass(frozen=True)
class Search:
    """A pattern, compiled. `search(text)` tells whether the text has it somewhere."""

    #: of RE2's instructions; each character of a text takes at most as many steps
    size: int
    _compiled: Any

    def __call__(self, text: str) -> bool:
        # half a character, which UTF-8 has not, can come in an event and becomes a question mark
        return self._compiled.search(text.encode("utf-8", "replace")) is not None


def search_for(pattern: str, *, fold: bool) -> Search:
    """Compile a pattern.

    fold: upper and lower case of a letter are one.
    Raises Flaw("bad-pattern") with the reason and the way out.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise Flaw(
            f"the pattern has {len(pattern)} characters; at most {LONGEST_PATTERN} are allowed",
            "bad-pattern",
        )
    compiled = _compiled(pattern, fold)
    return Search(compiled.programsize, compiled)


def _compiled(pattern: str, fold: bool) -> Any:
    try:
        return re2.compile(pattern.encode(), _options(fold))
    except UnicodeEncodeError:
        reason = "it has half a character in it; type it anew"
    except re2.error as error:
        reason = _in_plain_words(error.args[0].decode("utf-8", "replace"))
    raise Flaw(f"{quoted(pattern)} is no regular expression: {reason}", "bad-pattern")


def _options(fold: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = not fold
    options.max_mem = _MEMORY
    options.never_capture = True
    options.log_errors = False  # they would go to stderr, beside the log
    return options


def _in_plain_words(said: str) -> str:
    what, _, found = said.partition(": ")
    at = quoted(found)[1:-1]
    if what == "invalid perl operator":
        return _of_operator(at)
    if what == "invalid escape sequence":
        return _BACKREFERENCE if re.match(r"\\[1-9k]", at) else _ESCAPE.format(at=at)
    for begin, reason in _REASONS.items():
        if what.startswith(begin):
            return reason.format(at=at)
    return said


def _of_operator(operator: str) -> str:
    if operator in _LOOKAROUND:
        return (
            f"RE2 has no lookaround ({operator}…)), which would cost its linear time; write a"
            f" second condition{_LOOKAROUND[operator]}"
        )
    if operator == "(?P":
        return _BACKREFERENCE
    return f"RE2 has no {operator}…); it knows (…), (?:…), (?i) and (?P<name>…)"
