"""Actions whose object is another one than they take, or is gone. Pure.

Looked at are values that are exactly one `${entity.id}`, and the like: whose id that is, the kind
of the event says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from webhooks.errors import Mistake
from workers.rules.facts import Path
from workers.rules.fields.complaints import dotted
from workers.rules.fields.shapes import ENTITY_OF, NOUNS
from workers.rules.lint.places import literals_of, sole_path
from workers.rules.lint.worlds import kinds_of
from workers.rules.model import ActionCall, Rule
from workers.rules.registry import kind_of_value, missing_for
from workers.rules.subjects import ROOTS_OF, start_of, subject

#: parameter -> the root of what it takes the id of
_TAKES: Mapping[str, str] = {
    "task": "task",
    "parent": "task",
    "project": "project",
    "user": "user",
    "users": "user",
    "private_for": "user",
    "time_entry": "timeEntry",
}
#: kind -> the root of what does not exist any more
_GONE: Mapping[str, str] = {
    "task_deleted": "task",
    "project_deleted": "project",
    "timetracking_deleted": "timeEntry",
    "user_deleted": "user",
}
#: takes away what we made for a task, which is meant when the task is gone
_CLEARS_AWAY = "unplan_task"
_ID: Path = ("entity", "id")


def objects(rule: Rule) -> Iterator[Mistake]:
    """Parameters that name an object of another kind, and actions on what was deleted."""
    kinds = kinds_of(rule)
    if not kinds or not kinds <= ROOTS_OF.keys():
        return
    for call in rule.actions:
        for name in _TAKES.keys() & call.parameters.keys():
            paths = {sole_path(one) for one in _each(call.parameters[name])}
            yield from _of_another(name, paths, call, kinds)
            yield from _deleted(name, paths, call, rule)


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _of_another(
    name: str, paths: set[Path], call: ActionCall, kinds: frozenset[str]
) -> Iterator[Mistake]:
    root = _TAKES[name]
    if _ID not in paths or any(subject(kind, root) == () for kind in kinds):
        return
    nouns = sorted({NOUNS[ENTITY_OF[kind][0]] for kind in kinds})
    way = _way(name, root, kinds)
    rest = f"write ${{{dotted(way)}}}" if way else f"name the {root} itself"
    message = f"{name}: entity.id is {' or '.join(nouns)}'s id; {rest}"
    yield Mistake(call.path, call.line, call.column, message, "other-id")


def _way(name: str, root: str, kinds: frozenset[str]) -> Path:
    """Where the id that is wanted stands; empty when the events do not tell it."""
    places = {(start_of(kind, root), subject(kind, root)) for kind in kinds}
    start, path = places.pop()
    if not places and path and start == "entity":
        return ("entity", *path)
    if root != "user":
        return (root, "id") if not missing_for((root, "id"), kinds) else ()
    several: tuple[Path, ...] = (("entity", "assignees"), ("entity", "members"))
    for people in several:
        held = kind_of_value(people, kinds)
        if held and held.holds == "list" and not missing_for(people, kinds):
            return people if name == "users" else _first(people)
    return ("user", "id") if not missing_for(("user", "id"), kinds) else ()


def _first(people: Path) -> Path:
    # a member is no user: it names one
    return (*people, 0, "userId" if people[-1] == "members" else "id")


def _deleted(name: str, paths: set[Path], call: ActionCall, rule: Rule) -> Iterator[Mistake]:
    root = _TAKES[name]
    gone = sorted(kind for kind in rule.when if _GONE.get(kind) == root)
    # a rule of several kinds may tell them apart by itself
    if not gone or call.name == _CLEARS_AWAY or (len(rule.when) > 1 and _tells_apart(rule)):
        return
    if paths & {_ID, (root, "id")}:
        noun = NOUNS[ENTITY_OF[gone[0]][0]].partition(" ")[2]
        message = (
            f"'{call.id}' fails for {', '.join(gone)}: the {noun} does not exist any more; write to"
            " something that is still there"
        )
        yield Mistake(call.path, call.line, call.column, message, "gone-object")


def _tells_apart(rule: Rule) -> bool:
    return any(("event", "eventType") in one.condition.paths for one in literals_of(rule))
