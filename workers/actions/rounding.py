"""How long a time entry should be: raised to a minimum first, then rounded to whole steps.

All in whole seconds. Performs no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down", "nearest"]


@dataclass(frozen=True)
class Rounding:
    """What lengths are allowed."""

    #: seconds that a length is a multiple of; 0: any length
    step_s: int = 0
    direction: Direction = "up"
    #: seconds beyond a whole step that are let go, whatever the direction
    tolerance_s: int = 0
    #: seconds that no length is below
    minimum_s: int = 0

    def of(self, duration_s: int) -> int:
        """The allowed length for a length; the same for a length that is allowed already.

        What rounding would make shorter than the minimum has the first step above the minimum.
        What it would make nothing of, and no minimum raises, stays as it is: tracked work does not
        vanish.
        """
        raised_s = max(duration_s, self.minimum_s)
        if not self.step_s:
            return raised_s
        rounded_s = self._steps(raised_s) * self.step_s
        if rounded_s < self.minimum_s:
            return -(-self.minimum_s // self.step_s) * self.step_s
        return rounded_s or raised_s

    def _steps(self, length_s: int) -> int:
        whole, rest_s = divmod(length_s, self.step_s)
        # Before the first step there is none that a rest could be beyond of.
        if not rest_s or (whole and rest_s <= self.tolerance_s):
            return whole
        match self.direction:
            case "up":
                return whole + 1
            case "down":
                return whole
        return whole + (2 * rest_s >= self.step_s)
