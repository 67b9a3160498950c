"""What the actions of a run answered, for the later ones: `${done.<id>.…}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workers.plan import PlannedAction

#: stands where awork's answer would have an id
_NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass
class Results:
    """The results so far. In shadow nothing is answered, so every field has a stand-in."""

    is_shadow: bool = False
    #: action id -> its result; with `for_each` a list of them, in order
    done: dict[str, Any] = field(default_factory=dict)

    def add(self, action: PlannedAction, result: Mapping[str, Any]) -> None:
        """Keep the result of an action that was done."""
        kept: Any = StandIn(f"done.{action.id}") if self.is_shadow else dict(result)
        if action.item:
            self.done.setdefault(action.id, []).append(kept)
        else:
            self.done[action.id] = kept


class StandIn(Mapping[str, Any]):
    """A result that was never made: each field is a text that says where it would be from."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getitem__(self, name: str) -> Any:
        return _NO_ID if name.lower().endswith("id") else f"({self._path}.{name})"

    def __iter__(self) -> Iterator[str]:
        return iter(("id",))

    def __len__(self) -> int:
        return 1
