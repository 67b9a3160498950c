"""Names to ids: users, projects, types of work, statuses and lists, as people call them; and what
else changes rarely: who works when, and who is away.

Read from awork when needed, kept for some minutes for all processes (cache.py), and forgotten when
awork sends an event of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from webhooks.errors import RunFailed, TargetFailed
from webhooks.event import Event
from workers.targets.awork import Awork
from workers.targets.cache import SURE_US

#: types of work, users and statuses change rarely; a name added a moment ago is found after this
KEEP_S = 300.0
_MOST_NAMES = 20
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Item = Mapping[str, Any]


class Directory:
    """What awork's things are called. Keeps nothing itself: the cache behind `awork` does."""

    def heed(self, awork: Awork, event: Event) -> None:
        """Forget what an event of awork outdates, where it was read before the event happened.

        Raises Unreadable when the event's body is no JSON object after all.
        """
        if _family(event.kind) in _OUTDATING:
            names = outdated(event.kind, event.entity_id, event.payload())
            awork.cache.outdate(names, event.occurred_us + SURE_US)

    def me(self, awork: Awork) -> str:
        """The id of the user our API token acts as."""
        return str(self._object(awork, "/me")["id"])

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
        return self._object(awork, f"/users/{user_id}")

    def capacity(self, awork: Awork, user_id: str) -> Item:
        """How many seconds a user works on each weekday."""
        return self._object(awork, f"/users/{user_id}/capacity")

    def absences(self, awork: Awork, user_id: str) -> list[Item]:
        """Days off of one user. user_id: in the form of awork's ids."""
        return self._list(awork, "/absences", filterby=_of_user(user_id))

    def regions(self, awork: Awork) -> list[Item]:
        """The regions that workspace absences may be of."""
        return self._list(awork, "/absenceregions")

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
        return _resolve(reference, "task status", lambda: self.statuses(awork, project_id), _name)

    def statuses(self, awork: Awork, project_id: str) -> list[Item]:
        """The task statuses of a project."""
        return self._list(awork, f"/projects/{project_id}/taskstatuses")

    def task_list(self, awork: Awork, project_id: str, reference: object) -> str:
        """A task list of a project, by id or name."""
        path = f"/projects/{project_id}/tasklists"
        return _resolve(reference, "task list", lambda: self._list(awork, path), _name)

    def _list(self, awork: Awork, path: str, **params: str) -> list[Item]:
        found: list[Item] = awork.cache.read(
            _key(path, **params), lambda: awork.known_list(path, **params), keep_s=KEEP_S
        )
        return found

    def _object(self, awork: Awork, path: str) -> Item:
        found: Item = awork.cache.read(path, lambda: awork.known(path), keep_s=KEEP_S)
        return found


def outdated(kind: str, entity_id: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The reads that an event outdates, by their names in the cache. Performs no I/O."""
    entity = payload.get("entity")
    told: Mapping[str, Any] = entity if isinstance(entity, Mapping) else {}
    names = _OUTDATING.get(_family(kind))
    return names(entity_id, told) if names else ()


def _family(kind: str) -> str:
    """`user` of `user_status_changed`; comments change nothing that is kept."""
    return "" if kind.endswith("_comment_added") else kind.partition("_")[0]


def _key(path: str, **params: str) -> str:
    return "&".join([path, *(f"{name}={value}" for name, value in params.items())])


def _of_user(user_id: object) -> str:
    return f"userId eq guid'{user_id}'"


_OUTDATING: Mapping[str, Callable[[str, Mapping[str, Any]], tuple[str, ...]]] = {
    "user": lambda user_id, _told: (
        "/me",
        "/users",
        f"/users/{user_id}",
        f"/users/{user_id}/capacity",
    ),
    "absence": lambda _id, told: (
        "/workspaceabsences",
        _key("/absences", filterby=_of_user(told.get("userId"))),
    ),
    "project": lambda project_id, _told: (
        "/projects",
        f"/projects/{project_id}/taskstatuses",
        f"/projects/{project_id}/tasklists",
    ),
    "tasklist": lambda _id, told: (f"/projects/{told.get('projectId')}/tasklists",),
}


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
            f"more than one {kind} is called {reference!r}; give one of these ids: {ids}",
        )
    names = sorted({name_of(item) for item in candidates})
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    raise RunFailed("unknown-name", f"no {kind} is called {reference!r}; there are: {shown}")


def _name(item: Item) -> str:
    return str(item.get("name", ""))


def _user_name(item: Item) -> str:
    return " ".join(str(item[name]) for name in ("firstName", "lastName") if item.get(name))
