"""Asking awork what nobody waits for: after everybody else, and with patience.

Who gets nothing of the budget waits for their place in line, and asks again. So does who awork
cannot answer now, as often as told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from webhooks.errors import BudgetSpent, TargetBusy
from workers.targets.awork import Awork, Connection

_Answer = TypeVar("_Answer")

#: seconds before awork is asked again, when it does not say how many
AGAIN_S = 5.0


class Ended(Exception):
    """The process was told to end while it waited."""


class Asking:
    """Asks, and waits.

    wait: waits so many seconds; True when the process is to end. tries: how often awork may fail to
    answer one question before the error is raised; waiting for the budget is no failure.
    """

    def __init__(
        self, connection: Connection, *, wait: Callable[[float], bool], tries: int = 1
    ) -> None:
        self._connection = connection
        self._wait = wait
        self._tries = tries
        #: requests by status, for the metrics
        self.tally: Counter[str] = Counter()

    def ask(self, question: Callable[[Awork], _Answer]) -> _Answer:
        """The answer to a question, which may be asked more than once.

        Raises TargetFailed as Awork.send does, but for BudgetSpent, and Ended.
        """
        failed = 0
        while True:
            try:
                return question(Awork(self._connection, self.tally, urgent=False))
            except BudgetSpent as spent:
                self._pause(spent.retry_after_s)
            except TargetBusy as busy:
                failed += 1
                if failed >= self._tries or busy.code == "token-rejected":
                    raise
                self._pause(busy.retry_after_s)

    def _pause(self, seconds: float | None) -> None:
        if self._wait(AGAIN_S if seconds is None else seconds):
            raise Ended
