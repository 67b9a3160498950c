"""One event's way: what was decided about it, done; and what became of it.

    claim -> plan (decided once) -> each rule -> each action -> outcome -> settled, or tried again

An event is settled when every matching rule is. A rule that must wait does not hold up the others;
what they wrote is in the ledger, so the next try repeats nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from webhooks.errors import HookworkError, LeaseLost
from webhooks.event import Event
from webhooks.store import journal
from webhooks.store.inbox import Claim
from webhooks.store.journal import Attempt, RuleRun, Run
from workers import plan as plans
from workers import record
from workers.deps import Deps
from workers.plan import Plan
from workers.retry import GiveUp, RetryIn
from workers.targets.awork import Awork
from workers.work import Work, judged


@dataclass(frozen=True)
class Settled:
    """The event is finished."""

    run: Run
    #: counters to raise
    counts: Counter[str]


@dataclass(frozen=True)
class Later:
    """The event is tried again."""

    run: Run
    counts: Counter[str]
    retry: RetryIn
    #: False when a rule is held: that is no fault, and makes no later wait longer
    counts_as_try: bool = True


def process(claim: Claim, event: Event, deps: Deps) -> Settled | Later:
    """Do what the rules say about a claimed event.

    Raises LeaseLost when another worker has the event: nothing of it is ours to record then.
    """
    awork = Awork(deps.connection)
    try:
        plan = _plan(claim, event, awork, deps)
    except LeaseLost:
        raise
    except HookworkError as error:
        # Failed when it is no event after all; later when awork did not say who we are.
        return undecided(claim, event, error, awork.tally, deps)
    before = _before(claim)
    work = Work(claim, event, plan, _attempts(before), awork, deps, _settled(before))
    ran = tuple(work.rule(planned) for planned in plan.rules)
    attempts = record.together(work.attempts, work.failures)
    run = record.of(event, plan, ran, attempts, now_ms=deps.now_ms())
    counts = awork.tally + record.writes(rule for rule in ran if rule.rule not in work.settled)
    if work.retries:
        soonest = min(work.retries, key=lambda retry: retry.seconds)
        return Later(run, counts, soonest, counts_as_try=bool(work.failures))
    return Settled(run, counts)


def undecided(
    claim: Claim, event: Event, error: Exception, counts: Counter[str], deps: Deps
) -> Settled | Later:
    """What becomes of an event after an error outside of its rules."""
    attempts = _attempts(_before(claim))
    verdict = judged(error, claim, attempts, deps)
    attempts = record.together(attempts, [record.attempt(error, verdict, now_ms=deps.now_ms())])
    given_up = isinstance(verdict, GiveUp)
    run = record.without_plan(
        event,
        attempts,
        outcome="failed" if given_up else "later",
        reason=verdict.reason if isinstance(verdict, GiveUp) else attempts[-1].reason,
        message=attempts[-1].message,
        now_ms=deps.now_ms(),
    )
    return Later(run, counts, verdict) if isinstance(verdict, RetryIn) else Settled(run, counts)


def _before(claim: Claim) -> Run | None:
    """The record of the tries before this one."""
    try:
        return journal.decode(claim.run) if claim.run else None
    except msgspec.DecodeError:
        # Another version wrote it; the tries count from here.
        return None


def _attempts(before: Run | None) -> tuple[Attempt, ...]:
    return before.attempts if before else ()


def _settled(before: Run | None) -> dict[str, RuleRun]:
    """The rules that need no further try: they are done, or failed for good."""
    rules = before.rules if before else ()
    return {rule.rule: rule for rule in rules if rule.outcome not in ("", "later")}


def _plan(claim: Claim, event: Event, awork: Awork, deps: Deps) -> Plan:
    """The plan of an earlier try, or a new one, stored before anything is written."""
    if claim.plan:
        return plans.decode(claim.plan)
    plan = plans.make(event, deps.rules(), now=deps.now(), own_id=lambda: deps.directory.me(awork))
    awork.tally.update(plans.counts(plan))
    if plan.acts:
        deps.inbox.renew(claim, plan=plans.encode(plan))
    return plan
