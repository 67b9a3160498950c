"""The single writes that lead to what is wanted: each made once, and remembered as ours.

What was made is remembered so that it can be told from what people made, and from what they have
changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from webhooks.errors import TargetGone
from workers.actions.base import Context
from workers.actions.find import oldest
from workers.circles import Sets
from workers.holdings import UNSEEN, Held
from workers.targets.http import Request
from workers.trail import Finder, Trail

Item = Mapping[str, Any]
#: an object as far as it was given, in a form in which two can be compared
Shape = Callable[[Item], object]
#: raises when a write that was not begun yet must not be made any more
Guard = Callable[[], None]

How = Literal["create", "change", "remove", "keep"]

#: awork's word for a person who does not work there any more
_LEFT = "deactivated-user"


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One write."""

    how: How
    #: what it is made for, as holdings.py names it
    thing: str
    #: names it among the writes of the event
    item: str = ""
    #: one line for people
    summary: str
    #: of what is changed or removed
    id: str = ""
    #: what awork is sent
    body: dict[str, Any] = {}
    #: what we wrote before, and when
    was: dict[str, Any] = {}
    at: datetime | None = None
    #: digest of what it is made for
    wish: str = ""
    #: the same for every step of one state of the thing, where other rules may wish for another
    whole: str = ""
    #: when the object will not matter any more
    until: datetime
    #: when it was decided
    decided_ms: int = 0


class Kind(msgspec.Struct, frozen=True):
    """A collection of awork's that is kept up."""

    #: such as /taskschedules
    path: str
    shape: Shape
    #: what awork has where bodies say
    there: Callable[[Sequence[Item], Context], Iterable[Item]]
    #: properties that never change
    fixed: tuple[str, ...]
    #: what a step sets, where other rules set it too; None where it is each rule's own
    sets: Callable[[Step], Sets] | None = None


class Steps:
    """Makes steps, each unless an earlier try has made it."""

    def __init__(self, kind: Kind, guard: Guard, context: Context) -> None:
        self._kind = kind
        self._guard = guard
        self._context = context

    def make(self, step: Step) -> None:
        """Make one. Raises what Effects.once raises."""
        match step.how:
            case "create":
                self._create(step)
            case "change":
                self._change(step)
            case "remove":
                self._remove(step)
            case "keep":
                # It is as wanted; only what it is there for has changed.
                self._keep(step, step.id, step.at)

    def _create(self, step: Step) -> None:
        request = Request("POST", self._kind.path, step.body)
        try:
            made = self._once(request, lambda trail: self._created(step, trail), step)
        except TargetGone as gone:
            if gone.code != _LEFT:
                raise
            # The others are planned all the same.
            self._context.effects.notes.append(f"{step.summary}: not written, {gone}")
        else:
            self._keep(step, str(made.get("id", "")), self._now())

    def _change(self, step: Step) -> None:
        request = Request("PUT", f"{self._kind.path}/{step.id}", step.body)
        try:
            found = self._once(request, lambda _: self._changed(step), step)
        except TargetGone:
            # Someone removed it meanwhile; the next event plans what is missing then.
            found = {"id": step.id}
        if found == {"id": step.id}:
            self._drop(step)
            told = f"{step.summary}: it was deleted meanwhile; the next event plans what it held"
            self._context.effects.notes.append(told)
        else:
            self._keep(step, step.id, self._now())

    def _remove(self, step: Step) -> None:
        request = Request("DELETE", f"{self._kind.path}/{step.id}")
        try:
            found = self._once(request, lambda _: self._changed(step), step)
        except TargetGone:
            # Gone is what was wanted.
            found = {"id": step.id}
        if len(found) > 1:
            # A person has changed it since: it is theirs.
            self._drop(step)
        else:
            self._keep(step, step.id, self._now(), gone=True)

    def _once(self, request: Request, find: Finder, step: Step) -> dict[str, Any]:
        return self._context.effects.once(
            step.item,
            request,
            find=find,
            summary=step.summary,
            guard=self._guard,
            sets=self._kind.sets(step) if self._kind.sets else None,
        )

    def _created(self, step: Step, trail: Trail) -> dict[str, Any] | None:
        """What we made, or what a person made of it since."""
        kind, me = self._kind, self._context.directory.me(self._context.awork)
        found = (
            item
            for item in kind.there([step.body], self._context)
            if kind.shape(item) == kind.shape(trail.body) or self._is_changed(item, step, me)
        )
        return oldest(found, me, trail)

    def _is_changed(self, item: Item, step: Step, me: str) -> bool:
        same = all(item.get(name) == step.body.get(name) for name in self._kind.fixed)
        return same and item.get("updatedBy") not in (None, me)

    def _changed(self, step: Step) -> dict[str, Any] | None:
        """The object unless it still is as it was: changed as we wanted, by a person, or gone
        (then its id alone), there is nothing more to write."""
        there = self._kind.there([step.was, step.body], self._context)
        found = [item for item in there if item.get("id") == step.id]
        if not found:
            return {"id": step.id}
        as_before = self._kind.shape(found[0]) == self._kind.shape({**found[0], **step.was})
        return None if as_before else dict(found[0])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(
            self._context.effects.now_ms() / 1000, self._context.now.tzinfo
        )

    def _keep(self, step: Step, ident: str, at: datetime | None, *, gone: bool = False) -> None:
        context = self._context
        if ident and not context.effects.shadow:
            held = Held(
                rule=context.effects.rule,
                wrote={**step.was, **step.body},
                wish=step.wish,
                at=at,
                decided_ms=step.decided_ms,
                gone=gone,
            )
            until = context.now + UNSEEN if gone else step.until
            context.holdings.keep(step.thing, ident, held, until=until, now=context.now)

    def _drop(self, step: Step) -> None:
        if not self._context.effects.shadow:
            self._context.holdings.drop(step.thing, [step.id])
