"""What an edit changed, in the words of events and activities. Performs no I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass

from deploy.sandbox.refusals import Model


@dataclass(frozen=True)
class Change:
    """One property that changed, as `changes` of an event names it."""

    #: PascalCase, such as `DueOn`
    property: str
    old: str | None
    new: str | None

    def model(self) -> Model:
        pairs = {"property": self.property, "old": self.old, "new": self.new}
        return {name: value for name, value in pairs.items() if value is not None}


def differences(before: Model, new: Model) -> list[Change]:
    """The properties of `new` that differ from what they were, in the order of `new`."""
    changes = [_change(name, before.get(name), value) for name, value in new.items()]
    return [change for change in changes if change.old != change.new]


def _change(name: str, old: object, new: object) -> Change:
    return Change(name[0].upper() + name[1:], _text(old), _text(new))


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(filter(None, (_text(item) for item in value))) or None
    if isinstance(value, dict):
        return str(value.get("name") or value.get("id") or json.dumps(value))
    return str(value)
