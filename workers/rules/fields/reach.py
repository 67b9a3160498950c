"""Following a path through awork's models: where it may begin, and how far it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from workers.rules.facts import Path
from workers.rules.fields.models import model
from workers.rules.fields.shapes import ENTITY_OF, GONE, NOUNS, ROOT_MODELS
from workers.rules.fields.types import FieldType
from workers.rules.subjects import CRON, SUBJECTS, subject

Fields = Mapping[str, FieldType]

#: one entry of `changes`; a path names its side
CHANGE = FieldType("object", model="Change")


@dataclass(frozen=True)
class Start:
    """An object that a path may begin in."""

    #: "a task", for messages
    noun: str
    #: what the root alone is
    whole: FieldType
    fields: Fields


@cache
def starts(kind: str, root: str) -> tuple[Start, ...]:
    """The objects a root may be in events of a known kind; empty when it can never be there."""
    if root == "entity":
        return tuple(_start(name, NOUNS[name]) for name in ENTITY_OF[kind])
    if root == "changes":
        return () if kind.startswith(CRON) else tuple(map(_changes, starts(kind, "entity")))
    if root in SUBJECTS and subject(kind, root) is None:
        return ()
    names = ROOT_MODELS.get(root, ())
    if (kind, root) in GONE:
        return (_start(names[0], f"a deleted {NOUNS[names[0]].partition(' ')[2]}"),)
    return tuple(_start(name, NOUNS[names[0]]) for name in names)


def follow(start: Start, path: Path) -> tuple[int, FieldType]:
    """Follow the names after the root.

    Returns how many of them could be followed, and what stands where the last of those leads.
    """
    here, fields = start.whole, start.fields
    for steps, name in enumerate(path[1:]):
        below = _below(here, fields, name)
        if below is None:
            return steps, here
        here, fields = below, fields_below(below)
    return len(path) - 1, here


def fields_below(here: FieldType) -> Fields:
    """The fields of an object; none of anything else."""
    return model(here.model).fields if here.holds == "object" else {}


def _below(here: FieldType, fields: Fields, name: str | int) -> FieldType | None:
    match here.holds:
        case "object":
            return fields.get(str(name))
        case "list":
            return here.item if isinstance(name, int) else None
        case "any":
            return here
        case _:
            return None


def _start(name: str, noun: str) -> Start:
    return Start(noun, FieldType("object", model=name), model(name).fields)


def _changes(entity: Start) -> Start:
    """Properties in `changes` are the entity's own fields, with a capital."""
    fields = {name[:1].upper() + name[1:]: CHANGE for name in entity.fields}
    return Start(f"the changes of {entity.noun}", FieldType("object"), fields)
