"""awork's request budget: so many calls a minute, so many a second, shared by all callers.

Performs no I/O. Source: https://developers.awork.com/rate-limits
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

from deploy.sandbox.stamps import Clock

#: What Premium workspaces have.
PER_MINUTE = 1000
PER_SECOND = 500

_MINUTE_S = 60


@dataclass
class _Window:
    """Calls counted since the clock's last full minute or second."""

    limit: int
    length_s: int
    began_s: int = 0
    used: int = 0

    def move(self, now: datetime) -> None:
        began_s = int(now.timestamp()) // self.length_s * self.length_s
        if began_s != self.began_s:
            self.began_s, self.used = began_s, 0

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def reset_s(self, now: datetime) -> int:
        return max(1, math.ceil(self.began_s + self.length_s - now.timestamp()))


@dataclass
class Budget:
    """Counts calls and says when there have been too many."""

    clock: Clock
    per_minute: int = PER_MINUTE
    per_second: int = PER_SECOND
    _minute: _Window = field(init=False)
    _second: _Window = field(init=False)

    def __post_init__(self) -> None:
        self._minute = _Window(self.per_minute, _MINUTE_S)
        self._second = _Window(self.per_second, 1)

    def spend(self) -> tuple[bool, dict[str, str]]:
        """Count one call. Returns whether it is within the budget, and the headers to send."""
        now = self.clock()
        for window in (self._minute, self._second):
            window.move(now)
        allowed = self._minute.remaining > 0 and self._second.remaining > 0
        if allowed:
            self._minute.used += 1
            self._second.used += 1
        return allowed, self._headers(now)

    def _headers(self, now: datetime) -> dict[str, str]:
        tight = self._second if self._is_second_tighter() else self._minute
        return {
            "RateLimit-Limit": str(tight.limit),
            "RateLimit-Remaining": str(tight.remaining),
            "RateLimit-Reset": str(tight.reset_s(now)),
            "X-RateLimit-Limit-Second": str(self._second.limit),
            "X-RateLimit-Remaining-Second": str(self._second.remaining),
            "X-RateLimit-Limit-Minute": str(self._minute.limit),
            "X-RateLimit-Remaining-Minute": str(self._minute.remaining),
        }

    def _is_second_tighter(self) -> bool:
        return self._minute.remaining > 0 and self._second.remaining == 0
