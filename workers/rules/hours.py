"""Working hours of a rule: from the words of a file to windows of each weekday. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: from, to; `to` is later, and 00:00 as `to` means the end of the day
Window = tuple[time, time]


@dataclass(frozen=True)
class WorkingHours:
    """When people work, in the rule's zone."""

    #: weekday (0 is Monday) -> its windows in order, none overlapping; a day left out is free
    windows: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)

    def is_workday(self, weekday: int) -> bool:
        """weekday: 0 is Monday. Without any hours, Monday to Friday are workdays."""
        return bool(self.windows.get(weekday)) if self.windows else weekday < 5  # noqa: PLR2004


#: a rule file that says nothing about hours
NO_HOURS = WorkingHours()
