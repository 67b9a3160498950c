"""How many bells each worker has heard, as Celery's remote control tells."""

from __future__ import annotations

from typing import Any

from celery import Celery

from workers.bell import TASK

#: seconds in which every worker that can answer has answered
_ANSWER_S = 1.0


class Bells:
    """Asks the workers."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("hosts", broker=broker_url, set_as_current=False)

    def heard(self) -> dict[int, int]:
        """Process id of each worker that answers -> bells it has heard since it began."""
        control: Any = self._app.control
        replies = control.broadcast("stats", reply=True, timeout=_ANSWER_S)
        told = [stats for reply in replies for stats in reply.values()]
        return {stats["pid"]: stats["total"].get(TASK, 0) for stats in told}
