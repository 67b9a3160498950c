"""What to tell the author of a path that leads nowhere. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workers.rules.facts import Path
from workers.rules.fields.reach import fields_below, follow, starts
from workers.rules.fields.types import FieldType, Holds
from workers.rules.findings import nearest
from workers.rules.paths import ROOTS
from workers.rules.subjects import CRON, SUBJECTS, subject
from workers.rules.values import quoted

#: how much of a name must be the same for it to be a slip of the keyboard: surely, and likely
_SURE, _LIKELY = 0.9, 0.75
#: letters; shorter names stand inside too many others
_TELLING = 3
_AT = re.compile(r"(_a|A)t$")
#: suggestions; more of them say no more than all names do
_FEW = 3
#: the first of those that make up a name like taskStatusId
_WORD = re.compile(r"[A-Za-z][a-z]*")
_SAID: dict[Holds, str] = {
    "text": "text",
    "number": "a number",
    "boolean": "true or false",
    "duration": "a duration",
    "day": "a day",
    "moment": "a moment",
    "id": "an id",
}


def unknown_root(path: Path, kinds: Sequence[str]) -> str:
    """None of these kinds has the root."""
    root = str(path[0])
    within: Path = ("entity", *path)
    if _leads_somewhere(within, kinds):
        way = f"did you mean '{dotted(within)}'?"
    else:
        roots = [name for name in ROOTS if _has_root(name, kinds)]
        way = f"their paths begin with {_either(roots)}"
    return f"{_who(kinds)} have no {quoted(root)}; {way}"


def unknown_field(path: Path, kinds: Sequence[str]) -> str:
    """Some of these kinds have the root, but the path ends before its last name."""
    stops = [
        (start, *follow(start, path)) for kind in kinds for start in starts(kind, str(path[0]))
    ]
    steps = max(steps for _, steps, _ in stops)
    furthest = [(start, here) for start, at, here in stops if at == steps]
    name = str(path[steps + 1])
    objects = [(start, here) for start, here in furthest if here.holds == "object"]
    if not objects:
        return _no_object(path, steps, furthest[0][1], kinds)
    nouns = " or ".join(dict.fromkeys(start.noun for start, _ in objects))
    owner = quoted(dotted(path[: steps + 1])) if steps else nouns
    options = {f for s, here in objects for f in (fields_below(here) if steps else s.fields)}
    way = _way_out(path, name, sorted(options), kinds)
    return f"unknown field {quoted(name)} of {owner}; {way}"


def dotted(path: Path) -> str:
    """A path as it is written."""
    return ".".join(str(name) for name in path)


def _no_object(path: Path, steps: int, here: FieldType, kinds: Sequence[str]) -> str:
    """The path goes on below a list without naming the item, or below a plain value."""
    whole, rest = path[: steps + 1], path[steps + 1 :]
    if here.holds == "list":
        return _in_list(whole, rest, kinds)
    # taskStatusId stands beside taskStatus
    beside: Path = (*whole[:-1], str(whole[-1]).removesuffix("Id"), *rest)
    written = quoted(dotted(beside if _leads_somewhere(beside, kinds) else whole))
    return f"{quoted(dotted(whole))} is {_SAID[here.holds]} and has no fields; write {written}"


def _in_list(whole: Path, rest: Path, kinds: Sequence[str]) -> str:
    first: Path = (*whole, 0)
    written = dotted((*first, *rest) if _leads_somewhere((*first, *rest), kinds) else first)
    return (
        f"{quoted(dotted(whole))} is a list and has no field {quoted(str(rest[0]))}; write"
        f" '{written}' for its first item, or compare the list itself, such as"
        f" '{dotted(whole)}: {{has: …}}'"
    )


def _way_out(path: Path, name: str, options: Sequence[str], kinds: Sequence[str]) -> str:
    itself = [root for root in SUBJECTS if any(subject(kind, root) == () for kind in kinds)]
    meant = (
        _elsewhere(path, itself, kinds)
        or _slips(name, options, _SURE)
        or _as_a_moment(name, options)
        or _with_it_inside(name, options)
        or _with_its_first_word(name, options)
        or _elsewhere(path, SUBJECTS, kinds)
        or _slips(name, options, _LIKELY)
        or _of_its_first_word(name, options)
    )
    if not meant:
        return f"allowed: {', '.join(options)}"
    return f"did you mean {_either([quoted(option) for option in meant])}?"


def _elsewhere(path: Path, roots: Iterable[str], kinds: Sequence[str]) -> list[str]:
    """What the entity lacks may be a field of a whole object, or worked out beside it."""
    there = [(root, *path[1:]) for root in roots if path[0] == "entity"]
    return [dotted(path) for path in there if _leads_somewhere(path, kinds)][:1]


def _as_a_moment(name: str, options: Iterable[str]) -> list[str]:
    """What others call createdAt is createdOn here."""
    meant = _AT.sub("On", name)
    return [meant] if meant in options else []


def _with_it_inside(name: str, options: Iterable[str]) -> list[str]:
    """`type` of a task may be its baseType or its typeOfWork."""
    return [o for o in options if len(name) >= _TELLING and name.lower() in o.lower()]


def _slips(name: str, options: Iterable[str], cutoff: float) -> list[str]:
    near = nearest(name, options, cutoff)
    return [near] if near else []


def _with_its_first_word(name: str, options: Iterable[str]) -> list[str]:
    """awork says dueOn of a task and dueDate of a project: the only field that begins so."""
    alike = [option for option in options if _first_word(option) == _first_word(name)]
    return alike if len(alike) == 1 else []


def _of_its_first_word(name: str, options: Iterable[str]) -> list[str]:
    """`statusName` of a task means its taskStatus."""
    found = _with_it_inside(_first_word(name), options)
    return found if len(found) <= _FEW else []


def _first_word(name: str) -> str:
    word = _WORD.match(name)
    return word[0] if word else name


def _either(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _who(kinds: Sequence[str]) -> str:
    if len(kinds) > 1:
        return "these events"
    kind = kinds[0]
    return f"the items of {kind.removeprefix(CRON)}" if kind.startswith(CRON) else f"{kind} events"


def _has_root(root: str, kinds: Iterable[str]) -> bool:
    return root in ("now", "today") or any(starts(kind, root) for kind in kinds)


def _leads_somewhere(path: Path, kinds: Iterable[str]) -> bool:
    return any(
        follow(start, path)[0] == len(path) - 1
        for kind in kinds
        for start in starts(kind, str(path[0]))
    )
