"""What no test reached: rules that never match, conditions with one verdict, actions. Pure.

A condition counts twice, for being met and for not being met; any, all and not count by their
parts. What was not evaluated, because something else had settled the matter, was not reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deploy.reasons import Step
from webhooks.store.journal import RuleRun, Run
from workers.rules.model import ActionCall, Condition, Rule, RuleSet
from workers.rules.model import Step as ModelStep

#: where a condition stands in its rule: "if" or the action's id, and its place among the parts
_Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Missed:
    """One thing that no test reached."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Coverage:
    """How much of the rules the tests reached."""

    #: things there are to reach; rules that are off have none
    all: int
    missed: tuple[Missed, ...]

    @property
    def percent(self) -> int:
        """Rounded down: 100 only when nothing is missed."""
        return 100 * (self.all - len(self.missed)) // self.all if self.all else 100

    def __str__(self) -> str:
        reached = self.all - len(self.missed)
        return f"coverage: {self.percent} % ({reached} of {self.all} parts of the rules)"


def coverage(rules: RuleSet, runs: Iterable[Run]) -> Coverage:
    """Count what was reached in these runs. A rule's parts: that it matches, each condition met
    and not met, each action."""
    seen: dict[str, _Seen] = {rule.id: _Seen(set(), set(), set()) for rule in rules.rules}
    for run in runs:
        for of_rule in run.rules:
            if of_rule.rule in seen:
                seen[of_rule.rule].add(of_rule)
    judged = [part for rule in rules.rules for part in _parts(rule, seen[rule.id])]
    missed = tuple(missed for missed, reached in judged if not reached)
    return Coverage(len(judged), missed)


@dataclass(frozen=True)
class _Seen:
    """What was seen of one rule."""

    verdicts: set[str]
    #: place and verdict of each condition
    conditions: set[tuple[_Place, str]]
    #: ids
    actions: set[str]

    def add(self, run: RuleRun) -> None:
        """What one run shows."""
        self.verdicts.add(run.verdict)
        self.conditions.update(_verdicts(run.trace, ("if",)))
        for action in run.actions:
            self.conditions.update(_verdicts(action.trace, (action.id,)))
            if action.outcome not in ("not-started", "skipped"):
                self.actions.add(action.id)


def _verdicts(trace: Sequence[Step], place: _Place) -> Iterator[tuple[_Place, str]]:
    for index, step in enumerate(trace):
        verdict = "met" if step["verdict"] == "met" else step["verdict"]
        yield (*place, index), "not met" if verdict == "absent" else verdict
        yield from _verdicts(step.get("children") or (), (*place, index))


def _parts(rule: Rule, seen: _Seen) -> Iterator[tuple[Missed, bool]]:
    if rule.mode == "off":
        return
    message = f"rule '{rule.id}': in no test does it match"
    yield Missed(rule.path, rule.line, message), "matched" in seen.verdicts
    yield from _conditions(rule, rule.conditions, ("if",), seen)
    for call in rule.actions:
        yield from _action(rule, call, seen)


def _action(rule: Rule, call: ActionCall, seen: _Seen) -> Iterator[tuple[Missed, bool]]:
    own = f" ({call.id})" if call.id != call.name else ""
    message = f"rule '{rule.id}': no test reaches the action '{call.name}'{own}"
    yield Missed(call.path, call.line, message), call.id in seen.actions
    yield from _conditions(rule, call.conditions, (call.id,), seen)


def _conditions(
    rule: Rule, conditions: Sequence[Condition], place: _Place, seen: _Seen
) -> Iterator[tuple[Missed, bool]]:
    for index, condition in enumerate(conditions):
        for step, at in _leaves(condition.skipped, (*place, index)):
            for verdict in ("met", "not met"):
                message = f"rule '{rule.id}': in no test is '{step.text}' {verdict}"
                yield Missed(rule.path, step.line, message), (at, verdict) in seen.conditions


def _leaves(step: ModelStep, place: _Place) -> Iterator[tuple[ModelStep, _Place]]:
    if not step.children:
        yield step, place
    for index, child in enumerate(step.children):
        yield from _leaves(child, (*place, index))
