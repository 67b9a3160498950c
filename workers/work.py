"""Carrying out a plan: each rule, each action, in order, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import structlog
from msgspec.structs import replace
from redis.exceptions import RedisError

from webhooks.errors import HookworkError, LeaseLost, RunHeld, TargetGone
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import ActionRun, Attempt, RuleRun
from workers import record
from workers.actions import ACTIONS
from workers.actions.base import Context
from workers.deps import Deps
from workers.effects import Allowance, Effects
from workers.ledger import Ledger
from workers.plan import Plan, PlannedAction, PlannedRule
from workers.retry import GiveUp, RetryIn, decide
from workers.targets.awork import Awork

log = structlog.get_logger()


def judged(
    error: Exception, claim: Claim, attempts: tuple[Attempt, ...], deps: Deps
) -> RetryIn | GiveUp:
    """What to do after an error, given the tries before it."""
    now_ms = deps.now_ms()
    first_ms = attempts[0].at_ms if attempts else now_ms
    tried_for_s = (now_ms - first_ms) / 1000
    return decide(error, attempt=claim.attempt, tried_for_s=tried_for_s, jitter=deps.jitter)


@dataclass
class Work:
    """The work on one event in one try."""

    claim: Claim
    event: Event
    plan: Plan
    #: tries before this one
    attempts: tuple[Attempt, ...]
    awork: Awork
    deps: Deps
    #: rules that an earlier try settled, by id
    settled: Mapping[str, RuleRun] = field(default_factory=dict)
    #: waits that were found necessary
    retries: list[RetryIn] = field(default_factory=list)
    #: what did not succeed in this try
    failures: list[Attempt] = field(default_factory=list)

    def rule(self, planned: PlannedRule) -> RuleRun:
        """Do all actions of one rule, in order, until one does not succeed."""
        if not planned.actions:
            own = planned.considered.verdict == "own-event"
            return replace(planned.considered, outcome="own-event" if own else "")
        before = self.settled.get(planned.considered.rule)
        if before is not None:
            return before
        allowance = Allowance(planned.writes_per_run)
        done: list[ActionRun] = []
        for action in planned.actions:
            going = not done or done[-1].outcome in ("done", "shadow")
            done.append(
                self._action(planned, action, allowance)
                if going
                else ActionRun(id=action.id, name=action.name, outcome="not-started")
            )
        reached = [one.outcome for one in done if one.outcome != "not-started"]
        return replace(planned.considered, actions=tuple(done), outcome=reached[-1])

    def _action(
        self, planned: PlannedRule, action: PlannedAction, allowance: Allowance
    ) -> ActionRun:
        ran = ActionRun(id=action.id, name=action.name, outcome="")
        if action.error:
            return replace(ran, outcome="failed", reason=action.reason, message=action.error)
        effects = self._effects(planned, action, allowance)
        try:
            ACTIONS[action.name].run(action.parameters, self._context(planned, effects))
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
            ran = replace(ran, outcome="shadow" if effects.shadow else "done")
        return replace(ran, writes=tuple(effects.made))

    def _failed(self, error: Exception) -> tuple[str, str]:
        """Outcome and reason of an action that raised; a retry is noted where one helps."""
        if isinstance(error, TargetGone):
            return "gone", error.reason
        verdict = judged(error, self.claim, self.attempts, self.deps)
        if not isinstance(error, RunHeld):
            self.failures.append(record.attempt(error, verdict, now_ms=self.deps.now_ms()))
        if isinstance(verdict, RetryIn):
            self.retries.append(verdict)
            return "later", record.reason(error)
        return "failed", verdict.reason

    def _effects(
        self, planned: PlannedRule, action: PlannedAction, allowance: Allowance
    ) -> Effects:
        ledger = Ledger(
            self.deps.redis,
            self.claim,
            retention_s=self.deps.retention_s,
        )
        return Effects(
            ledger=ledger,
            awork=self.awork,
            event_id=self.event.id,
            rule=planned.considered.rule,
            action_id=action.id,
            writes_per_hour=planned.writes_per_hour,
            allowance=allowance,
            shadow=planned.considered.mode == "shadow",
            now_ms=self.deps.now_ms,
            stopping=self.deps.stopping,
        )

    def _context(self, planned: PlannedRule, effects: Effects) -> Context:
        return Context(
            effects=effects,
            awork=self.awork,
            directory=self.deps.directory,
            timezone=planned.timezone,
            decided_at=self.plan.decided_at,
            open_from=self.deps.open_from(self.deps.now().astimezone(ZoneInfo(planned.timezone))),
        )
