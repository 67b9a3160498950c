"""What awork makes of our own writes: every event that the sandbox raises comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from deploy.sandbox.server import Sandbox
from deploy.sandbox.shown import without_nulls
from tests.worker import Worker
from webhooks.store.journal import Run
from workers.drain import work_on

#: until a test gives up
MOST_EVENTS = 60

Change = Callable[[dict[str, Any]], dict[str, Any]]


class Echo:
    """What awork raises, delivered as soon as the worker has nothing else to do."""

    def __init__(self, one: Worker, sandbox: Sandbox) -> None:
        self.one = one
        self.raised: list[dict[str, Any]] = []
        #: what becomes of an event on its way
        self.change: Change = lambda payload: payload
        sandbox.world.listeners.append(lambda envelope: self.raised.append(envelope))  # noqa: PLW0108  another list later

    def begin(self, payload: dict[str, Any]) -> list[Run]:
        """Deliver an event and all that comes of it."""
        self.one.deliver(payload)
        return self.go_on()

    def go_on(self) -> list[Run]:
        """Work on what is due, and on all that comes of it."""
        runs = self._until_held()
        while self.raised:
            runs += self.again()
            assert len(runs) < MOST_EVENTS, "it never ends"
        return runs

    def again(self) -> list[Run]:
        """Deliver what was raised so far, and work on it."""
        raised, self.raised = self.raised, []
        for envelope in raised:
            self.one.deliver(self.change(json.loads(json.dumps(without_nulls(envelope)))))
        return self._until_held()

    def _until_held(self) -> list[Run]:
        """What waits is due at once by the test's clock, so each held event is tried once."""
        worked: dict[str, Run] = {}
        while claims := self.one.deps.inbox.claim(1, now_ms=self.one.clock.ms):
            work_on(claims[0], self.one.deps)
            ident = claims[0].id
            is_held = ident in worked
            worked[ident] = self.one.run(ident)
            if is_held:
                break
        return list(worked.values())


def by_nobody(payload: dict[str, Any]) -> dict[str, Any]:
    """The same event, which does not say who caused it."""
    return {name: value for name, value in payload.items() if name != "triggeredBy"}
