"""Which rules an event meets, and why not the others. Performs no I/O of its own.

The same rules and facts always give the same answer, in the order in which rules run.

    live      evaluation stops at the first part that settles the matter
    shadow    all parts are evaluated to the end; but those that would cost a call of another
              system only when the parts that cost nothing have not ruled the rule out
    whole     everything is evaluated, to explain
"""

from __future__ import annotations

from typing import Literal

import msgspec

from webhooks.errors import RunFailed
from workers.rules.conditions.logic import Survey, survey
from workers.rules.facts import Facts
from workers.rules.model import (
    TO_THE_END,
    UNTIL_SETTLED,
    Condition,
    Effort,
    Rule,
    RuleSet,
    Step,
    Verdict,
)

__all__ = ["Considered", "Step", "consider", "free_verdict", "match", "meets"]

#: an absent part cannot make the rule match any more: all parts must be met
_SETTLING: frozenset[Verdict] = frozenset({"not met", "absent"})


class Considered(msgspec.Struct, frozen=True):
    """One rule and what became of it."""

    rule: Rule
    #: undecided: only what is at hand was looked at, and it did not rule the rule out
    verdict: Literal["matched", "not-matched", "off", "failed", "undecided"]
    #: one step for each part of `if`; empty for a rule that is off
    trace: tuple[Step, ...] = ()
    #: why a fact could not be read, when the verdict is "failed"
    error: RunFailed | None = None


def match(
    rules: RuleSet, kind: str, facts: Facts, *, only: str = "", whole: bool = False
) -> tuple[Considered, ...]:
    """Consider every rule that listens to this kind of event; the others cost nothing.

    kind: awork's name of today, as `RuleSet.for_kind` takes it. only: the id of the one rule to
    consider, whatever it listens to. whole: see above. What lazy facts raise passes through, but
    for RunFailed: that is the verdict of the rule it was read for.
    """
    asked = rules.for_kind(kind)
    if only:
        named = rules.named(only)
        asked = (named,) if named else ()
    in_zone = {zone: facts.in_zone(zone) for zone in {rule.timezone for rule in asked}}
    return tuple(consider(rule, in_zone[rule.timezone], whole=whole) for rule in asked)


def consider(rule: Rule, facts: Facts, *, whole: bool = False) -> Considered:
    """Consider one rule, as `match` does. facts: in the rule's zone."""
    if rule.mode == "shadow" and not whole:
        one = free_verdict(rule, facts)
        if one.verdict == "not-matched":
            return one
    if rule.mode == "off":
        return Considered(rule, "off")
    effort = TO_THE_END if whole or rule.mode == "shadow" else UNTIL_SETTLED
    found = survey(rule.conditions, facts, effort, _SETTLING, free=rule.is_free)
    if found.failed and not found.settled:
        return Considered(rule, "failed", tuple(found.steps), found.failed)
    return Considered(rule, "not-matched" if found.settled else "matched", tuple(found.steps))


def free_verdict(rule: Rule, facts: Facts) -> Considered:
    """What the conditions at hand alone say; the others are not evaluated, and no call is made.

    facts: in the rule's zone. Returns the verdict "not-matched", "undecided" or "off".
    """
    if rule.mode == "off":
        return Considered(rule, "off")
    effort = Effort(stops=rule.mode == "live", asks=False)
    found = survey(rule.conditions, facts, effort, _SETTLING, free=rule.is_free)
    return Considered(rule, "not-matched" if found.settled else "undecided", tuple(found.steps))


def meets(
    conditions: tuple[Condition, ...], facts: Facts, whole: bool = False
) -> tuple[bool, tuple[Step, ...]]:
    """Whether an action's own conditions are all met, and the trace of it.

    Raises RunFailed when a fact cannot be read and nothing else settles the matter.
    """
    found: Survey = survey(conditions, facts, TO_THE_END if whole else UNTIL_SETTLED, _SETTLING)
    if found.failed and not found.settled:
        raise found.failed
    return not found.settled, tuple(found.steps)
