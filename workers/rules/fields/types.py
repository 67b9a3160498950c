"""What a field holds, and the words that models.json says it in. Performs no I/O.

text   number   boolean   duration   day   moment   id   any
text (private | projecttask)      no other values in awork's contract
TaskStatus                        an object; the name of its model, which has a capital
list of id, list of TaskTagModel
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

#: durations are whole seconds; moments are ISO text in UTC, or local where the name says so
Holds = Literal[
    "text", "number", "boolean", "duration", "day", "moment", "id", "object", "list", "any"
]

_PLAIN: tuple[Holds, ...] = get_args(Holds)
_LIST_OF = "list of "


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field, or any other place a path leads to, holds."""

    holds: Holds
    #: of an object: its model's name
    model: str = ""
    #: of a list: what each item is
    item: FieldType | None = None
    #: the only values awork's contract has; empty: any
    values: tuple[str, ...] = ()


ANY = FieldType("any")


@cache
def field_type(words: str) -> FieldType:
    """Read one of the forms above; whatever is no other form is the name of a model."""
    if words.startswith(_LIST_OF):
        return FieldType("list", item=field_type(words.removeprefix(_LIST_OF)))
    name, _, values = words.partition(" (")
    for holds in _PLAIN:
        if holds == name:
            return FieldType(
                holds, values=tuple(values.removesuffix(")").split(" | ") if values else ())
            )
    return FieldType("object", model=name)
