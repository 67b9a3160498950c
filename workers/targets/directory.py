"""Names to ids: users, projects, types of work, statuses and lists, as people call them.

Read from awork when needed, kept for some minutes by each process.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from webhooks.errors import RunFailed, TargetFailed
from workers.targets.awork import Awork

#: types of work, users and statuses change rarely; a name added a moment ago is found after this
KEEP_S = 300.0
_MOST_NAMES = 20
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Item = Mapping[str, Any]


class Directory:
    """What awork's things are called. One for each process; safe for its threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def me(self, awork: Awork) -> str:
        """The id of the user our API token acts as."""
        return str(self._read("/me", lambda: awork.get("/me"))["id"])

    def user(self, awork: Awork, reference: object) -> str:
        """A user, by id, "First Last", or an object that has the id."""
        return _resolve(reference, "user", lambda: self._list(awork, "/users"), _user_name)

    def name_of(self, awork: Awork, user_id: str) -> str:
        """What a user is called, for people; the id when awork does not say. Never raises what
        awork answers: a name in a summary is worth no failure."""
        try:
            users = self._list(awork, "/users")
        except TargetFailed:
            return user_id
        return next((_user_name(user) for user in users if user.get("id") == user_id), user_id)

    def person(self, awork: Awork, user_id: str) -> Item:
        """A user, whole. Raises what awork answers; that is not kept."""
        path = f"/users/{user_id}"
        person: Item = self._read(path, lambda: awork.one(path))
        return person

    def capacity(self, awork: Awork, user_id: str) -> Item:
        """How many seconds a user works on each weekday."""
        path = f"/users/{user_id}/capacity"
        capacity: Item = self._read(path, lambda: awork.one(path))
        return capacity

    def workspace_absences(self, awork: Awork) -> list[Item]:
        """Days off of the whole workspace and of its regions."""
        return self._list(awork, "/workspaceabsences")

    def project(self, awork: Awork, reference: object) -> str:
        """A project, by id or name."""
        return _resolve(reference, "project", lambda: self._list(awork, "/projects"), _name)

    def type_of_work(self, awork: Awork, reference: object) -> str:
        """A type of work, by id or name."""
        return _resolve(reference, "type of work", lambda: self.types_of_work(awork), _name)

    def types_of_work(self, awork: Awork) -> list[Item]:
        """The types of work that may be used, in awork's order."""
        return [t for t in self._list(awork, "/typeofwork") if not t.get("isArchived")]

    def status(self, awork: Awork, project_id: str, reference: object) -> str:
        """A task status of a project, by id or name."""
        path = f"/projects/{project_id}/taskstatuses"
        return _resolve(reference, "task status", lambda: self._list(awork, path), _name)

    def task_list(self, awork: Awork, project_id: str, reference: object) -> str:
        """A task list of a project, by id or name."""
        path = f"/projects/{project_id}/tasklists"
        return _resolve(reference, "task list", lambda: self._list(awork, path), _name)

    def _list(self, awork: Awork, path: str) -> list[Item]:
        found: list[Item] = self._read(path, lambda: awork.list(path))
        return found

    def _read(self, path: str, ask: Callable[[], Any]) -> Any:
        """What is kept, or what awork says now. Two threads may ask at once; both are right."""
        with self._lock:
            kept = self._kept.get(path)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        answer = ask()
        with self._lock:
            self._kept[path] = (self._clock() + KEEP_S, answer)
        return answer


def is_id(text: str) -> bool:
    """True for text in the form of awork's ids."""
    return _GUID.fullmatch(text) is not None


def _resolve(
    reference: object,
    kind: str,
    items: Callable[[], Iterable[Item]],
    name_of: Callable[[Item], str],
) -> str:
    """The id a reference means.

    Raises RunFailed when no item, or more than one, has the name; it lists the candidates.
    """
    if isinstance(reference, Mapping):
        reference = reference.get("userId") or reference.get("id")
    if not isinstance(reference, str) or not reference:
        raise RunFailed("unknown-name", f"{reference!r} names no {kind}; give an id or a name")
    if is_id(reference):
        return reference
    candidates = list(items())
    named = [item for item in candidates if name_of(item).casefold() == reference.casefold()]
    if len(named) == 1:
        return str(named[0]["id"])
    if named:
        ids = ", ".join(str(item["id"]) for item in named)
        raise RunFailed(
            "ambiguous-name",
            f"{len(named)} of {kind} are called {reference!r}; give one of these ids: {ids}",
        )
    names = sorted({name_of(item) for item in candidates})
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    raise RunFailed("unknown-name", f"no {kind} is called {reference!r}; there are: {shown}")


def _name(item: Item) -> str:
    return str(item.get("name", ""))


def _user_name(item: Item) -> str:
    return f"{item.get('firstName', '')} {item.get('lastName', '')}".strip()
