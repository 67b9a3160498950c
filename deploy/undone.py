"""What `hookwork undo` prints of the record of an undo. Reads and decides nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.recorded import clean
from webhooks.store.journal import RuleRun, Run
from webhooks.store.undos import GONE, LEFT, REMOVED

#: outcome of a removal that did not come to an end -> for people
_UNFINISHED = {"later": "waits", "failed": "failed"}
_NOT_UNDONE = "not undone"
#: What is there as long as a rule wants it: requests that removed it. The last is Workiva's, of
#: whose tasks there is one for each object; a task of awork is removed by another request.
_DESIRED = re.compile(r"DELETE /(taskschedules/.+|projecttimebookings/.+|tasks/[^/]+)")


@dataclass(frozen=True)
class Line:
    """What became of one write of the run."""

    word: str
    #: what it was, for people
    what: str
    #: why it is left; empty where there is nothing to say
    why: str
    #: the rule that made it
    rule: str
    #: True for what its rule makes again as long as it is wanted
    is_desired: bool

    def __str__(self) -> str:
        told = ": ".join(part for part in (self.what, self.why) if part)
        return clean(f"{self.word:<12}  {told}")


def lines(run: Run) -> list[Line]:
    """Every write of the run, in the order in which they were dealt with."""
    return [_line(rule) for rule in run.rules]


def is_whole(run: Run) -> bool:
    """True when nothing that the run created is there any more."""
    return all(line.word in (REMOVED, GONE, _NOT_UNDONE) for line in lines(run))


def told(run: Run) -> Iterator[str]:
    """For people: line by line, then how many of each."""
    found = lines(run)
    yield from map(str, found)
    counts = Counter(line.word for line in found)
    yield ", ".join(f"{count} {word}" for word, count in counts.items())


def returning(run: Run) -> list[str]:
    """The rules that may make again, with their next event, what was removed."""
    found = [one.rule for one in lines(run) if one.word == REMOVED and one.is_desired]
    return sorted(set(found))


def as_data(run: Run) -> list[dict[str, Any]]:
    """For machines."""
    return [
        {"outcome": one.word.replace(" ", "-"), "what": one.what, "why": one.why, "rule": one.rule}
        for one in lines(run)
    ]


def _line(rule: RuleRun) -> Line:
    word, why = _NOT_UNDONE, ""
    sent = [f"{write.method} {write.path}" for action in rule.actions for write in action.writes]
    for action in rule.actions:
        word, _, why = action.message.partition(": ")
        if action.outcome in _UNFINISHED or word not in (REMOVED, GONE, LEFT):
            word, why = _UNFINISHED.get(action.outcome, action.outcome), action.message
    by = rule.rule.split("/")[1]
    return Line(word, rule.message, why, by, any(map(_DESIRED.fullmatch, sent)))
