"""Lists of tasks: filtered, in order, page by page.

Performs no I/O. The cursor in `@nextLink` is opaque to those who follow it, and carries the whole
question: what is asked beside it does not count.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva import filters
from deploy.sandbox.workiva.refusals import wrong

MOST = 1_000
_QUESTION = ("$filter", "$orderBy", "$maxpagesize")


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    tasks: Sequence[Model]
    #: cursor of the one after it; empty when this is the last
    next: str


def page(tasks: Sequence[Model], query: Mapping[str, str]) -> Page:
    """The tasks that are asked for. tasks: all of them, oldest first. Raises Refused."""
    question, begin = _read(query["$next"]) if "$next" in query else (query, 0)
    fits = filters.condition(question.get("$filter", ""))
    found = filters.ordered([task for task in tasks if fits(task)], question.get("$orderBy", ""))
    size = _size(question.get("$maxpagesize", str(MOST)))
    end = begin + size
    return Page(found[begin:end], _cursor(question, end) if end < len(found) else "")


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
        raise wrong("$maxpagesize", f"must be a number from 1 to {MOST}, not {text}")
    return int(text)


def _cursor(question: Mapping[str, str], begin: int) -> str:
    kept = {name: question[name] for name in _QUESTION if name in question}
    return base64.urlsafe_b64encode(json.dumps([kept, begin]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[Mapping[str, str], int]:
    try:
        question, begin = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise wrong("$next", "is no cursor of this list") from None
    return question, begin
