"""What an event carries whole, so that it need not be read. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workers.facts.lazy import UNDOCUMENTED
from workers.rules.subjects import ENTITY

#: what the entity of an event is -> root of the language
_WHOLE = {"task": "task", "project": "project", "time entry": "timeEntry"}


def carried(root: str, ident: str, kind: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object of this id, if it is what the event is about; None when it must be read.

    root: task, project or timeEntry. A deleted object, and one whose entity awork documents
    nowhere, are not carried.
    """
    entity = payload.get("entity")
    if (
        _WHOLE.get(ENTITY.get(kind, "")) != root
        or kind in UNDOCUMENTED
        or kind.endswith("_deleted")
    ):
        return None
    return dict(entity) if isinstance(entity, dict) and entity.get("id") == ident else None
