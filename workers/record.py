"""The record of an event's way: what its outcome is and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from webhooks.errors import HookworkError, TargetFailed
from webhooks.event import Event
from webhooks.store.journal import ActionRun, Attempt, RuleRun, Run
from workers.plan import Plan
from workers.retry import GiveUp, RetryIn

#: tries that are kept on record
_MOST_TRIES = 50
#: Outcomes of rules, the gravest first: an event's outcome is the gravest of its rules'.
_GRAVITY = (
    "later",
    "failed",
    "gone",
    "done",
    "shadow",
    "handed-on",
    "skipped",
    "own-event",
    "stale",
)


def of(
    event: Event,
    plan: Plan | None,
    ran: tuple[RuleRun, ...],
    attempts: tuple[Attempt, ...],
    *,
    now_ms: int,
) -> Run:
    """The record of an event whose rules were carried out as far as they could be."""
    rule, grave = _gravest(ran)
    return Run(
        event_id=event.id,
        kind=event.kind,
        entity_id=event.entity_id,
        outcome=gravest(rule.outcome for rule in ran),
        reason=grave.reason if grave else _reason(plan, ran),
        message=grave.message if grave else plan.message if plan else "",
        rule=rule,
        action=grave.id if isinstance(grave, ActionRun) else "",
        title=plan.title if plan else "",
        via=event.via,
        received_ms=event.received_ms,
        settled_ms=now_ms,
        rules_hash=plan.rules_hash if plan else "",
        rules=ran,
        attempts=attempts,
    )


def repeated(action: ActionRun) -> ActionRun:
    """The record of an action that an earlier try has done: nothing is written for it again."""
    writes = tuple(
        write if write.outcome == "shadow" else replace(write, outcome="repeated-nothing")
        for write in action.writes
    )
    return replace(action, writes=writes)


def closed(run: Run) -> Run:
    """The record as it is kept: without the answers that later tries would have needed."""
    rules = tuple(
        replace(rule, actions=tuple(replace(action, result={}) for action in rule.actions))
        for rule in run.rules
    )
    return replace(run, rules=rules)


def without_plan(
    event: Event,
    attempts: tuple[Attempt, ...],
    *,
    outcome: str,
    reason: str,
    message: str,
    now_ms: int,
) -> Run:
    """The record of an event about which nothing could be decided."""
    return Run(
        event_id=event.id,
        kind=event.kind,
        entity_id=event.entity_id,
        outcome=outcome,
        reason=reason,
        message=message,
        via=event.via,
        received_ms=event.received_ms,
        settled_ms=now_ms,
        attempts=attempts,
    )


def attempt(error: Exception, verdict: RetryIn | GiveUp, *, now_ms: int) -> Attempt:
    """The record of a try that did not succeed."""
    target = error if isinstance(error, TargetFailed) else None
    return Attempt(
        at_ms=now_ms,
        reason=reason(error),
        message=told(error),
        retry_in_s=verdict.seconds if isinstance(verdict, RetryIn) else 0.0,
        status=target.status if target else 0,
        code=target.code if target else "",
        trace_id=target.trace_id if target else "",
    )


def together(before: Sequence[Attempt], now: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The tries so far: the first, since when we try, and the latest of the others."""
    tries = (*before, *now)
    return tries if len(tries) <= _MOST_TRIES else (tries[0], *tries[1 - _MOST_TRIES :])


def reason(error: Exception) -> str:
    """The slug of an error; one that nobody foresaw is ours."""
    return error.reason if isinstance(error, HookworkError) else "internal-error"


def told(error: Exception) -> str:
    """An error for people."""
    return str(error) if isinstance(error, HookworkError) else f"{type(error).__name__}: {error}"


def writes(ran: Iterable[RuleRun]) -> Counter[str]:
    """How many writes had which outcome, for the metrics."""
    return Counter(
        f"writes:{action.name}:{write.outcome}"
        for rule in ran
        for action in rule.actions
        for write in action.writes
    )


def gravest(outcomes: Iterable[str]) -> str:
    """The one outcome that stands for several; "no-rule" for none."""
    found = {outcome for outcome in outcomes if outcome}
    return next((outcome for outcome in _GRAVITY if outcome in found), "no-rule")


def _reason(plan: Plan | None, ran: tuple[RuleRun, ...]) -> str:
    """Why nothing was done, where the outcome alone does not say."""
    if gravest(rule.outcome for rule in ran) == "stale":
        return next(rule.reason for rule in ran if rule.outcome == "stale")
    return plan.reason if plan else ""


def _gravest(ran: tuple[RuleRun, ...]) -> tuple[str, ActionRun | RuleRun | None]:
    """What an event's reason is taken from, an action or a rule that came to none; and its rule."""
    every: list[tuple[str, ActionRun | RuleRun]] = []
    for rule in ran:
        every += [(rule.rule, action) for action in rule.actions]
        every.append((rule.rule, rule))
    return min(
        [found for found in every if found[1].outcome in _GRAVITY[:3]],
        key=lambda found: (_GRAVITY.index(found[1].outcome), not found[1].reason),
        default=("", None),
    )
