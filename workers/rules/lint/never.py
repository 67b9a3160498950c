"""Conditions that can never hold. Pure.

Conditions about one path that must hold together are tried with every value that could meet them
(candidates.py). When none does, they contradict each other, or one of them cannot be met at all.
Two paths are taken as independent, and what an expression says is not looked at: more may never
hold than is reported, but what is reported never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from webhooks.errors import Mistake
from workers.rules.lint.literals import Choice, Literal, apart
from workers.rules.lint.messages import alone, beside
from workers.rules.lint.worlds import can_meet
from workers.rules.model import Condition, Rule


@dataclass(frozen=True)
class _Dead:
    """A literal that cannot hold, and those above it that it contradicts, if any."""

    literal: Literal
    others: tuple[Literal, ...] = ()


@dataclass
class _Verdict:
    """What is wrong with conditions that must all hold."""

    #: because of these not all of them can
    dead: list[_Dead] = field(default_factory=list)
    #: these stand in one of several alternatives, and others are left
    in_parts: list[_Dead] = field(default_factory=list)


def never_met(rule: Rule) -> Iterator[Mistake]:
    """Conditions of the rule and of its actions that can never hold, at the later line."""
    verdict = _judge(rule.conditions, rule)
    yield from _told(verdict, rule, "the rule never matches")
    if verdict.dead:
        return
    above, _ = apart(rule.conditions)
    for call in rule.actions:
        verdict = _judge(call.conditions, rule, above=above)
        yield from _told(verdict, rule, f"'{call.id}' never runs")


def can_hold(conditions: Sequence[Condition], rule: Rule) -> bool:
    """False when they can never all hold. rule: whose events they are asked about."""
    return not _judge(conditions, rule).dead


def _told(verdict: _Verdict, rule: Rule, consequence: str) -> Iterator[Mistake]:
    for dead, follows in (
        *((one, consequence) for one in verdict.dead),
        *((one, "this alternative never holds") for one in verdict.in_parts),
    ):
        why = beside(dead.literal, dead.others) if dead.others else alone(dead.literal, rule)
        line = dead.literal.line
        yield Mistake(rule.path, line, 1, f"{why}; {follows}", "never-met")


def _judge(
    conditions: Sequence[Condition],
    rule: Rule,
    *,
    met: bool = True,
    above: tuple[Literal, ...] = (),
) -> _Verdict:
    """above: what must hold as well, and can."""
    literals, choices = apart(conditions, met)
    verdict = _Verdict(list(_contradictions(above, literals, rule)))
    if not verdict.dead:
        for choice in choices:
            _choose(choice, rule, (*above, *literals), verdict)
    return verdict


def _choose(choice: Choice, rule: Rule, above: tuple[Literal, ...], verdict: _Verdict) -> None:
    parts = [_judge((part,), rule, met=choice.met, above=above) for part in choice.parts]
    dead = [one for part in parts for one in part.dead]
    if all(part.dead for part in parts):
        verdict.dead.extend(dead)
    elif choice.met:
        # below `not` nobody wrote them as alternatives, and one that is superfluous does no harm
        verdict.in_parts.extend(dead)
    verdict.in_parts.extend(one for part in parts for one in part.in_parts)


def _contradictions(
    above: tuple[Literal, ...], literals: tuple[Literal, ...], rule: Rule
) -> Iterator[_Dead]:
    """One for each subject that the literals cannot agree on."""
    for subject in dict.fromkeys(literal.subject for literal in literals):
        before = [literal for literal in above if literal.subject == subject]
        here = [literal for literal in literals if literal.subject == subject]
        if not can_meet([*before, *here], rule):
            yield _first_dead(before, here, rule)


def _first_dead(before: list[Literal], here: list[Literal], rule: Rule) -> _Dead:
    """The first literal in the file that cannot hold beside those above it."""
    for place, literal in enumerate(here):
        others = [*before, *here[:place]]
        if not can_meet([*others, literal], rule):
            break
    return _Dead(literal, _fewest(others, literal, rule))


def _fewest(others: list[Literal], literal: Literal, rule: Rule) -> tuple[Literal, ...]:
    """As few of the others as are needed for the literal not to hold; none when it never does."""
    for few in ((), *((one,) for one in others)):
        if not can_meet([*few, literal], rule):
            return few
    needed = list(others)
    for one in others:
        fewer = [other for other in needed if other is not one]
        if not can_meet([*fewer, literal], rule):
            needed = fewer
    return tuple(needed)
