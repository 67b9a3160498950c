"""The sandbox's state: what there is in the workspace, and what happens when it changes.

Performs no I/O. Everything is kept in tables of plain models by id; derived and nested
properties are filled in when a model is shown (`shown.py`), never stored.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from deploy.sandbox.changes import Change
from deploy.sandbox.history import History, Table
from deploy.sandbox.refusals import Model, not_found
from deploy.sandbox.stamps import Clock, event_stamp, stamp, system_clock, ticks

WORKSPACE_URL = "https://nordlicht-studio.awork.com"

#: Name of each table, as in the paths of the API.
TABLES = (
    "users",
    "capacities",
    "projects",
    "taskstatuses",
    "tasklists",
    "typeofwork",
    "tasks",
    "taskdependencies",
    "taskschedules",
    "projecttimebookings",
    "timeentries",
    "comments",
    "absences",
    "workspaceabsences",
    "absenceregions",
    "webhooks",
)


def new_guid() -> str:
    return str(uuid.uuid4())


@dataclass
class World:
    """All of a workspace. Hold `lock` while reading more than one thing or changing any."""

    clock: Clock = system_clock
    new_id: Callable[[], str] = new_guid
    #: id of the API user: every change made through the API is its doing
    api_user_id: str = ""
    workspace: Model = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=lambda: {name: {} for name in TABLES})
    #: log entries of each webhook, by the webhook's id, oldest first
    webhook_logs: dict[str, list[Model]] = field(default_factory=lambda: defaultdict(list))
    #: property changes of each task, by the task's id, oldest first
    activities: dict[str, list[Model]] = field(default_factory=lambda: defaultdict(list))
    #: seconds after a write until lists show it; what is asked for by id is always as it is
    list_lag_s: float = 0
    #: whether an edit of several properties raises an event for each of them
    one_event_per_change: bool = False
    #: API keys are an admin's; an API user with a role of its own need not be one
    api_user_is_admin: bool = True
    #: derived properties that are shown as they stand here, by the model's id
    pinned: dict[str, Model] = field(default_factory=dict)
    #: called with each event's envelope, under the lock: must not wait for anything
    listeners: list[Callable[[Model], object]] = field(default_factory=list)
    #: called with the envelopes of models that only hold what changed, such as a project's entries
    nested_listeners: list[Callable[[Model], object]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _history: History = field(default_factory=History, repr=False)
    _version: int = 0
    _muted: bool = False

    @property
    def users(self) -> Table:
        return self.tables["users"]

    @property
    def projects(self) -> Table:
        return self.tables["projects"]

    @property
    def tasks(self) -> Table:
        return self.tables["tasks"]

    @property
    def schedules(self) -> Table:
        return self.tables["taskschedules"]

    @property
    def bookings(self) -> Table:
        return self.tables["projecttimebookings"]

    @property
    def entries(self) -> Table:
        return self.tables["timeentries"]

    @property
    def comments(self) -> Table:
        return self.tables["comments"]

    @property
    def webhooks(self) -> Table:
        return self.tables["webhooks"]

    def table(self, name: str) -> Table:
        return self.tables[name]

    def find(self, table: str, ident: str, noun: str) -> Model:
        """The model with this id. Raises a 404 refusal when there is none."""
        found = self.tables[table].get(ident.lower())
        if found is None:
            raise not_found(noun, ident)
        return found

    def add(self, table: str, model: Model) -> Model:
        """Keep a new model: it gets an id and its created and updated stamps."""
        now, ident = stamp(self.clock()), self.new_id()
        created = {"id": ident, "createdOn": now, "createdBy": self.api_user_id}
        kept = {**model, **created, "updatedOn": now, "updatedBy": self.api_user_id}
        self._note(table, ident)
        self.tables[table][ident] = kept
        return kept

    def remove(self, table: str, ident: str) -> None:
        """Forget a model that is there."""
        self._note(table, ident)
        del self.tables[table][ident]

    def touch(self, model: Model, changed: Model) -> None:
        """Change a model in place and renew its updated stamps, and its version if it has one."""
        for name, table in self.tables.items() if self.list_lag_s else ():
            if table.get(model.get("id", "")) is model:
                self._note(name, model["id"])
        updated = {"updatedOn": stamp(self.clock()), "updatedBy": self.api_user_id}
        model.update(changed | updated)
        if "resourceVersion" in model:
            model["resourceVersion"] = self.next_version()

    def next_version(self) -> int:
        """Ticks of now, or one more than the last when the clock has not moved on."""
        self._version = max(self._version + 1, ticks(self.clock()))
        return self._version

    def as_listed(self) -> World:
        """The world as lists show it: without the writes of the last moments, if they lag."""
        if not self.list_lag_s:
            return self
        seen_until = self.clock() - timedelta(seconds=self.list_lag_s)
        return replace(self, tables=self._history.undone(self.tables, seen_until))

    def _note(self, table: str, ident: str) -> None:
        if self.list_lag_s and not self._muted:
            self._history.note(self.clock(), table, ident, self.tables[table].get(ident))

    def find_where(self, table: str, **wanted: object) -> list[Model]:
        """The models whose properties equal all of these, in the order they were made."""
        return [
            model
            for model in self.tables[table].values()
            if all(model.get(name) == value for name, value in wanted.items())
        ]

    def announce(
        self,
        event: str,
        entity: Model,
        *,
        entity_type: str,
        link: str,
        changes: Sequence[Change] = (),
        nested: bool = False,
    ) -> None:
        """Raise an event: every listener gets its envelope.

        link: path of the web link, such as `/tasks/<id>`. nested: the entity itself is as it was,
        only something it holds has changed.
        """
        if self._muted:
            return
        parts = [[change] for change in changes] if self.one_event_per_change else [[*changes]]
        for part in parts or [[]]:
            envelope = self._envelope(event, entity) | {"entityType": entity_type}
            envelope["entityLink"] = WORKSPACE_URL + link
            if part:
                envelope["changes"] = [change.model() for change in part]
            for listener in self.nested_listeners if nested else self.listeners:
                listener(envelope)

    def _envelope(self, event: str, entity: Model) -> Model:
        user = self.users[self.api_user_id]
        return {
            "timestamp": event_stamp(self.clock()),
            "eventType": event,
            "entity": dict(entity),
            "entityId": entity["id"],
            "traceId": uuid.uuid4().hex,
            "triggeredBy": {key: user[key] for key in ("id", "firstName", "lastName")},
        }

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Change things without anyone being told, as a test's or a demo's set-up does."""
        with self.lock:
            self._muted = True
            try:
                yield
            finally:
                self._muted = False
