"""Carrying out a plan: each rule, each action, in order, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from msgspec.structs import replace
from redis.exceptions import RedisError

from webhooks.errors import (
    HookworkError,
    LeaseLost,
    RunFailed,
    TargetBusy,
    TargetGone,
)
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import ActionRun, Attempt, RuleRun
from workers import prepare, record
from workers.actions import ACTIONS
from workers.actions.base import Action, Cause, Context
from workers.current import Current
from workers.deps import Means
from workers.effects import Allowance, Effects
from workers.entries import Ledger
from workers.plan import Plan, PlannedAction, PlannedRule
from workers.results import Results
from workers.retry import RetryIn, is_failure
from workers.targets.awork import Awork
from workers.targets.workiva import NAME as WORKIVA
from workers.targets.workiva import Workiva
from workers.tries import judged
from workers.undo import removal

log = structlog.get_logger()

#: what rules can do, and what only people can ask for
_DOABLE: Mapping[str, Action] = {**ACTIONS, removal.NAME: removal}

#: after an action with another outcome, the later ones of its rule do not start
_GOING_ON = ("done", "shadow", "skipped")
#: verdicts that are the outcome of their rule
_SETTLING = ("own-event", "skipped", "stale", "failed", "handed-on")


@dataclass
class Work:
    """The work on one event in one try."""

    claim: Claim
    event: Event
    cause: Cause
    plan: Plan
    #: tries before this one
    attempts: tuple[Attempt, ...]
    awork: Awork
    means: Means
    ledger: Ledger
    #: rules that an earlier try settled, by id
    settled: Mapping[str, RuleRun] = field(default_factory=dict)
    #: actions that an earlier try has done, of rules that are tried again: (rule, action, item)
    done: Mapping[tuple[str, str, str], ActionRun] = field(default_factory=dict)
    #: rules whose last try ended because they were paused
    resumed: frozenset[str] = frozenset()
    #: rules that are not judged yet, and why
    busy: Mapping[str, TargetBusy] = field(default_factory=dict)
    #: waits that were found necessary
    retries: list[RetryIn] = field(default_factory=list)
    #: True once a write was sent for the event: what it carries may be old then
    wrote: bool = False
    #: what did not succeed in this try
    failures: list[Attempt] = field(default_factory=list)

    def rule(self, planned: PlannedRule) -> RuleRun:
        """Do all actions of one rule, in order, until one does not succeed."""
        considered = planned.considered
        before = self.settled.get(considered.rule)
        if before is not None:
            return before
        if planned.undecided:
            outcome, reason = self._failed(self.busy[considered.rule])
            return replace(considered, outcome=outcome, reason=reason)
        if not planned.actions:
            settles = considered.verdict in _SETTLING
            outcome = considered.verdict if settles else considered.outcome
            return replace(considered, outcome=outcome)
        ran = self._actions(planned)
        reached = [one.outcome for one in ran if one.outcome != "not-started"]
        stopped = reached[-1] not in _GOING_ON
        outcome = reached[-1] if stopped else record.gravest(reached)
        return replace(considered, actions=tuple(ran), outcome=outcome)

    def _actions(self, planned: PlannedRule) -> list[ActionRun]:
        allowance = Allowance(self._left(planned))
        results = Results(is_shadow=planned.considered.mode == "shadow")
        ran: list[ActionRun] = []
        for action in planned.actions:
            for ready in self._ready(planned, action, results):
                going = not ran or ran[-1].outcome in _GOING_ON
                ran.append(
                    self._action(planned, ready, allowance, results)
                    if going
                    else ActionRun(
                        id=ready.id, name=ready.name, item=ready.item, outcome="not-started"
                    )
                )
        return ran

    def _left(self, planned: PlannedRule) -> int:
        """How many writes the rule may still make in this run. Whoever resumes a rule that paused
        itself lets its run go on with as many again."""
        if planned.considered.rule in self.resumed:
            return planned.writes_per_run
        return self.ledger.left(planned.considered.rule, planned.writes_per_run)

    def _ready(
        self, planned: PlannedRule, action: PlannedAction, results: Results
    ) -> list[PlannedAction]:
        if not action.late:
            return [action]
        try:
            ready = prepare.late(
                planned.text, planned.frozen, action, results.done, now=self.plan.decided_at
            )
        except RunFailed as failed:
            ready = [replace(action, error=str(failed), reason=failed.reason)]
        return [prepare.as_shadow(one) if results.is_shadow and one.error else one for one in ready]

    def _action(
        self,
        planned: PlannedRule,
        action: PlannedAction,
        allowance: Allowance,
        results: Results,
    ) -> ActionRun:
        ran = ActionRun(
            id=action.id, name=action.name, item=action.item, outcome="", trace=action.trace
        )
        if (done := self._without_doing(planned, action, ran, results)) is not None:
            return done
        effects = self._effects(planned, action, allowance)
        try:
            result = _DOABLE[action.name].run(action.parameters, self._context(planned, effects))
        except LeaseLost:
            # Another worker has the event, and records what becomes of it.
            raise
        except (RedisError, OSError):
            # Redis is away: the lease ends, and what was written is in the ledger.
            raise
        except Exception as error:
            # The shell of one action: a mistake of ours in it must not stop the other rules.
            if not isinstance(error, HookworkError):
                log.exception("unforeseen_error", rule=planned.considered.rule, action=action.name)
            outcome, reason = self._failed(error)
            ran = replace(ran, outcome=outcome, reason=reason, message=record.told(error))
        else:
            results.add(action, result, effects.made)
            outcome = "shadow" if effects.shadow else "done"
            ran = replace(ran, outcome=outcome, message="; ".join(effects.notes), result=result)
        self.wrote = self.wrote or bool(effects.made)
        return replace(ran, writes=tuple(effects.made))

    def _without_doing(
        self, planned: PlannedRule, action: PlannedAction, ran: ActionRun, results: Results
    ) -> ActionRun | None:
        """What becomes of an action that need not or cannot be done; None for one to do."""
        if before := self.done.get((planned.considered.rule, action.id, action.item)):
            # Asking anew for all it has read could take more of the budget than there is.
            results.add(action, before.result, before.writes)
            return record.repeated(before)
        if action.skipped:
            return replace(ran, outcome="skipped", message=action.skipped)
        if action.error:
            return replace(ran, outcome="failed", reason=action.reason, message=action.error)
        return None

    def _failed(self, error: Exception) -> tuple[str, str]:
        """Outcome and reason of an action that raised; a retry is noted where one helps."""
        if isinstance(error, TargetGone):
            return "gone", error.reason
        verdict = judged(error, self.claim, self.attempts, self.means)
        if is_failure(error):
            self.failures.append(record.attempt(error, verdict, now_ms=self.means.now_ms()))
        if isinstance(verdict, RetryIn):
            self.retries.append(verdict)
            return "later", record.reason(error)
        return "failed", verdict.reason

    def _effects(
        self, planned: PlannedRule, action: PlannedAction, allowance: Allowance
    ) -> Effects:
        return Effects(
            ledger=self.ledger,
            targets={"awork": self.awork, WORKIVA: self._workiva, **self.means.targets},
            event_id=self.event.id,
            rule=planned.considered.rule,
            action_id=f"{action.id}[{action.item}]" if action.item else action.id,
            writes_per_hour=planned.writes_per_hour,
            allowance=allowance,
            shadow=planned.considered.mode == "shadow",
            now_ms=self.means.now_ms,
            stopping=self.means.stopping,
            # Whoever resumes a rule that went round lets it begin anew.
            hop=0 if planned.considered.rule in self.resumed else planned.hop,
            about=f"{self.event.kind} of {self.plan.title or 'an object'} ({self.event.entity_id})",
        )

    def _context(self, planned: PlannedRule, effects: Effects) -> Context:
        now = self.means.now()
        local_now: datetime = now.astimezone(ZoneInfo(planned.timezone))
        return Context(
            effects=effects,
            awork=self.awork,
            workiva=self._workiva,
            directory=self.means.directory,
            timezone=planned.timezone,
            decided_at=self.plan.decided_at,
            open_from=self.means.open_from(local_now),
            now=now,
            hours=planned.hours,
            holdings=self.means.holdings,
            cause=self.cause,
            task=self._task,
        )

    def _task(self, ident: str) -> Mapping[str, Any]:
        return self._current.task(ident, wrote=self.wrote)

    @cached_property
    def _workiva(self) -> Workiva:
        return Workiva(self.means.workiva, self.awork.tally)

    @cached_property
    def _current(self) -> Current:
        return Current(self.claim, self.event, self.cause, self.awork, self.means, self.ledger)
