"""What runs create: how each kind of object is read, compared and removed. Reads awork, and Workiva
for what was created there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from workers import mirrors
from workers.actions import bookings, schedules
from workers.actions.base import Context
from workers.targets.filters import Guid, where
from workers.targets.http import Request
from workers.targets.workiva import NAME as WORKIVA

Item = Mapping[str, Any]


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One object that a run has created."""

    #: one of KINDS
    kind: str
    #: as its system named it
    id: str
    #: of the POST that made it
    path: str
    #: the rule that made it
    rule: str
    #: as its system answered our last write of it in this run
    answer: dict[str, Any]
    #: when it was written, ms since 1970 UTC
    written_ms: int
    #: what the run's event is about
    entity_id: str = ""


Look = Callable[[Thing, Context], Item | None]


@dataclass(frozen=True)
class Kind:
    """One collection of awork's, or of Workiva's."""

    #: for people
    noun: str
    #: the object as it is now; None when it is not there; raises what awork raises
    look: Look
    #: what removes it
    removes: Callable[[Thing], Request]
    #: what no rule changes once it is made, in a form in which two can be compared
    content: Callable[[Item], object]
    #: what holdings.py calls it, where it is remembered there
    held_as: Callable[[Thing], str] = lambda _thing: ""
    #: whose it is, for people
    owner: str = "awork"


def kind_of(path: str, target: str) -> str:
    """Which kind a POST to this path creates; empty when it creates nothing that is undone."""
    paths = _PATHS.get(target, {})
    return next((name for name, form in paths.items() if re.fullmatch(form, path)), "")


def _fields(*names: str) -> Callable[[Item], object]:
    return lambda item: tuple(item.get(name) or None for name in names)


def _own_path(thing: Thing) -> str:
    return f"{thing.path}/{thing.id}"


def _by_id(thing: Thing, context: Context) -> Item:
    return context.awork.one(_own_path(thing))


def _in_list(thing: Thing, context: Context) -> Item | None:
    """awork has no call for one booking."""
    found = context.awork.list(thing.path, filterby=str(where("id").eq(Guid(thing.id))))
    return next((one for one in found if one.get("id") == thing.id), None)


def _in_workiva(thing: Thing, context: Context) -> Item:
    return context.workiva.one(_own_path(thing))


def _deletes(thing: Thing) -> Request:
    return Request("DELETE", _own_path(thing))


def _booked_for(thing: Thing) -> str:
    return bookings.named(thing.rule, str(thing.answer["projectId"]), str(thing.answer["userId"]))


_ID = "[0-9a-fA-F-]{36}"
#: target -> kind -> path
_PATHS: Mapping[str, Mapping[str, str]] = {
    "awork": {
        "block": "/taskschedules",
        "booking": "/projecttimebookings",
        "entry": "/timeentries",
        "comment": f"/tasks/{_ID}/comments",
        "task": "/tasks",
    },
    WORKIVA: {"workiva": "/tasks"},
}

#: in the order in which they are removed: a task last, when nothing of the run is on it any more
KINDS: Mapping[str, Kind] = {
    "workiva": Kind(
        "Workiva task",
        _in_workiva,
        lambda thing: Request("DELETE", _own_path(thing), target=WORKIVA),
        _fields("status"),
        held_as=lambda thing: mirrors.thing(thing.id),
        owner="Workiva",
    ),
    "comment": Kind("comment", _by_id, _deletes, _fields("message")),
    "block": Kind(
        "block",
        _by_id,
        _deletes,
        schedules.shape,
        held_as=lambda thing: schedules.thing(str(thing.answer.get("taskId"))),
    ),
    "booking": Kind("booking", _in_list, _deletes, bookings.shape, held_as=_booked_for),
    "entry": Kind("time entry", _by_id, _deletes, _fields("userId", "taskId", "projectId")),
    "task": Kind(
        "task",
        _by_id,
        # The call for one answers 207 without a word about what became of it.
        lambda thing: Request("POST", "/tasks/batch/delete", {"taskIds": [thing.id]}),
        _fields("name", "description", "startOn", "dueOn", "projectId", "parentId"),
    ),
}
