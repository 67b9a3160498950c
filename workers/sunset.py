"""What is told of the end of Workiva's API that is set, and that it is over.

One in each worker; it looks at the start and by the housekeeping thread's turns, and does something
on the first of each day (UTC). A worker that is there when the API ends goes on: its target holds
the events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import structlog

from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.targets import deprecations, workiva_api
from workers.targets.workiva_api import Api

log = structlog.get_logger()

ENDS = "workiva:prototype-ends"
GONE = "workiva:prototype-gone"


class Sunset:
    """The watch. now: aware, UTC."""

    def __init__(self, client: Client, api: Api, now: Callable[[], datetime]) -> None:
        self._client = client
        self._problems = Problems(client)
        self._api = api
        self._now = now
        #: for which all was told; None before the first look
        self._told: date | None = None

    def look(self) -> None:
        """Once a day: tell that the API ends soon, or has ended, or that neither is so any more.
        With today's API what answers said of an end is over too: it was said of the one before.

        Raises what Redis raises; the next look tells what this one could not.
        """
        today = self._now().date()
        if self._told is not None and (self._api.gone_on is None or today == self._told):
            # Without an end, the start has said all: what is told later is another worker's.
            return
        if self._api.gone_on is None:
            deprecations.forget(self._client)
        wrong = found(self._api, today)
        for cause in (GONE, ENDS):
            if cause in wrong:
                self._raise(cause, *wrong[cause])
            elif self._problems.cleared(cause) and not wrong:
                log.info("workiva_api_fit_again", cause=cause, api=self._api.name)
        self._told = today

    def _raise(self, cause: str, message: str, way_out: str) -> None:
        is_news = self._problems.raised(cause, message, way_out=way_out)
        # Each start says it: who starts a worker may look at nothing but its log.
        if is_news or self._told is None:
            level = log.error if cause == GONE else log.warning
            level("workiva_api_ends", cause=cause, problem=message, way_out=way_out)


def found(api: Api, today: date) -> dict[str, tuple[str, str]]:
    """What is wrong with an API, and the way out, by cause; empty on most days. today: in UTC."""
    if api.is_gone(today):
        return {GONE: workiva_api.gone(api)}
    if api.ends_soon(today):
        return {ENDS: workiva_api.ends_soon(api, today)}
    return {}
