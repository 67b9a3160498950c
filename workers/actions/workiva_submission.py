"""One action on a Workiva task, such as SUBMIT or APPROVE: taken once, and not where it is in vain.

Sent twice it may do more than once: two steps would be approved. So how the task was before is
kept with the event, and after a lost answer the task is read: it is not as it was, so it was taken.
Source: Workiva's developer documentation, "Initiate a task action submission", 2026-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webhooks.errors import RunFailed
from workers.actions import workiva_alike
from workers.actions.base import Context
from workers.actions.workiva_conflicts import told_apart
from workers.actions.workiva_lost import looking
from workers.targets.http import Request
from workers.targets.workiva import NAME as WORKIVA
from workers.trail import Trail

Item = Mapping[str, Any]

_ENDED = ("Completed", "Cancelled")
#: action -> the statuses in which nothing is left to do by it
IN_VAIN: Mapping[str, tuple[str, ...]] = {
    "SUBMIT": ("Awaiting Approval", "Approved", *_ENDED),
    "APPROVE": _ENDED,
    "REJECT": ("Returned", "Reworking", *_ENDED),
    "CANCEL": _ENDED,
    "RESTART": ("Created",),
    "SKIP": _ENDED,
}
ACTIONS = tuple(IN_VAIN)


class Unneeded(RunFailed):
    """The task's status shows that nothing is left to do; nothing was begun."""


@dataclass
class Submission:
    """One action on one task."""

    ident: str
    #: one of ACTIONS
    action: str
    #: what is said with it; empty for nothing
    comment: str
    context: Context
    #: when we wrote the task last, by Workiva's clock; None where it does not say
    wrote_at: datetime | None = None
    #: the task, where this try has decided about it
    _seen: Item | None = None

    def send(self) -> dict[str, Any]:
        """Take it once. Returns Workiva's answer, the task. Raises Unneeded, and what Effects.once
        and reading the task raise."""
        effects = self.context.effects
        if not effects.shadow:
            effects.decided(self._item, self._decide)
        body = {"action": self.action, **({"comment": self.comment} if self.comment else {})}
        with told_apart(self._item, effects):
            return effects.once(
                self._item,
                Request("POST", f"/tasks/{self.ident}/actionSubmission", body, target=WORKIVA),
                find=self._find,
                guard=self._refuse_unneeded,
                summary=f"Workiva task {self.ident}: {self.action}",
            )

    @property
    def _item(self) -> str:
        return f"action.{self.ident}"

    def _look(self) -> dict[str, Any]:
        return self.context.workiva.one(f"/tasks/{self.ident}")

    def _decide(self) -> Any:
        self._seen = self._look()
        return _state(self._seen)

    def _refuse_unneeded(self) -> None:
        """Right before it is sent first. What an earlier try has seen may be old by now."""
        if self.context.effects.shadow:
            return
        there = self._seen
        if there is None:
            there = self._look()
            self.context.effects.decided_anew(self._item, _state(there))
        if self._is_in_vain(there):
            told = f"{self.ident} is {there['status']} already: {self.action} was not sent"
            raise Unneeded("unneeded", told)

    def _is_in_vain(self, there: Item) -> bool:
        return there.get("status") in IN_VAIN[self.action]

    def _find(self, trail: Trail) -> dict[str, Any] | None:
        with looking(f"{self.action} of {self.ident}"):
            there = self._look()
        if self._seen is not None:
            # Begun before the event was replayed: how the task was then is not known any more.
            changed = workiva_alike.modified(there)
            is_changed = changed is not None and changed >= trail.since
            is_taken = self._is_in_vain(there) or (is_changed and changed != self.wrote_at)
        else:
            is_taken = _state(there) != self.context.effects.decided(self._item, self._decide)
        return there if is_taken else None


def _state(task: Item) -> dict[str, Any]:
    """What an action changes. Where several have to approve, the status may stay as it was."""
    steps = task.get("approvalSteps")
    known = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    return {"status": task.get("status"), "responses": [step.get("responses") for step in known]}
