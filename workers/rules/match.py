"""Which rules an event meets, and why not the others. Performs no I/O.

The same rules and facts always give the same answer, in the order in which rules run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workers.rules.conditions.logic import survey
from workers.rules.facts import Facts
from workers.rules.model import Rule, RuleSet, Step, Verdict

__all__ = ["Considered", "Step", "match"]

#: an absent part cannot make the rule match any more: all parts must be met
_SETTLING: frozenset[Verdict] = frozenset({"not met", "absent"})


@dataclass(frozen=True)
class Considered:
    """One rule and what became of it."""

    rule: Rule
    verdict: Literal["matched", "not-matched", "off"]
    #: one step for each part of `if`; empty for a rule that is off
    trace: tuple[Step, ...] = ()


def match(rules: RuleSet, kind: str, facts: Facts) -> tuple[Considered, ...]:
    """Consider every rule that listens to this kind of event; the others cost nothing.

    kind: awork's name of today, as `RuleSet.for_kind` takes it. Evaluation of a rule stops at the
    first part that settles it; the trace has the rest as "not evaluated".
    """
    in_zone: dict[str, Facts] = {}
    considered = []
    for rule in rules.for_kind(kind):
        if rule.timezone not in in_zone:
            in_zone[rule.timezone] = facts.in_zone(rule.timezone)
        considered.append(_consider(rule, in_zone[rule.timezone]))
    return tuple(considered)


def _consider(rule: Rule, facts: Facts) -> Considered:
    if rule.mode == "off":
        return Considered(rule, "off")
    trace = survey(rule.conditions, facts, _SETTLING)
    met = all(step.verdict == "met" for step in trace)
    return Considered(rule, "matched" if met else "not-matched", trace)
