"""What the actions of a run answered, for the later ones: `${done.<id>.…}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webhooks.store.journal import Write
from workers.plan import PlannedAction

#: stands where awork's answer would have an id
_NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass
class Results:
    """The results so far. In shadow nothing is answered: what the action worked out itself is there
    all the same, and every other field has a stand-in."""

    is_shadow: bool = False
    #: action id -> its result; with `for_each` a list of them, in order
    done: dict[str, Any] = field(default_factory=dict)

    def add(
        self, action: PlannedAction, result: Mapping[str, Any], made: Sequence[Write] = ()
    ) -> None:
        """Keep the result of an action that was done. made: its writes; what shadow would send
        tells most of what awork would answer."""
        sent = [write.body for write in made if isinstance(write.body, dict)]
        kept: Any = dict(result)
        if self.is_shadow:
            own = {name: value for name, value in result.items() if value is not None}
            kept = StandIn(f"done.{action.id}", {**own, **(sent[0] if sent else {})})
        if action.item:
            self.done.setdefault(action.id, []).append(kept)
        else:
            self.done[action.id] = kept


class StandIn(Mapping[str, Any]):
    """A result that was never made: what is known of it, and for each other field a text that says
    where it would be from."""

    def __init__(self, path: str, known: Mapping[str, Any]) -> None:
        self._path = path
        self._known = known

    def __getitem__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        return _NO_ID if name.lower().endswith("id") else f"({self._path}.{name})"

    def __iter__(self) -> Iterator[str]:
        return iter({"id", *self._known})

    def __len__(self) -> int:
        return len({"id", *self._known})
