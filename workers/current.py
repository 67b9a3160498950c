"""A task as a run has to see it: as its event carries it where that is still true, else as it is.

What an event carries saves a read for each run. It is old once we have written to the object since
the event happened, in whatever run: no event of ours will come and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webhooks.errors import TargetGone
from webhooks.event import Event
from webhooks.store.inbox import Claim
from workers.actions.base import Cause
from workers.deps import Means
from workers.entries import Ledger
from workers.facts.carried import carried
from workers.facts.reads import Reads
from workers.rules.facts import ABSENT
from workers.targets.awork import Awork
from workers.targets.budget import is_urgent

#: as long as it is known what our writes have touched (record.lua), less an hour
_LONGEST_CARRIED_MS = 23 * 3600 * 1000
#: awork's clock and ours
_CLOCKS_DIFFER_MS = 5_000


@dataclass(frozen=True)
class Current:
    """How things are for one try of the work on one event."""

    claim: Claim
    event: Event
    cause: Cause
    awork: Awork
    means: Means
    ledger: Ledger

    def task(self, ident: str, *, wrote: bool) -> Mapping[str, Any]:
        """As the event carries it, or as it was read since, in the first try and before anything
        was written for it: later changes come as later events. Else as awork has it now.

        wrote: something was written for the event in this try.
        """
        claim = self.claim
        if wrote or claim.attempt or claim.orphaned or claim.replays:
            return self.awork.one(f"/tasks/{ident}")
        there = carried("task", ident, self.cause.kind, self.cause.payload)
        # A rule may have been paused for days since the first claim, which counts as no try.
        if there and claim.fence == 1 and not self._is_touched(ident):
            return there
        since = self.event.occurred_us if is_urgent(self.event) else None
        event = "" if self.event.line else claim.id
        reads = Reads(self.awork, self.means.directory, occurred_us=since, event=event)
        found = reads.whole("task", ident)
        if found is ABSENT:
            raise TargetGone(f"GET /tasks/{ident}: there is no such task", code="not-found")
        return found

    def _is_touched(self, ident: str) -> bool:
        """True when a write of ours has changed it since the event happened, or may have."""
        occurred_ms = self.event.occurred_us // 1000
        if self.means.now_ms() - occurred_ms > _LONGEST_CARRIED_MS:
            return True
        return self.ledger.touched_ms(ident) >= occurred_ms - _CLOCKS_DIFFER_MS
