"""The `hookwork` command, on what workers have left in a real Redis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.sandbox.server import Sandbox
from tests.contract.test_flow import rules, update
from tests.worker import Worker

#: 401 of awork for a missing permission: final
REFUSED = "target-refused"


def hookwork(one: Worker, *arguments: str) -> Result:
    """Give a command."""
    return CliRunner().invoke(app, arguments, env={"REDIS_URL": one.server.url})


@dataclass
class Desk:
    """A worker that comments on tasks, awork, and whoever sits before the command line."""

    one: Worker
    sandbox: Sandbox

    def fails(self, name: str = "Logo", **envelope: Any) -> str:
        """An event whose only write awork refuses. Returns its id."""
        self.sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
        return self.works(name, "failed", **envelope)

    def works(self, name: str = "Logo", outcome: str = "done", **envelope: Any) -> str:
        """An event that is worked on. Returns its id."""
        self.one.clock.forward(seconds=1)
        event_id = self.one.deliver(update(name, **envelope))
        assert self.one.work().outcome == outcome
        return event_id

    def __call__(self, *arguments: str) -> Result:
        return hookwork(self.one, *arguments)


__all__ = ["REFUSED", "Desk", "hookwork", "rules", "update"]
