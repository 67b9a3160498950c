"""The facts of one event, with the objects behind it read from awork when a rule looks into them.

What a path costs:

    the entity itself is the object   nothing: task_updated carries the whole task
    its id                            nothing, where the entity names it: task.id, project.id
    what a nested object carries      nothing: project.name of a task, task.taskStatus.type of an
                                      entry. Only its plain values count: they mean what the whole
                                      object's mean (a test holds awork's contract to that), while
                                      nested lists are cut down, and what is missing there may
                                      well be in the whole
    anything else                     one read of the object, shared by all rules of the event

What is carried is told as the event tells it, also after the object was read: a path has one value
for an event, whichever rules ran before. Entities that awork documents nowhere (assignments,
comments, members, lists) are trusted for ids only. A deleted object is what the event shows of it:
it is not read, and has no derived facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from webhooks.errors import RunFailed
from workers.facts.derived import DERIVED
from workers.facts.reads import NotAtHand, Reads, naming
from workers.rules.facts import ABSENT, Absent, EventFacts, Lazy, Path, resolve
from workers.rules.subjects import SUBJECTS, start_of, subject
from workers.targets.awork import Awork
from workers.targets.directory import Directory, is_id

#: Kinds whose entity awork documents nowhere; the samples show it by analogy.
UNDOCUMENTED = frozenset(
    {
        "taskassignment_added",
        "taskassignment_deleted",
        "task_comment_added",
        "project_comment_added",
        "projectmember_added",
        "projectmember_deleted",
        "tasklist_added",
        "tasklist_updated",
        "tasklist_deleted",
    }
)

_Object = Mapping[str, object]


def lazy_facts(
    event_payload: _Object,
    kind: str,
    now: datetime,
    *,
    awork: Awork,
    directory: Directory,
    seen: _Object | None = None,
    occurred_us: int | None = None,
    event: str = "",
    caused: Callable[[], bool] = lambda: False,
) -> LazyFacts:
    """The facts of one event.

    event_payload: the body of the delivery, decoded. kind: awork's name of today, or `cron:` and
    the list's name. now: aware. seen: see EventFacts. occurred_us, event, caused: see Reads.
    Looking at a fact raises TargetBusy when awork cannot say now, RunFailed("read-refused", …) when
    it will not.
    """
    reads = Reads(awork, directory, occurred_us=occurred_us, event=event, caused=caused)
    return LazyFacts(EventFacts(event_payload, now, seen=seen), kind, reads)


@dataclass(frozen=True)
class LazyFacts:
    """Facts of an event and of what it is about. For one thread; zones share what was read."""

    event: EventFacts
    kind: str
    reads: Reads

    def root(self, name: str) -> object:
        """The value a path begins with, or ABSENT. Reads nothing yet."""
        if name in SUBJECTS:
            return self._subject(name)
        value = self.event.root(name)
        if name == "event" and isinstance(value, Mapping):
            return Thing(lambda: value, answers=self._derived(name))
        return value

    def at_hand(self, path: Path) -> bool:
        """True when following the path makes no call: it is carried, or was read already.

        Whose token it is (`event.isOurs`) counts as known: a process asks every few minutes.
        """
        if path[0] not in SUBJECTS:
            return True
        try:
            resolve(replace(self, reads=self.reads.silent()), path)
        except NotAtHand:
            return False
        except RunFailed:
            # It was refused before, and will be refused again without a call.
            return True
        return True

    def in_zone(self, timezone: str) -> LazyFacts:
        """The same facts with `now` and `today` in another IANA zone."""
        return replace(self, event=self.event.in_zone(timezone))

    def _subject(self, root: str) -> Thing | Absent:
        path = subject(self.kind, root)
        if path is None:
            return ABSENT
        ident = partial(self._id, root, path)
        if path == () and self.kind not in UNDOCUMENTED:
            derived = {} if self.kind.endswith("_deleted") else self._derived(root)
            return Thing(lambda: _object(self.event.root("entity")), {"id": ident, **derived})
        return Thing(
            partial(self._whole, root, ident),
            {"id": ident, **self._derived(root)},
            self._nested(root, ident),
        )

    def _id(self, root: str, path: Path) -> object:
        """The id of a root's object, as far as the event, or the object that names it, tells."""
        if path:
            return resolve(self, (start_of(self.kind, root), *path))
        # What names a task is none itself: then the entity is an assignment.
        named = resolve(self.event, ("entity", f"{root}Id"))
        found = resolve(self.event, ("entity", "id")) if named is ABSENT else named
        # The envelope's is the one thing that a deletion surely tells.
        return self.event.payload.get("entityId", ABSENT) if found is ABSENT else found

    def _whole(self, root: str, ident: Callable[[], object]) -> _Object | Absent:
        try:
            return self.reads.whole(root, ident())
        except RunFailed as failed:
            raise naming(root, failed) from failed

    def _nested(self, root: str, ident: Callable[[], object]) -> _Object:
        """What the entity shows of the object under the root's own name."""
        nested = resolve(self.event, ("entity", root))
        if self.kind in UNDOCUMENTED or not isinstance(nested, Mapping):
            return {}
        return nested if nested.get("id") in (None, ident()) else {}

    def _derived(self, root: str) -> dict[str, Callable[[], object]]:
        return {name: partial(self._derive, root, name) for name in DERIVED.get(root, {})}

    def _derive(self, root: str, name: str) -> object:
        whole = resolve(self, (root,))
        if not isinstance(whole, Mapping):
            return ABSENT
        if root in SUBJECTS and not is_id(str(whole.get("id"))):
            # It becomes part of addresses and filters, and an event can carry any text.
            return ABSENT
        try:
            return DERIVED[root][name](whole, self)
        except RunFailed as failed:
            raise naming(f"{root}.{name}", failed) from failed


class Thing(Lazy):
    """An object of awork, as far as it was needed."""

    def __init__(
        self,
        whole: Callable[[], _Object | Absent],
        answers: Mapping[str, Callable[[], object]] | None = None,
        carried: _Object | None = None,
    ) -> None:
        """whole: reads it. answers: keys that are worked out; they are not listed among its keys.
        carried: what is known of it without reading."""
        self._whole, self._answers, self._carried = whole, answers or {}, carried or {}

    def whole(self) -> _Object | Absent:
        """The object itself, without what is worked out."""
        return self._whole()

    def __getitem__(self, key: str) -> object:
        answer = self._answers.get(key)
        value = answer() if answer else self._field(key)
        if value is ABSENT:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(_fields(self._whole()))

    def __len__(self) -> int:
        return len(_fields(self._whole()))

    def _field(self, key: str) -> object:
        carried = self._carried.get(key)
        if isinstance(carried, Mapping):
            return Thing(lambda: _object(_fields(self._whole()).get(key)), carried=carried)
        if carried is None or isinstance(carried, list):
            return _fields(self._whole()).get(key, ABSENT)
        return carried


def _object(value: object) -> _Object | Absent:
    return value if isinstance(value, Mapping) else ABSENT


def _fields(whole: _Object | Absent) -> _Object:
    return {} if whole is ABSENT else whole
