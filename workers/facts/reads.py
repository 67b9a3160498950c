"""What was asked of awork for one event: each thing once, whoever asks for it.

    task, project, timeEntry   kept for the event, and for a minute for others
    lists                      kept for the event
    user, capacity, days off   kept for minutes for all events (directory.py): they change rarely

What was read after an event happened need not be read again for that event: it is as true as what
would be read now, for whoever asks what was there when the event had happened. So an object is
kept with the moment at which awork answered, by the `Date` of the answer; awork stamps its events
by the same clock. An event that happened more than a second before that moment may use it, and so
may one that was stored here before the reading began; a later one reads. Thousands of events of
one change read each task once. A write of ours that names the object makes all forget it. An
answer without a `Date` is not kept.

An object that awork does not have (any more) is ABSENT. What awork refuses fails the run, each time
it is asked for, without asking again. What passes (TargetBusy) is not kept: the event comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from webhooks.errors import RunFailed, TargetGone, TargetRefused
from workers.rules.facts import ABSENT, Absent
from workers.targets.awork import Awork
from workers.targets.cache import SURE_US
from workers.targets.directory import Directory, is_id

Item = Mapping[str, Any]

#: root of the language -> where awork has its objects
COLLECTIONS: Mapping[str, str] = {
    "task": "/tasks",
    "project": "/projects",
    "timeEntry": "/timeentries",
    "user": "/users",
    "assignee": "/users",
}


#: seconds that a whole object is kept for the events that happened before it was read
KEEP_OBJECT_S = 60.0


class NotAtHand(Exception):
    """Only awork could tell, and it must not be asked now."""


@dataclass(frozen=True)
class Reads:
    """The reads of one event. Used by one thread."""

    awork: Awork
    directory: Directory
    #: False: what was not read before raises NotAtHand instead of being read
    may_ask: bool = True
    #: when the event happened, in microseconds since 1970 UTC by awork's clock; None for what is
    #: no event of awork: it reads everything itself
    occurred_us: int | None = None
    #: the event, as long as it is not settled; empty for what is none of awork's, and for turns,
    #: which later events have joined
    event: str = ""
    #: whether an event that does not say who caused it is our own doing
    caused: Callable[[], bool] = lambda: False
    #: request -> its answer; ABSENT for what is gone, RunFailed for what was refused
    kept: dict[str, object] = field(default_factory=dict, repr=False)

    def silent(self) -> Reads:
        """The same, with what was read so far and nothing else."""
        return replace(self, may_ask=False)

    def whole(self, root: str, ident: object) -> Item | Absent:
        """The object with this id, as awork has it. root: task, project, timeEntry, user, assignee.

        Raises RunFailed("read-refused", …) and TargetBusy.
        """
        if not isinstance(ident, str) or not is_id(ident):
            # Nothing of awork's has such an id, and it must not become part of an address.
            return ABSENT
        if COLLECTIONS[root] == "/users":
            return self._object(f"/users/{ident}", lambda: self.directory.person(self.awork, ident))
        path = f"{COLLECTIONS[root]}/{ident}"
        return self._object(path, lambda: self._since(path, ident))

    def capacity(self, user_id: str) -> Item | Absent:
        """What awork says a user works each weekday. Errors as in `whole`."""
        path = f"/users/{user_id}/capacity"
        return self._object(path, lambda: self.directory.capacity(self.awork, user_id))

    def listed(self, path: str, **params: str) -> list[Item] | Absent:
        """A whole list; ABSENT when what it hangs on is gone. Errors as in `whole`."""
        key = "&".join([path, *(f"{name}={value}" for name, value in params.items())])
        return self._list(key, lambda: self.awork.list(path, **params))

    def workspace_absences(self) -> list[Item] | Absent:
        """Days off of everybody and of regions. Errors as in `whole`."""
        path = "/workspaceabsences"
        return self._list(path, lambda: self.directory.workspace_absences(self.awork))

    def absences(self, user_id: str) -> list[Item] | Absent:
        """Days off of one user. user_id: in the form of awork's ids. Errors as in `whole`."""
        path = f"/absences of {user_id}"
        return self._list(path, lambda: self.directory.absences(self.awork, user_id))

    def regions(self) -> list[Item] | Absent:
        """The regions that days off may be of. Errors as in `whole`."""
        return self._list("/absenceregions", lambda: self.directory.regions(self.awork))

    def me(self) -> str:
        """The id of the user our API token acts as; the process keeps it for minutes."""
        return self.directory.me(self.awork)

    def _since(self, path: str, ident: str) -> Item:
        """The object as it was when the event had happened, or later."""
        if self.occurred_us is None:
            return self.awork.one(path)
        found: Item = self.awork.cache.since(
            ident.lower(),
            self.occurred_us + SURE_US + 1,
            lambda: self.awork.known(path),
            keep_s=KEEP_OBJECT_S,
            event=self.event,
        )
        return found

    def _object(self, path: str, ask: Callable[[], Item]) -> Item | Absent:
        found = self._once(path, ask)
        return found if isinstance(found, Mapping) else ABSENT

    def _list(self, key: str, ask: Callable[[], list[Item]]) -> list[Item] | Absent:
        found = self._once(key, ask)
        return found if isinstance(found, list) else ABSENT

    def _once(self, key: str, ask: Callable[[], object]) -> object:
        if key not in self.kept:
            if not self.may_ask:
                raise NotAtHand(key)
            self.kept[key] = _answered(ask)
        kept = self.kept[key]
        if isinstance(kept, RunFailed):
            raise RunFailed(kept.reason, str(kept))
        return kept


def refused(error: TargetRefused) -> RunFailed:
    """The failure of a run that needs what awork does not give. Whoever needs it puts its name
    before the message."""
    return RunFailed("read-refused", f"awork does not let it be read: {error}; {_way_out(error)}")


def naming(what: str, failed: RunFailed) -> RunFailed:
    """The same failure, of something with a name."""
    return RunFailed(failed.reason, f"{what}: {failed}")


def _answered(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except TargetGone:
        # The event is older than the deletion; to its rules the object is absent.
        return ABSENT
    except TargetRefused as error:
        # Kept: the other rules of the event that need it fail for the same reason.
        return refused(error)


def _way_out(error: TargetRefused) -> str:
    if error.code == "unauthorized":
        return (
            "give the user of AWORK_API_TOKEN the permission for it in awork, or write the rule"
            " without it"
        )
    trace = f" with the trace id {error.trace_id}" if error.trace_id else ""
    return f"check AWORK_API_URL, or ask awork's support{trace}"
