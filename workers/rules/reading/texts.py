"""Text in a parameter that was meant as a path or a template. Performs no I/O."""

from __future__ import annotations

import re

from workers.rules import paths
from workers.rules.findings import Flaw
from workers.rules.reading.hints import unquoted
from workers.rules.values import quoted

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_DOTTED = rf"{_NAME}(?:\.(?:{_NAME}|[0-9]+))+"
#: as other template languages write it: {{ entity.name }}, {entity.name}, $entity.name
_ELSEWHERE = re.compile(
    rf"\{{\{{\s*(?P<double>{_DOTTED}|now|today)[^{{}}]*\}}\}}"
    rf"|(?<![$\{{])\{{\s*(?P<single>{_DOTTED}|now|today)\s*\}}"
    rf"|(?<!\$)\$(?P<sign>{_DOTTED})"
)
_CLOCKS = ("now", "today")


def refuse_path_as_text(text: str, also: tuple[str, ...], *, is_prose: bool) -> None:
    """Raises Flaw for text that would be filled in if only it had `${` and `}` around it.

    also: roots beside paths.ROOTS. is_prose: text for people, where a bare path is just text.
    """
    if not is_prose and _is_path(text, also):
        raise _as_text(text, text)
    for found in _ELSEWHERE.finditer(text):
        path = found["double"] or found["single"] or found["sign"]
        if path in _CLOCKS or _is_path(path, also):
            raise _as_text(found[0], path)


def _as_text(written: str, path: str) -> Flaw:
    message = f'{quoted(written)} is text here; write "${{{unquoted(path)}}}"'
    return Flaw(message, "path-as-text")


def _is_path(text: str, also: tuple[str, ...]) -> bool:
    try:
        return len(paths.parse(text, also)) > 1
    except Flaw:
        return False
