"""What is told of workspaces that no worker serves any more while events of theirs wait.

One in each worker; it looks by the housekeeping thread's turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import structlog

from webhooks.store.client import Client
from webhooks.store.problems import Problems
from webhooks.store.served import unserved

log = structlog.get_logger()

NOT_SERVED = "workspaces:not-served"
#: seconds between two looks
APART_S = 30.0
_WAY_OUT = "set what it had until they are settled, or delete what is stored of it"


class Unserved:
    """The watch. served: names of the workspaces of this process. clock: seconds that only go
    forward."""

    def __init__(
        self,
        client: Client,
        served: Collection[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """client: of the workspace among whose problems it is told."""
        self._client = client
        self._served = served
        self._clock = clock
        self._problems = Problems(client)
        self._looked: float | None = None

    def look(self) -> None:
        """Now and then: is there one? Raises what Redis raises."""
        now = self._clock()
        if self._looked is not None and now - self._looked < APART_S:
            return
        self._looked = now
        if not (found := unserved(self._client, self._served)):
            if self._problems.cleared(NOT_SERVED):
                log.info("workspaces_served_again")
            return
        each = (f"{name or 'the one without a name'} ({many})" for name, many in found.items())
        message = f"events wait in workspaces that no worker serves: {', '.join(each)}"
        if self._problems.raised(NOT_SERVED, message, way_out=_WAY_OUT):
            log.error("workspaces_not_served", problem=message, way_out=_WAY_OUT)
