"""Conditions that look at several paths at once, such as expressions. Performs no I/O."""

from __future__ import annotations

import contextlib
from typing import Protocol

from webhooks.errors import RunFailed
from workers.rules.conditions.logic import shown, sparing
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.model import Condition, Effort, Step, Verdict


class Question(Protocol):
    """A question about several paths at once, such as an expression."""

    @property
    def paths(self) -> frozenset[Path]:
        """Every path it may look at."""
        ...

    def evaluate(self, facts: Facts) -> bool:
        """The answer. Raises ValueError when there is none for these facts."""
        ...


def asked(text: str, question: Question, line: int, *, operator: str, operand: object) -> Condition:
    """A question as a condition; absent when it has no answer. The trace shows what its paths
    held, as far as telling that costs nothing."""
    skipped = Step(text, None, "not evaluated", (), line)

    def judge(facts: Facts, _: Effort) -> Step:
        verdict: Verdict
        try:
            verdict, note = ("met" if question.evaluate(facts) else "not met"), ""
        except ValueError as error:
            verdict, note = "absent", str(error)
        return Step(text, _held(question.paths, facts), verdict, (), line, note)

    paths = question.paths
    return Condition(text, line, sparing(judge, paths, skipped), skipped, paths, operator, operand)


def _held(paths: frozenset[Path], facts: Facts) -> dict[str, object]:
    held: dict[str, object] = {}
    for path in (path for path in sorted(paths, key=str) if facts.at_hand(path)):
        # what was refused when another condition asked is left out: the answer did without it
        with contextlib.suppress(RunFailed):
            value = resolve(facts, path)
            held[".".join(map(str, path))] = None if value is ABSENT else shown(value)
    return held
