"""What earlier tries of an event have left on record. Performs no I/O."""

from __future__ import annotations

import msgspec

from webhooks.store import journal
from webhooks.store.inbox import Claim
from webhooks.store.journal import ActionRun, Attempt, RuleRun, Run


def before(claim: Claim) -> Run | None:
    """The record of the tries before this one."""
    try:
        return journal.decode(claim.run) if claim.run else None
    except msgspec.DecodeError:
        # Another version wrote it; the tries count from here.
        return None


def attempts(before: Run | None) -> tuple[Attempt, ...]:
    return before.attempts if before else ()


def settled(before: Run | None) -> dict[str, RuleRun]:
    """The rules that need no further try: they are done, or failed for good."""
    rules = before.rules if before else ()
    return {rule.rule: rule for rule in rules if rule.outcome not in ("", "later")}


def done(before: Run | None) -> dict[tuple[str, str, str], ActionRun]:
    """What was done of the rules that are tried again."""
    return {
        (rule.rule, action.id, action.item): action
        for rule in (before.rules if before else ())
        for action in rule.actions
        if rule.outcome == "later" and action.outcome in ("done", "shadow")
    }


def paused(before: Run | None) -> frozenset[str]:
    """The rules that could not go on because they were paused."""
    rules = before.rules if before else ()
    return frozenset(
        rule.rule for rule in rules if any(one.reason == "rule-paused" for one in rule.actions)
    )
