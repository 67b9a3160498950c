"""Bringing about what is wanted: decide, write one after the other, decide anew what has waited.

What has to be written is decided once and kept with the event before the first write: worked out
again after some were made, it would come out otherwise. But what could not be written at once, and
was not begun, is not written as it was decided then: until awork is busy no more, or a rule is
resumed, people go on, and the hours that were free may be over or taken. So in a later try it is
decided anew, once all that was begun is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from webhooks.errors import HookworkError, RunFailed, RunHeld, TargetGone, TargetRefused
from workers.actions.base import Context
from workers.actions.steps import Item, Kind, Shape, Step, Steps
from workers.holdings import UNSEEN, Held, Hours


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of an action is going to do."""

    #: ms since 1970 UTC
    at_ms: int
    #: what is decided about, as holdings.py names it
    things: list[str]
    steps: list[Step]
    #: what later actions may refer to
    result: dict[str, Any]
    #: what people should know
    notes: list[str] = []
    #: hours that are taken for the one thing: person -> spans
    hours: dict[str, list[Hours]] = {}


#: decisions are told in milliseconds
_MS = timedelta(milliseconds=1)


class _Overtaken(RunHeld):
    """What was decided has waited too long to be written as it is."""


Decide = Callable[[], Decision]
_NAME = "decision"


def brought(decide: Decide, kind: Kind, context: Context) -> dict[str, Any]:
    """Make the writes of a decision that were not made yet. Returns its result.

    decide: asked when no earlier try has decided; within `alone`.
    Raises what decide and Effects.once raise; what is left is made in the next try.
    """
    kept = context.effects.decided(_NAME, lambda: _plain(decide, context))
    made: list[Step] = []
    while True:
        decision = msgspec.convert(kept, Decision, strict=False)
        with _unfinished(decision, context):
            made = list(_made(decision, made, kind, context))
        if len(made) == len(decision.steps):
            context.effects.notes.extend(decision.notes)
            return decision.result
        kept = context.effects.decided_anew(_NAME, _plain(decide, context, made))


@contextmanager
def alone(things: Iterable[str], context: Context) -> Iterator[None]:
    """While things are decided about; they stay this run's until all is written.

    Raises RunHeld while another run has one of them.
    """
    if context.effects.shadow:
        yield
        return
    context.holdings.begin(things, by=_run(context))
    try:
        yield
    except HookworkError:
        # Nothing is decided: the next try begins again, and nobody has to wait for it.
        context.holdings.finish(things, by=_run(context))
        raise


def promise(decision: Decision, context: Context) -> None:
    """Say which hours are taken, until awork's lists show it."""
    for person, hours in decision.hours.items():
        context.holdings.promise(person, decision.things[0], hours, now=context.now)


@contextmanager
def _unfinished(decision: Decision, context: Context) -> Iterator[None]:
    """While the writes of a decision are made, in each try."""
    if context.effects.shadow:
        yield
        return
    context.holdings.begin(decision.things, by=_run(context))
    promise(decision, context)
    try:
        yield
    except (TargetRefused, TargetGone, RunFailed):
        # It is not tried again: nobody has to wait for what it would still have written.
        _finish(decision, context)
        raise
    _finish(decision, context)


def _finish(decision: Decision, context: Context) -> None:
    for thing in decision.things:
        context.holdings.settle(decision.hours, thing, now=context.now)
    context.holdings.finish(decision.things, by=_run(context))


def _plain(decide: Decide, context: Context, made: Sequence[Step] = ()) -> Any:
    """A new decision, behind what is made already, with what was noted on the way."""
    before = len(context.effects.notes)
    decision = decide()
    noted = list(dict.fromkeys(context.effects.notes[before:]))
    del context.effects.notes[before:]
    at_ms = decision.at_ms
    named = [
        replace(step, item=f"{at_ms}.{number}", decided_ms=at_ms)
        for number, step in enumerate(decision.steps)
    ]
    whole = replace(decision, steps=[*made, *named], notes=[*noted, *decision.notes])
    return msgspec.to_builtins(whole)


def _made(
    decision: Decision, before: Sequence[Step], kind: Kind, context: Context
) -> Iterator[Step]:
    """Make the steps, and tell those that are made: all, unless it has to be decided anew.

    before: the first of them, which this try has dealt with.
    """
    yield from before

    def guard() -> None:
        if not _is_current(decision, context):
            raise _Overtaken("decided-anew", "it was decided in an earlier try", 0.0)

    steps = Steps(kind, guard, context)
    for step in decision.steps[len(before) :]:
        # One that was begun may stand behind one that was not: its block was gone, for example.
        with suppress(_Overtaken):
            steps.make(step)
            yield step


def _is_current(decision: Decision, context: Context) -> bool:
    """Whether it was decided in this try, a moment ago."""
    decided = datetime.fromtimestamp(decision.at_ms / 1000, UTC)
    waited_s = context.effects.now_ms() / 1000 - decided.timestamp()
    return decided >= context.now - _MS and waited_s <= UNSEEN.total_seconds()


def _run(context: Context) -> str:
    """Names this run among others, for people too."""
    effects = context.effects
    return f"{effects.event_id}/{effects.rule}/{effects.action_id}"


class Ours(NamedTuple):
    """What we made for a thing, and still have."""

    #: by awork's id
    held: Mapping[str, Held]
    #: ids of what is not ours any more: a person changed it, or it is gone
    lost: frozenset[str]
    #: those that a person changed
    theirs: frozenset[str]
    #: what we removed and a list may show still
    removed: frozenset[str]


def still_ours(
    held: Mapping[str, Held], there: Iterable[Item], shape: Shape, context: Context
) -> Ours:
    """Tell what is as we wrote it from what people changed.

    there: what awork has. A write of the last minute may not show in it yet.
    """
    by_id = {str(item.get("id")): item for item in there}
    removed = {i for i, one in held.items() if one.gone and one.is_unseen(context.now)}
    kept = {
        ident: one
        for ident, one in held.items()
        if not one.gone and _is_as_written(one, by_id.get(ident), shape, context)
    }
    lost = held.keys() - kept.keys() - removed
    return Ours(kept, frozenset(lost), frozenset(lost & by_id.keys()), frozenset(removed))


def _is_as_written(held: Held, item: Item | None, shape: Shape, context: Context) -> bool:
    unseen = held.is_unseen(context.now)
    if item is None:
        return unseen
    if shape(item) == shape(held.wrote):
        return True
    return unseen and item.get("updatedBy") in (None, context.directory.me(context.awork))
