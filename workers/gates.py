"""What stands between a matching rule and its run: is it our own doing, is its window taken?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webhooks.event import Event
from webhooks.store.turns import Turns
from workers.targets.awork import Awork
from workers.targets.directory import Directory


@dataclass(frozen=True)
class StoredGates:
    """Answers from awork and from Redis."""

    event: Event
    payload: Mapping[str, Any]
    awork: Awork
    directory: Directory
    turns: Turns

    def is_ours(self) -> bool:
        """True when the user that our API token acts as caused the event."""
        return is_ours(self.payload, self.awork, self.directory)

    def take_window(self, rule: str, values: str, *, time_s: int) -> str:
        """Take a window of `once_within`; returns the id of the event that has it."""
        return self.turns.take_window(rule, values, time_s=time_s, by=self.event.id)


def is_ours(payload: Mapping[str, Any], awork: Awork, directory: Directory) -> bool:
    """True when the user that our API token acts as caused the event; asks awork who that is only
    when the event names someone."""
    by = payload.get("triggeredBy")
    return isinstance(by, dict) and bool(by.get("id")) and by.get("id") == directory.me(awork)
