"""Short names for ids: `t1` in a test stands for one GUID, the same everywhere. Performs no I/O.

A field holds an id when it is called `id`, ends in `Id` or `Ids`, or says who made something or
is assigned to it.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from workers.rules.values import duration_s

#: short name of the user our API token acts as
US = "us"

_SPACE = uuid.UUID("0c8e3a52-7f0e-5d0b-9a43-3d1f5a6b2c71")
_GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_ID_FIELD = re.compile(r"id|\w+Ids?|(?:created|updated|closed|deleted)By|assignedUsers")
#: ends in Id, and is none of awork's
_NO_ID = ("traceId",)
_SECONDS_FIELD = re.compile(
    r"duration|\w+Duration|plannedEffort|timeBudget|capacityPerWeek|mon|tue|wed|thu|fri|sat|sun"
)
#: lists of objects in which a bare text stands for the object with this property
_SHORTHAND = {"assignees": "id", "lists": "id", "members": "userId", "tags": "name"}


@dataclass
class Names:
    """The names that one test uses."""

    #: id of the user our API token acts as
    us: str
    _short: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> str:
        """The id a name stands for; an id stands for itself."""
        if _GUID.fullmatch(name):
            return name.lower()
        found = self.us if name == US else str(uuid.uuid5(_SPACE, name))
        self._short[found] = name
        return found

    def learn(self, ident: str, name: str) -> None:
        """Tell an object by its name from now on, unless it has a short name or another has this
        one. Expectations may use the name as well."""
        if name and name not in self._short.values():
            self._short.setdefault(ident, name)

    def told(self, text: str) -> str:
        """The text with short names in place of ids, as far as there are any."""
        return _GUID.sub(lambda found: self._short.get(found[0].lower(), found[0]), text)

    def wired(self, value: Any, name: str = "") -> Any:
        """A value as awork would send it: names as ids, durations as seconds.

        name: of the field the value stands in. Raises ValueError for text that is no duration
        where awork has seconds.
        """
        match value:
            case dict():
                parts = {key: self.wired(item, key) for key, item in value.items()}
                return self._change(parts) if "property" in value else parts
            case list():
                return [self._item(item, name) for item in value]
            case str() | int() if _is_id(name) and not isinstance(value, bool):
                return self.id(str(value))
            case str() if _SECONDS_FIELD.fullmatch(name):
                return duration_s(value)
        return value

    def _item(self, item: Any, name: str) -> Any:
        if isinstance(item, str) and name in _SHORTHAND:
            item = {_SHORTHAND[name]: item}
        return self.wired(item, name)

    def _change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One entry of `changes`: its sides are texts, and ids where the property holds one."""
        sides = {side: change[side] for side in ("old", "new") if change.get(side) is not None}
        if not str(change["property"]).endswith("Id"):
            return change
        return change | {side: self.id(str(value)) for side, value in sides.items()}


def _is_id(name: str) -> bool:
    return _ID_FIELD.fullmatch(name) is not None and name not in _NO_ID
