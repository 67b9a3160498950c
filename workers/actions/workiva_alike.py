"""Workiva's tasks as its answers show them, and what makes two alike. Performs no I/O.

Its pages call a task's deadline `dueDate` where it is sent and mostly `dueAt` in answers: either
is read. Source: Workiva's developer documentation, "Task", versions 2022-01-01 and 2026-01-01.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from workers.rules.values import instant

Item = Mapping[str, Any]

_DUE = ("dueDate", "dueAt")
_MARKER = re.compile(r"⟨hw:[0-9a-f]{12}⟩\Z")
#: what two tasks that were sent alike have in common
_SENT = ("title", "description", "location")


def answered(task: Item) -> dict[str, Any]:
    """A task as Workiva answered, with its deadline under the name it is sent by."""
    return {**task, "dueDate": due(task)} if task else {}


def due(task: Item) -> object:
    """A task's deadline, whichever of its two names an answer has for it."""
    return next((task[name] for name in _DUE if task.get(name) is not None), None)


def marker_of(description: object) -> str:
    """The marker at the end of a description; empty when there is none."""
    found = _MARKER.search(str(description or "").rstrip())
    return found[0] if found else ""


def alike(name: str, one: object, other: object) -> bool:
    """Whether two values of a property are the same, however they are written."""
    shape = _SHAPES.get(name, _itself)
    return shape(one) == shape(other)


def looks_as_sent(there: Item, sent: Item) -> bool:
    """Whether a task has the title, description, location and assignees that were sent.

    Of assignees that were not sent nothing is known: Workiva may have put in somebody.
    """
    names = (*_SENT, "assignees") if "assignees" in sent else _SENT
    return all(alike(name, there.get(name), sent.get(name)) for name in names)


def created(task: Item) -> datetime:
    """When it was created; the beginning of time where Workiva does not say."""
    return _at(task.get("created")) or datetime.min.replace(tzinfo=UTC)


def is_older(task: Item, than: datetime) -> bool:
    """Whether it was certainly created before a moment; not where Workiva does not say."""
    at = _at(task.get("created"))
    return at is not None and at < than


def modified(task: Item) -> datetime | None:
    """When it was changed last; None where Workiva does not say."""
    return _at(task.get("modified"))


def _at(act: object) -> datetime | None:
    told = act.get("dateTime") if isinstance(act, Mapping) else None
    try:
        return instant(told, UTC)
    except ValueError:
        return None


def _itself(value: object) -> object:
    return value


def _moment(value: object) -> object:
    try:
        return instant(value, UTC)
    except ValueError:
        return value


def _people(value: object) -> object:
    people = value if isinstance(value, list) else []
    return sorted(str(one.get("id")) for one in people if isinstance(one, Mapping))


def _place(value: object) -> object:
    place = value if isinstance(value, Mapping) else {}
    return place.get("resource"), place.get("segment")


def _text(value: object) -> object:
    return str(value or "").strip()


#: in which form two values of a property are compared
_SHAPES: Mapping[str, Callable[[object], object]] = {
    "dueDate": _moment,
    "assignees": _people,
    "location": _place,
    "description": _text,
}
