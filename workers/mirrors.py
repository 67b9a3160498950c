"""Which Workiva tasks were made, for what, and what we wrote of each: the map from awork to there.

Three things of holdings.py, each for a year after the last write:

    workiva:once:DIGEST    what one rule's action makes one Workiva task for at most: its id ->
                           Workiva's answer
    workiva:ENTITY         an object of awork: ids of the Workiva tasks that were made for it
    workiva:task:ID        a Workiva task: what it was made for, and how we wrote it last

Workiva has no field for an id of ours, and its tasks are changed by people: only what we wrote
ourselves tells what a later event has to change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.errors import RunFailed, RunHeld, TargetBusy, TargetGone, TargetRefused
from workers import versions
from workers.effects import Effects
from workers.holdings import Held, Holdings

Item = Mapping[str, Any]

_KEPT = timedelta(days=365)
#: Whoever began a write may not know for so long whether it was made, and nobody else makes it
#: meanwhile, even where no worker ran for half a day.
_BEGUN = timedelta(days=1)
#: what is kept of an answer, and what it is; what is something else could not be read again
_SHOWN: Mapping[str, type] = {"status": str, "modified": dict}


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """A Workiva task as we wrote it last."""

    #: the rule that made it; empty when that is not known
    rule: str
    #: awork's id of what it was made for
    entity: str
    #: what it is made at most once for; empty when that is not known any more
    once: str
    #: what was sent, by Workiva's names
    task: dict[str, Any]
    #: whether what it was made for was done in awork then
    done: bool = False
    #: property, or `done` -> version of the object in the newest event that has told it
    as_of: dict[str, str] = {}
    #: as Workiva answered
    status: str = ""
    #: when it was changed last, and by whom, as Workiva answered
    modified: dict[str, Any] = {}

    def is_of(self, rule: str) -> bool:
        """Whether a rule may have made it. rule: empty for any."""
        return not rule or self.rule in ("", rule)

    def is_told_since(self, name: str, version: str) -> bool:
        """Whether an event that shows a newer object has told this before."""
        return versions.is_newer(self.as_of.get(name, versions.NONE), version)

    def told(self, names: Iterable[str], version: str) -> Mirror:
        """The same after an event has told these, whether or not something was written for it."""
        if version == versions.NONE:
            return self
        return replace(self, as_of={**self.as_of, **dict.fromkeys(names, version)})

    def answered(self, answer: Item, **changes: Any) -> Mirror:
        """The same after a write of ours. answer: Workiva's, empty where it sent none."""
        shown = {name: answer.get(name) for name in _SHOWN}
        told = {name: one for name, one in shown.items() if one and isinstance(one, _SHOWN[name])}
        return replace(self, **told, **changes)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The Workiva task that there is at most one of."""

    id: str
    #: the run that made it
    run: str
    #: Workiva's answer to it
    answer: dict[str, Any]


def thing(ident: str) -> str:
    """What holdings.py calls a Workiva task. ident: Workiva's."""
    return f"workiva:task:{ident}"


@dataclass(frozen=True)
class Mirrors:
    """The map, for one action of one run."""

    holdings: Holdings
    effects: Effects
    #: when this try is made; aware
    now: datetime

    @property
    def run(self) -> str:
        """Names this run among others, for people too."""
        effects = self.effects
        return f"{effects.event_id}/{effects.rule}/{effects.action_id}"

    def once(self, values: Sequence[str]) -> str:
        """What the action makes one Workiva task for at most. values: what tells it from others."""
        told = msgspec.json.encode([self.effects.rule, self.effects.action_id, *values])
        return f"workiva:once:{hashlib.sha256(told).hexdigest()[:32]}"

    @contextmanager
    def alone(
        self,
        things: Iterable[str],
        *,
        at_most: timedelta = _BEGUN,
        was_sent: Callable[[], bool] = lambda: True,
    ) -> Iterator[None]:
        """While no other run writes about the same; kept over the tries until all is written.

        at_most: after so long without a try others go on. was_sent: False when a write that met
        trouble was certainly not begun.
        Raises RunHeld while another run has one of the things.
        """
        if self.effects.shadow:
            yield
            return
        things = list(things)
        self.holdings.begin(things, by=self.run, at_most=at_most)
        try:
            yield
        except (TargetRefused, TargetGone, RunFailed):
            # It is not tried again: nobody has to wait for it.
            self.holdings.finish(things, by=self.run)
            raise
        except RunHeld as held:
            # A rule that is paused begins nothing, and may be for days.
            if held.reason == "rule-paused":
                self.holdings.finish(things, by=self.run)
            raise
        except TargetBusy:
            # What was not begun may as well be made by another: this run then finds it.
            if not was_sent():
                self.holdings.finish(things, by=self.run)
            raise
        self.holdings.finish(things, by=self.run)

    def made(self, once: str) -> Made | None:
        """What was made for this before, by any event; None when nothing is known of."""
        for ident, held in self.holdings.of(once, (), str).items():
            return Made(id=ident, run=held.wish, answer=held.wrote)
        return None

    def listed(self, entity: str) -> list[str]:
        """Workiva's ids of the tasks that were made for an object of awork."""
        return sorted(self.holdings.of(_of(entity), (), str))

    def one(self, ident: str) -> Mirror | None:
        """A Workiva task as we wrote it last; None when it is not known, or not any more."""
        held = self.holdings.of(thing(ident), (), str).get(ident)
        return msgspec.convert(held.wrote, Mirror) if held else None

    def made_now(self, answer: Item, mirror: Mirror) -> None:
        """Keep in mind that a Workiva task was made. answer: Workiva's; empty in shadow mode.

        Kept once: what a later event has written of it meanwhile stays.
        """
        ident = str(answer.get("id") or "")
        if not ident:
            return
        if self.one(ident) is None:
            self._keep(thing(ident), ident, msgspec.to_builtins(mirror))
        self._keep(_of(mirror.entity), ident, {})
        self._keep(mirror.once, ident, dict(answer))

    def wrote(self, ident: str, mirror: Mirror) -> None:
        """Keep in mind how we wrote a Workiva task; not of one that is forgotten meanwhile."""
        before = self.holdings.of(thing(ident), (), str).get(ident)
        if before is None or self.effects.shadow:
            return
        # Several may be made within a millisecond, and the last one counts.
        self._keep(thing(ident), ident, msgspec.to_builtins(mirror), after_ms=before.decided_ms)
        self._keep(_of(mirror.entity), ident, {})

    def forget(self, ident: str, *, may_be_made_again: bool = False) -> None:
        """A Workiva task is gone. may_be_made_again: no person has removed it there."""
        mirror = self.one(ident)
        if mirror is None:
            return
        if may_be_made_again:
            self.holdings.drop(mirror.once, [ident])
        self.holdings.drop(_of(mirror.entity), [ident])
        self.holdings.drop(thing(ident), [ident])

    def _keep(self, of: str, ident: str, wrote: dict[str, Any], *, after_ms: int = -1) -> None:
        now_ms = self.effects.now_ms()
        held = Held(
            rule=self.effects.rule,
            wrote=wrote,
            wish=self.run,
            at=datetime.fromtimestamp(now_ms / 1000, UTC),
            decided_ms=max(now_ms, after_ms + 1),
        )
        self.holdings.keep(of, ident, held, until=self.now + _KEPT, now=self.now)


def _of(entity: str) -> str:
    return f"workiva:{entity.lower()}"
