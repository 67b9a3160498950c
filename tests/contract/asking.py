"""Processes that ask for requests of their shared budget, at times of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field

from webhooks.errors import BudgetSpent
from webhooks.store.client import Client
from workers.targets.budget import SharedBudget, Taken


@dataclass
class Asking:
    """Two processes that ask for requests at times of the test's own, in milliseconds."""

    client: Client
    per_minute: int
    now_ms: int = 1_900_000_000_000
    #: the times at which requests were sent
    sent: list[int] = field(default_factory=list)
    budgets: list[SharedBudget] = field(init=False)

    def __post_init__(self) -> None:
        self.client.flushall()
        self.budgets = [
            SharedBudget(self.client, self.per_minute, now_ms=lambda: self.now_ms) for _ in range(2)
        ]

    def take(self, *, urgent: bool = True, begun: bool = True, process: int = 0) -> Taken:
        taken = self.budgets[process].take(urgent=urgent, begun=begun)
        self.sent.append(self.now_ms)
        return taken

    def wait_s(self, *, urgent: bool = True, begun: bool = True, process: int = 0) -> float:
        """How long one has to wait; 0 for not at all."""
        try:
            self.take(urgent=urgent, begun=begun, process=process)
        except BudgetSpent as spent:
            return spent.retry_after_s or 0.0
        return 0.0

    def many(self, *, urgent: bool = True, begun: bool = True) -> int:
        """How many can be sent now, by both in turns, over the seconds that it takes."""
        before = len(self.sent)
        while (wait := self.wait_s(urgent=urgent, begun=begun, process=len(self.sent) % 2)) < 5:
            self.now_ms += int(wait * 1000)
        return len(self.sent) - before

    def most_in(self, length_ms: int) -> int:
        """The most that were sent in any time of this length."""
        return max(sum(begin <= at < begin + length_ms for at in self.sent) for begin in self.sent)
