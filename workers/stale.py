"""Whether an event is too old for a rule: awork's webhooks come late, doubled and in any order.

An event is stale for a rule when an event that the rule listens to, and that shows a newer object,
was handled before; so a late `task_added` still runs what listens to task_added alone. What was
deleted stays so: what awork tells of it within ten minutes is stale for every rule; what it tells
later is of an object that is there again. A delete itself never is too old.
Events with one version are not stale, because awork raises several for one action of a person;
the same event with another timestamp is: it is a repetition. What was ignored as our own doing does
not count for the rules that ignore it. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from webhooks.errors import Unreadable
from webhooks.event import Event
from webhooks.sources.kinds import KINDS
from webhooks.store.handled import Handled, Newest, gone, newest
from webhooks.store.inbox import Claim
from webhooks.store.journal import Run
from workers import versions
from workers.rules.model import Rule

SOURCE = "awork"
#: What awork tells so long after a deletion, by its own clock, is of an object that is there again.
#: Updates have been seen to come six seconds after one (github.com/awork-io/awork/issues/91).
RESTORED_AFTER_US = 10 * 60 * 1_000_000
#: how an event came that was made of what awork has now, see Event.via
BACKFILL = "backfill"
#: its digest: stands for those events of its kind and version that never came, should one come yet
FOUND = "found-by-asking."
_KNOWN = frozenset(KINDS)
#: what these tell is gone is no object with a lane of its own, as far as awork documents it
_OF_PARTS = frozenset({"taskassignment_deleted", "projectmember_deleted"})


@dataclass(frozen=True)
class Stale:
    """Why an event is too old for a rule."""

    #: overtaken, deleted or repeated
    reason: str
    #: one line for people
    message: str


@dataclass(frozen=True)
class Age:
    """How an event stands to what was handled of its entity before."""

    #: what is to be kept of it; None when its age does not matter
    told: Handled | None = None
    #: as handled.py keeps it
    before: Mapping[str, str] = field(default_factory=dict)

    def stale(self, rule: Rule) -> Stale | None:
        """Why the event is too old for a rule; None when it is not."""
        told, ours = self.told, rule.own_events == "handle"
        if told is None:
            return None
        return (
            self._repeated(told, ours)
            or self._deleted(told)
            or self._older(told, rule.when, ours=ours)
        )

    def as_handled(self, run: Run, is_ours: Callable[[], bool]) -> Handled | None:
        """What is to be kept of the event once it is settled. What rules leave out as our own doing
        makes no person's edit too old for them, whether they left it out for that or otherwise.

        is_ours: asked only when rules listened to the event and none has found out.
        """
        found = any(rule.verdict == "own-event" for rule in run.rules)
        left_out = found or bool(self.told and run.rules and is_ours())
        return self.told and replace(self.told, left_out=left_out)

    @property
    def overtaken(self) -> bool:
        """True when any event that shows a newer object was handled before."""
        told = self.told
        return told is not None and bool(
            self._deleted(told) or self._older(told, _KNOWN, ours=True)
        )

    def _repeated(self, told: Handled, ours: bool) -> Stale | None:
        same = [one for one in self._newest(told, told.kind, ours) if one.version == told.version]
        digests = [digest for one in same for digest in one.digests]
        if told.digest in digests:
            message = f"the same {told.kind} was handled before, with another timestamp"
        elif same and FOUND in (told.digest, *digests):
            message = f"a {told.kind} of this version was handled before"
        else:
            return None
        return Stale("repeated", message)

    def _deleted(self, told: Handled) -> Stale | None:
        deleted = gone(self.before)
        if deleted is None or told.deletes or told.occurred_us > deleted.at_us + RESTORED_AFTER_US:
            return None
        return Stale(
            "deleted", f"{deleted.kind} was handled before; what comes after it is too old"
        )

    def _older(self, told: Handled, when: Collection[str], *, ours: bool) -> Stale | None:
        if told.deletes:
            return None
        found = [(one.version, kind) for kind in when for one in self._newest(told, kind, ours)]
        version, kind = max(found, default=("", ""))
        if not versions.is_newer(version, told.version):
            return None
        message = (
            f"{kind} with {versions.told(version)} was handled before; this event is"
            f" older, it has {versions.told(told.version)}"
        )
        return Stale("overtaken", message)

    def _newest(self, told: Handled, kind: str, ours: bool) -> list[Newest]:
        """ours: with what rules left out because it was our own doing."""
        which = (False, True) if ours else (False,)
        found = [newest(self.before, kind, told.version[:1], left_out=one) for one in which]
        return [one for one in found if one]


def age(claim: Claim, event: Event) -> Age:
    """The age of a claimed event. One that is judged once more, because a person asked for that,
    is never too old; nor are turns, which were asked before they were handed on."""
    if event.source != SOURCE or event.rule or event.line:
        return Age()
    try:
        told = _told(event, event.payload())
    except Unreadable:
        # It ends in the failed list, and says nothing about its entity.
        return Age()
    return Age(told, {} if claim.replays else claim.handled)


def _told(event: Event, payload: Mapping[str, Any]) -> Handled | None:
    if event.kind not in _KNOWN or not payload.get("entityId"):
        return None
    version = versions.of_event(payload)
    # Without a version only awork's trace tells two events of one kind apart.
    told_apart = version != versions.NONE or payload.get("traceId")
    deletes = event.kind.endswith("_deleted") and event.kind not in _OF_PARTS
    digest = versions.digest(payload) if told_apart else ""
    if event.via == BACKFILL:
        digest = FOUND
    return Handled(event.kind, version, digest, event.occurred_us, deletes)
