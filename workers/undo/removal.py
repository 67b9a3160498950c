"""Remove one object that a run has created. No rule can name this action.

Writes DELETE, and POST /tasks/batch/delete for a task of awork. May be repeated: what is gone stays
gone. After a lost answer the object is looked for again; what a person changed meanwhile is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from webhooks.errors import RunFailed, RunHeld, TargetGone
from webhooks.store.undos import GONE, LEFT, REMOVED
from workers.actions import rests
from workers.actions.base import Context, Parameters
from workers.holdings import UNSEEN, Held
from workers.mirrors import Mirrors
from workers.targets import batch
from workers.undo.sparing import why_left
from workers.undo.things import KINDS, Kind, Thing

Item = Mapping[str, Any]

NAME = "undo"
PARAMETERS: Mapping[str, Any] = {}
#: awork's word for what is not there, and ours for Workiva's; awork's others say that it is there
#: and cannot be written
_NOT_THERE = "not-found"
#: lists show a write some seconds later
_ASK_AGAIN_S = 5.0


class _Spared(RunFailed):
    """It is not to be removed; nothing was begun."""


@dataclass(frozen=True)
class _Removal:
    thing: Thing
    kind: Kind
    context: Context

    def said(self) -> str:
        """Remove it unless it is spared. Returns what became of it. Raises what awork raises."""
        try:
            return self._removed(self._look())
        except _Spared as spared:
            return str(spared)
        except TargetGone as gone:
            return (
                GONE if gone.code == _NOT_THERE else f"{LEFT}: {self.kind.owner} says {gone.code}"
            )

    def _removed(self, there: Item | None) -> str:
        kept = self.context.effects.once(
            "removal",
            self.kind.removes(self.thing),
            find=lambda _trail: self._found_again(),
            guard=lambda: self._refuse_spared(there),
            summary=f"{self.kind.noun} removed",
        )
        if spared := kept.get("spared"):
            return str(spared)
        if batch.is_unsettled(kept) and self._look() is not None:
            return f"{LEFT}: {self.kind.owner} did not remove it and does not say why"
        return REMOVED

    def _look(self) -> Item | None:
        try:
            there = self.kind.look(self.thing, self.context)
        except TargetGone as gone:
            if gone.code != _NOT_THERE:
                raise
            return None
        age_s = self.context.effects.now_ms() / 1000 - self.thing.written_ms / 1000
        if there is None and age_s < UNSEEN.total_seconds():
            told = f"{self.kind.owner} may not show the {self.kind.noun} yet"
            raise RunHeld("not-shown-yet", told, _ASK_AGAIN_S)
        return there

    def _refuse_spared(self, there: Item | None) -> None:
        if spared := self._spared(there):
            raise _Spared("spared", spared)

    def _spared(self, there: Item | None) -> str:
        if there is None:
            return GONE
        why = why_left(there, self.thing, self._wrote(), self.context)
        return f"{LEFT}: {why}" if why else ""

    def _found_again(self) -> dict[str, Any] | None:
        """What became of a removal whose answer was lost; None to send it again."""
        there = self._look()
        if there is None:
            return {}
        spared = self._spared(there)
        return {"spared": spared} if spared else None

    def _wrote(self) -> Item:
        """A later run of ours may have moved it: then that is how we wrote it."""
        held_as = self.kind.held_as(self.thing)
        held = self.context.holdings.of(held_as, (), str) if held_as else {}
        one = held.get(self.thing.id)
        return one.wrote if one and not one.gone else self.thing.answer


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Remove one object; the record says what became of it. See Action.run."""
    thing = msgspec.convert(parameters["thing"], Thing)
    kind = KINDS[thing.kind]
    with _alone(kind.held_as(thing), thing, context):
        said = _Removal(thing, kind, context).said()
        if not said.startswith(LEFT):
            _forget(thing, kind, context)
    context.effects.notes.append(said)
    return {}


@contextmanager
def _alone(held_as: str, thing: Thing, context: Context) -> Iterator[None]:
    """While no run plans the same. Raises RunHeld while one does."""
    if not held_as:
        yield
        return
    by = f"{context.effects.event_id}/undo/{thing.id}"
    context.holdings.begin([held_as], by=by)
    try:
        yield
    finally:
        # It is worked out anew in each try, so nobody has to wait for the next one.
        context.holdings.finish([held_as], by=by)


def _forget(thing: Thing, kind: Kind, context: Context) -> None:
    """It is ours no more, and no person's either: awork's lists may show it a little longer."""
    if thing.kind == "workiva":
        mirrors = Mirrors(context.holdings, context.effects, context.now)
        mirrors.forget(thing.id, may_be_made_again=True)
        return
    now_ms = context.effects.now_ms()
    if held_as := kind.held_as(thing):
        held = Held(
            rule=thing.rule,
            wrote=thing.answer,
            at=datetime.fromtimestamp(now_ms / 1000, UTC),
            decided_ms=now_ms,
            gone=True,
        )
        until = context.now + UNSEEN
        context.holdings.keep(held_as, thing.id, held, until=until, now=context.now)
    if thing.kind == "entry":
        rests.forget(thing.entity_id, thing.id, context)
