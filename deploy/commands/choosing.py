"""Which events on record a command is about: by rule and by reason. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from webhooks.store.journal import Entry, RuleRun, Run

OfRule = Annotated[str, typer.Option("--rule", metavar="ID", help="Only those of this rule.")]
OfReason = Annotated[
    str, typer.Option("--reason", metavar="SLUG", help="Only those that failed for this reason.")
]

#: verdicts over a rule that was considered and meant to act, or could not be judged
_MEANT = ("matched", "failed", "handed-on")


@dataclass(frozen=True)
class Choice:
    """What an event must be like; empty for no matter what."""

    rule: str = ""
    reason: str = ""

    def takes_failed(self, entry: Entry) -> bool:
        """For the failed list: the rule and the reason are those of a failure."""
        return self._takes(entry, [r for r in _rules(entry.run) if r.outcome == "failed"])

    def takes_considered(self, entry: Entry) -> bool:
        """For all events: the rule was considered, and matched or could not be judged."""
        return self._takes(entry, [r for r in _rules(entry.run) if r.verdict in _MEANT])

    def _takes(self, entry: Entry, rules: list[RuleRun]) -> bool:
        if entry.run is None:
            return not self.rule and not self.reason
        rule = not self.rule or self.rule in {entry.run.rule, *(one.rule for one in rules)}
        return rule and (not self.reason or self.reason in _reasons(entry.run))

    def __bool__(self) -> bool:
        return bool(self.rule or self.reason)


def _rules(run: Run | None) -> tuple[RuleRun, ...]:
    return run.rules if run else ()


def _reasons(run: Run) -> Iterator[str]:
    yield run.reason
    for rule in run.rules:
        yield rule.reason
        yield from (action.reason for action in rule.actions)
