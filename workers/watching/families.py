"""What can be asked of awork by the time of its last change. Data, and performs no I/O.

There is no GET /tasks: /me/projecttasks has every task of every project that our API user sees, and
an API key is an admin's. Private tasks are in no list of all. What was deleted is in none either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from workers.rules.model import RuleSet


@dataclass(frozen=True)
class Family:
    """One list of awork's, and what its changes are called."""

    #: for people, and for `--of`
    name: str
    #: the list of all of them
    path: str
    #: as in the envelope of awork's events
    entity_type: str

    @property
    def added(self) -> str:
        """The kind of event for one that is new."""
        return f"{self.entity_type}_added"

    @property
    def updated(self) -> str:
        """The kind of event for one that has changed."""
        return f"{self.entity_type}_updated"


FAMILIES = (
    Family("tasks", "/me/projecttasks", "task"),
    Family("timeentries", "/timeentries", "timetracking"),
)


def asked_for(rules: RuleSet) -> tuple[Family, ...]:
    """Those whose events a rule listens to; what nobody listens to need not be looked for."""
    kinds = listened_to(rules)
    return tuple(one for one in FAMILIES if kinds & {one.added, one.updated})


def listened_to(rules: RuleSet) -> frozenset[str]:
    """The kinds of events that rules listen to; those that are off do not."""
    return frozenset(kind for rule in rules.rules if rule.mode != "off" for kind in rule.when)


def named(names: Collection[str]) -> tuple[Family, ...]:
    """The families with these names."""
    return tuple(one for one in FAMILIES if one.name in names)
