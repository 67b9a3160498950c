"""What a workspace looked like a moment ago, for lists that lag behind their writes.

Performs no I/O. A search index is why awork's lists may lag; how long they do is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deploy.sandbox.refusals import Model

Table = dict[str, Model]


@dataclass(frozen=True)
class _Step:
    at: datetime
    table: str
    ident: str
    #: None when the model was not there
    before: Model | None


@dataclass
class History:
    """The writes so far in their order, each with what it replaced."""

    _steps: list[_Step] = field(default_factory=list)

    def note(self, at: datetime, table: str, ident: str, before: Model | None) -> None:
        """Remember what stands in a table under an id, right before it is changed."""
        self._steps.append(_Step(at, table, ident, dict(before) if before else None))

    def undone(self, tables: Mapping[str, Table], since: datetime) -> dict[str, Table]:
        """Copies of the tables without the writes made after an instant."""
        then = {name: dict(table) for name, table in tables.items()}
        for step in reversed(self._steps):
            if step.at <= since:
                break
            then[step.table].pop(step.ident, None)
            if step.before is not None:
                then[step.table][step.ident] = step.before
        return then
