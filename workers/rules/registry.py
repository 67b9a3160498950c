"""Which paths there are for which events, so that a misspelt field is a mistake when rules load.

Made from awork's contract (fields/models.json), what it lacks (fields/additions.py) and the table
of roots (subjects.py). Performs no I/O but for reading its own data once.

Kinds are awork's names of today, and `cron:tasks`, `cron:running_timers`, `cron:schedules` and
`cron:users` for what the clock starts. Nothing is said about kinds that awork does not have, nor
about `item` and `done`: their shape is known only when a rule runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

from workers.rules.facts import Path
from workers.rules.fields import complaints
from workers.rules.fields.reach import CHANGE, Fields, fields_below, follow, starts
from workers.rules.fields.shapes import ENTITY_OF
from workers.rules.fields.types import ANY, FieldType
from workers.rules.paths import ROOTS

__all__ = ["FieldType", "fields_of", "kind_of_value", "missing_for", "problem"]

_CLOCKS: Mapping[str, FieldType] = {"now": FieldType("moment"), "today": FieldType("day")}
_JUDGED = frozenset(ROOTS) - _CLOCKS.keys()
#: the order in which kinds are named, so that a message is the same on every run
_ORDER = {kind: place for place, kind in enumerate(ENTITY_OF)}


def problem(path: Path, kinds: Collection[str]) -> str | None:
    """What is wrong with a path in a rule for these kinds of events.

    path: as paths.parse gives it. Returns None when at least one of the kinds has it, else a
    message that ends with the way out; `missing_for` names the kinds that lack it.
    """
    if not _is_judged(path, kinds) or any(_found(path, kind) for kind in kinds):
        return None
    ordered = sorted(kinds, key=_ORDER.__getitem__)
    rooted = [kind for kind in ordered if starts(kind, str(path[0]))]
    if not rooted:
        return complaints.unknown_root(path, ordered)
    return complaints.unknown_field(path, rooted)


def missing_for(path: Path, kinds: Collection[str]) -> tuple[str, ...]:
    """The kinds for which a path can never lead anywhere, in awork's order; empty when none."""
    if not _is_judged(path, kinds):
        return ()
    missing = [kind for kind in kinds if not _found(path, kind)]
    return tuple(sorted(missing, key=_ORDER.__getitem__))


def kind_of_value(path: Path, kinds: Collection[str]) -> FieldType | None:
    """What stands at the end of a path, when anything does.

    Returns `any` where the kinds disagree, None when no kind has the path or nothing can be said.
    """
    if not _is_judged(path, kinds):
        return _CLOCKS.get(str(path[0]))
    types = {found for kind in kinds if (found := _found(path, kind))}
    return types.pop() if len(types) == 1 else (ANY if types else None)


@cache
def fields_of(kind: str, depth: int = 3) -> Mapping[str, FieldType]:
    """Every path that events of a known kind have, as it is written, and what it holds.

    depth: names after the root, at most. Lists are not entered. Raises KeyError for other kinds.
    """
    begun = [(root, start) for root in ROOTS for start in starts(kind, root)]
    found = {
        path: held
        for root, start in reversed(begun)  # the first of several models has the last word
        for path, held in _listed(root, start.fields, depth)
    }
    return {**dict(sorted(found.items())), **_CLOCKS}


def _listed(before: str, fields: Fields, depth: int) -> Iterator[tuple[str, FieldType]]:
    for name, held in fields.items() if depth else ():
        if held is not CHANGE:
            yield f"{before}.{name}", held
        yield from _listed(f"{before}.{name}", fields_below(held), depth - 1)


def _is_judged(path: Path, kinds: Collection[str]) -> bool:
    return path[0] in _JUDGED and bool(kinds) and all(kind in _ORDER for kind in kinds)


def _found(path: Path, kind: str) -> FieldType | None:
    for start in starts(kind, str(path[0])):
        steps, here = follow(start, path)
        if steps == len(path) - 1:
            return here
    return None
