"""How many calls Workiva takes in a second. Performs no I/O.

Source: the older documentation's pages of tasks: as low as 75 requests per second, shared across
the workspace.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.sandbox.stamps import Clock

PER_SECOND = 75


@dataclass
class Budget:
    """Counts calls by the clock's full seconds."""

    clock: Clock
    per_second: int = PER_SECOND
    _second: int = 0
    _used: int = 0

    def spend(self) -> int:
        """Count one call. Returns 0 when it is within the budget, else the seconds to wait."""
        second = int(self.clock().timestamp())
        if second != self._second:
            self._second, self._used = second, 0
        if self._used >= self.per_second:
            return 1
        self._used += 1
        return 0
