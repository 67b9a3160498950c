"""What tests of rules are made of. Data only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workers.rules.findings import Spot


@dataclass(frozen=True)
class Known:
    """What test files may refer to."""

    #: id of each rule -> whether the clock starts it
    rules: Mapping[str, bool]
    #: names of actions, and the ids that rules gave them
    actions: Collection[str]
    #: table of awork's objects -> properties of one of them; none: any
    tables: Mapping[str, Collection[str]]
    #: other names of tables, in small letters without `_`
    table_names: Mapping[str, str] = field(default_factory=dict)

    def table(self, written: str) -> str:
        """The table that is meant, in snake_case, camelCase or as in awork's paths; "" if none."""
        bare = written.replace("_", "").lower()
        own = {name.replace("_", ""): name for name in self.tables}
        return own.get(bare) or self.table_names.get(bare, "")


@dataclass(frozen=True)
class Source:
    """Where the event of a test comes from."""

    #: fixture: `text` is its path; inline: `text` is the event's name; cron: what is given
    how: Literal["fixture", "inline", "cron"]
    text: str
    #: what an inline event has that its sample has not
    parts: Mapping[str, object]
    place: Spot


@dataclass(frozen=True)
class Row:
    """One object that awork would answer with, as far as the test says."""

    #: short name or id; empty when the test gives none
    id: str
    parts: Mapping[str, object]
    place: Spot


@dataclass(frozen=True)
class ExpectedAction:
    """One action that should write."""

    #: the action's name, or its id in the rule
    name: str
    #: fields of all its requests together; or, one after the other, of each
    fields: Mapping[str, object] | tuple[Mapping[str, object], ...]
    line: int


@dataclass(frozen=True)
class Expectation:
    """What a test says should happen."""

    outcome: Literal["nothing", "failed", "actions"]
    actions: tuple[ExpectedAction, ...] = ()
    #: slug, or path of a condition; empty: whatever the reason is
    because: str = ""


@dataclass(frozen=True)
class RuleTest:
    """One test of rules."""

    name: str
    #: the one rule that runs; empty: all of them
    rule: str
    #: None: the moment of the event
    now: datetime | None
    event: Source
    #: table -> its objects
    given: Mapping[str, tuple[Row, ...]]
    expect: Expectation
    path: str
    line: int
    column: int
