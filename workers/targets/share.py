"""The part of awork's budget that the comparison of the inbox with awork may use. Sends nothing.

5 % of AWORK_RATE_PER_MINUTE in any minute, by all workers together, and none of it when the budget
itself has none for what nobody waits for.
"""

from __future__ import annotations

from collections.abc import Callable

from webhooks.errors import BudgetSpent
from webhooks.store import scripts
from webhooks.store.client import Client
from workers.targets.budget import Budget, Taken

PERCENT = 5


class Share:
    """A budget within the budget."""

    def __init__(
        self,
        whole: Budget,
        client: Client,
        per_minute: int,
        *,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        """whole: what all share. per_minute: of the whole.
        now_ms: only for tests; production uses Redis's own clock."""
        self._whole = whole
        self._client = client
        self._limit = max(1, per_minute * PERCENT // 100)
        self._now_ms = now_ms

    def take(self, *, urgent: bool, begun: bool) -> Taken:  # noqa: ARG002  it is never urgent
        """As in Budget. Work that has begun has no advantage either."""
        now_ms = "" if self._now_ms is None else self._now_ms()
        wait_ms = int(scripts.run(self._client, "watch", now_ms, self._limit))
        if wait_ms:
            raise BudgetSpent(
                f"comparing with awork has sent {self._limit} requests in a minute, its share of"
                f" the budget; it goes on in {wait_ms / 1000:.0f} s",
                code="budget",
                retry_after_s=wait_ms / 1000,
            )
        return self._whole.take(urgent=False, begun=False)

    def told(self, taken: Taken, left: int, reset_s: float) -> None:
        """As in Budget."""
        self._whole.told(taken, left, reset_s)

    def hold(self, seconds: float) -> None:
        """As in Budget."""
        self._whole.hold(seconds)
