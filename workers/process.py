"""One event's way: what was decided about it, done; and what became of it.

    claim -> plan (decided once) -> each rule -> each action -> outcome -> settled, or tried again

An event is settled when every matching rule is. A rule that must wait does not hold up the others;
what they wrote is in the ledger, so the next try repeats nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.structs import replace as replace_struct

from webhooks.errors import HookworkError, LeaseLost, TargetBusy
from webhooks.event import Event
from webhooks.store import undos
from webhooks.store.handled import Handled
from webhooks.store.inbox import Claim
from webhooks.store.journal import Run
from workers import apart, earlier, judge, record, spread, stale, turn
from workers import plan as plans
from workers import sight as sights
from workers.actions.base import Cause
from workers.deps import Deps
from workers.facts.lazy import lazy_facts
from workers.gates import StoredGates, seems_ours
from workers.ledger import StoredLedger
from workers.own import OwnWrites
from workers.plan import Plan
from workers.retry import GiveUp, RetryIn, is_failure
from workers.rules.model import RuleSet
from workers.sight import Sight
from workers.stale import Age
from workers.targets.awork import Awork
from workers.targets.budget import is_urgent
from workers.tries import judged
from workers.undo import planned as undo
from workers.work import Work

#: tries, some seconds apart, before a rule that this worker does not have is gone
RULE_GONE_TRIES = 4
#: and while workers have different sets: an hour. They may stay different for ever
RULE_GONE_MOST_TRIES = 720
RULE_GONE_WAIT_S = 5.0


@dataclass(frozen=True)
class Settled:
    """The event is finished."""

    run: Run
    #: counters to raise
    counts: Counter[str]
    #: for `changed`: what the entity was like before the event, for when it is judged once more,
    #: and what it is like now, for when the next event tells no changes
    before: bytes = b""
    seen: Mapping[str, bytes] = field(default_factory=dict)
    #: what is kept of the event, so that older ones are known as such
    handled: Handled | None = None


@dataclass(frozen=True)
class Later:
    """The event is tried again."""

    run: Run
    counts: Counter[str]
    retry: RetryIn
    #: False when a rule is held or the budget spent: no fault, and no later wait is longer for it
    counts_as_try: bool = True


def process(claim: Claim, event: Event, deps: Deps) -> Settled | Later:
    """Do what the rules say about a claimed event.

    Raises LeaseLost when another worker has the event, NewerWire when a newer one must have it.
    """
    age = stale.age(claim, event)
    result = _processed(claim, event, age, deps)
    if isinstance(result, Settled) and result.run.outcome != "stale":
        return replace(result, handled=age.as_handled(result.run, lambda: _seems_ours(event, deps)))
    return result


def _seems_ours(event: Event, deps: Deps) -> bool:
    return seems_ours(event, Awork(deps.connection), deps.directory, OwnWrites(deps.redis))


def _processed(claim: Claim, event: Event, age: Age, deps: Deps) -> Settled | Later:
    awork = Awork(deps.connection, urgent=is_urgent(event))
    rules = deps.rules()
    try:
        deps.directory.heed(awork, event)
        if event.kind == spread.KIND and event.source == spread.SOURCE:
            return _spread(claim, event, rules, awork, deps)
        if undos.is_undo(event):
            # A person waits for it.
            plan, awork = undo.plan(claim, event, deps), Awork(deps.connection)
            return _carried_out(claim, event, plan, {}, awork=awork, deps=deps)
        # What an older event shows is not what its entity is like now.
        sight = Sight() if age.overtaken else sights.of(claim, event, rules, deps.turns)
        plan, busy = _plan(claim, event, rules, sight, age, awork=awork, deps=deps)
    except LeaseLost:
        raise
    except HookworkError as error:
        # Failed when it is no event after all; later when awork did not say what was asked.
        return undecided(claim, event, error, awork.tally, deps)
    if plan.reason == "rule-gone" and _may_come(claim, deps):
        return _rule_unknown(claim, event, plan, awork, deps)
    result = _carried_out(claim, event, plan, busy, awork=awork, deps=deps)
    if isinstance(result, Settled):
        return replace(result, before=sight.kept, seen=sight.now)
    return result


def _may_come(claim: Claim, deps: Deps) -> bool:
    """A rule that this worker does not have may be one that it has not loaded yet: for some
    seconds after the files have changed, and for an hour while workers have different sets."""
    if claim.attempt < RULE_GONE_TRIES:
        return True
    return claim.attempt < RULE_GONE_MOST_TRIES and deps.inbox.rule_sets() > 1


def _rule_unknown(claim: Claim, event: Event, plan: Plan, awork: Awork, deps: Deps) -> Later:
    """Another worker has the rule, perhaps, and this one has not reloaded yet."""
    run = record.of(event, plan, (), earlier.attempts(earlier.before(claim)), now_ms=deps.now_ms())
    run = replace_struct(run, outcome="later", reason="rule-unknown")
    return Later(run, awork.tally, RetryIn(RULE_GONE_WAIT_S))


def _carried_out(
    claim: Claim,
    event: Event,
    plan: Plan,
    busy: Mapping[str, TargetBusy],
    *,
    awork: Awork,
    deps: Deps,
) -> Settled | Later:
    before = earlier.before(claim)
    ledger = StoredLedger(deps.redis, claim, retention_s=deps.retention_s)
    work = Work(
        claim,
        event,
        Cause(event.kind, lambda: turn.payload(claim, event, deps.turns)),
        plan,
        earlier.attempts(before),
        awork,
        deps,
        ledger,
        settled=earlier.settled(before),
        done=earlier.done(before),
        resumed=earlier.paused(before),
        busy=busy,
    )
    ran = tuple(work.rule(planned) for planned in plan.rules)
    attempts = record.together(work.attempts, work.failures)
    run = record.of(event, plan, ran, attempts, now_ms=deps.now_ms())
    counts = awork.tally + record.writes(rule for rule in ran if rule.rule not in work.settled)
    if work.retries:
        soonest = min(work.retries, key=lambda retry: retry.seconds)
        return Later(run, counts, soonest, counts_as_try=bool(work.failures))
    return Settled(record.closed(run), counts)


def _spread(
    claim: Claim, event: Event, rules: RuleSet, awork: Awork, deps: Deps
) -> Settled | Later:
    """A time of a rule's clock: the event is settled once every item has a turn."""
    plan, ran = spread.over(claim, event, rules, awork, deps)
    if plan.reason == "rule-gone" and _may_come(claim, deps):
        return _rule_unknown(claim, event, plan, awork, deps)
    attempts = earlier.attempts(earlier.before(claim))
    run = record.of(event, plan, ran, attempts, now_ms=deps.now_ms())
    return Settled(run, awork.tally + plans.counts(plan))


def undecided(
    claim: Claim, event: Event, error: Exception, counts: Counter[str], deps: Deps
) -> Settled | Later:
    """What becomes of an event after an error outside of its rules."""
    attempts = earlier.attempts(earlier.before(claim))
    verdict = judged(error, claim, attempts, deps)
    counts_as_try = is_failure(error)
    if counts_as_try:
        tried = record.attempt(error, verdict, now_ms=deps.now_ms())
        attempts = record.together(attempts, [tried])
    run = record.without_plan(
        event,
        attempts,
        outcome="failed" if isinstance(verdict, GiveUp) else "later",
        reason=verdict.reason if isinstance(verdict, GiveUp) else record.reason(error),
        message=record.told(error),
        now_ms=deps.now_ms(),
    )
    if isinstance(verdict, RetryIn):
        return Later(run, counts, verdict, counts_as_try=counts_as_try)
    return Settled(run, counts)


def _plan(
    claim: Claim,
    event: Event,
    rules: RuleSet,
    sight: Sight,
    age: Age,
    *,
    awork: Awork,
    deps: Deps,
) -> tuple[Plan, Mapping[str, TargetBusy]]:
    """The plan of an earlier try, or a new one, stored before anything is written; and for each
    rule that is left undecided what awork could not say now."""
    before = apart.plan_of(claim.plan) if claim.plan else None
    # One that was given up is settled: it is not judged again while others are still tried.
    only = before.undecided - earlier.settled(earlier.before(claim)).keys() if before else None
    if before and not only:
        return before, {}
    payload, now = turn.payload(claim, event, deps.turns), deps.now()
    gates = _gates(claim, event, payload, age, awork=awork, deps=deps)
    facts = lazy_facts(
        payload,
        event.kind,
        now,
        awork=awork,
        directory=deps.directory,
        seen=sight.before,
        occurred_us=event.occurred_us if is_urgent(event) else None,
        event="" if event.line else claim.id,
        caused=gates.is_ours,
    )
    plan = judge.make(event, rules, facts, gates, now=now, only=only)
    plan = plans.kept_apart(plan, deps.turns.of(claim.id) if claim.fence > 1 else {})
    awork.tally.update(plans.counts(plan))
    if before:
        plan = plans.completed(before, plan)
    if plan.acts:
        deps.inbox.renew(claim, plan=plans.encode(plan))
    return plan, gates.busy


def _gates(
    claim: Claim, event: Event, payload: Mapping[str, Any], age: Age, *, awork: Awork, deps: Deps
) -> StoredGates:
    ran = deps.turns.ran(claim.id) if claim.replays else frozenset[str]()
    own = OwnWrites(deps.redis)
    return StoredGates(claim, event, payload, awork, deps.directory, deps.turns, ran, age, own)
