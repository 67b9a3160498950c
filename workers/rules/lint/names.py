"""Ids that are compared with names. Pure.

awork's ids are GUIDs: a field that holds one never is `Website`. Where the same object's name can
be reached, the path to it is the way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from webhooks.errors import Mistake
from workers.rules.facts import Path
from workers.rules.fields.complaints import dotted
from workers.rules.lint.literals import EQUALS, LISTS, Literal
from workers.rules.lint.places import literals_of
from workers.rules.lint.worlds import held_at, kinds_of
from workers.rules.model import Rule
from workers.rules.registry import kind_of_value, missing_for
from workers.rules.subjects import SUBJECTS, start_of, subject
from workers.rules.values import quoted

#: with or without hyphens: both have been seen where people copy ids from
_GUID = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
#: what people know an object by; users have no `name`
_NAMES = ("name", "firstName")


def for_ids(rule: Rule) -> Iterator[Mistake]:
    """Conditions that compare an id with text that is none."""
    for literal in literals_of(rule):
        if literal.operator not in EQUALS | LISTS or not _holds_ids(literal.path, rule):
            continue
        if names := [quoted(name) for name in _given(literal) if not _GUID.fullmatch(name)]:
            path = literal.path
            rest = (
                f"write {way}" if (way := _named(path, kinds_of(rule))) else "compare it with one"
            )
            what = f"{dotted(path)} holds an id, which is never {' or '.join(names)}; {rest}"
            yield Mistake(rule.path, literal.line, 1, what, "name-for-id")


def _holds_ids(path: Path, rule: Rule) -> bool:
    held = held_at(path, rule) if path else None
    item = held.item if held and held.holds == "list" else held
    return item is not None and item.holds == "id"


def _given(literal: Literal) -> list[str]:
    """true and false are told by what can never hold."""
    operand = literal.condition.operand
    given = operand if isinstance(operand, list) else [operand]
    return [str(value) for value in given if not isinstance(value, bool)]


def _named(path: Path, kinds: frozenset[str]) -> str:
    """The path to the name of what the id at a path stands for; empty when there is none."""
    for whole in _objects(path, kinds):
        for name in _NAMES:
            held = kind_of_value((*whole, name), kinds)
            if held and held.holds == "text" and not missing_for((*whole, name), kinds):
                return dotted((*whole, name))
    return ""


def _objects(path: Path, kinds: frozenset[str]) -> Iterator[Path]:
    *before, last = path
    field = str(last)
    if field == "id":
        yield tuple(before)
    if not field.endswith("Id"):
        return
    noun = field.removesuffix("Id")
    if (
        before == ["entity"]
        and noun in SUBJECTS
        and all(_is_id(kind, noun, field) for kind in kinds)
    ):
        yield (noun,)
    yield (*before, noun)
    # awork says parentId, and parentTask for the object
    yield (*before, f"{noun}Task")


def _is_id(kind: str, root: str, field: str) -> bool:
    return start_of(kind, root) == "entity" and subject(kind, root) == (field,)
