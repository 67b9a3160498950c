"""Workers that ask one target, at times of the test's own: each with a client of Redis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from webhooks.errors import TargetAway, TargetBusy, TargetFailed
from webhooks.store.client import Client
from webhooks.store.problems import Problem, Problems
from workers.targets.circuits import Circuits
from workers.targets.http import Answer

FINE = Answer(200, {}, {})
AWAY = TargetBusy("POST /x: ConnectError", code="not-sent")

#: what a target does with one request
Does = Answer | TargetFailed


@dataclass
class Circling:
    """Several workers and one target."""

    client: Client
    target: str = "notify:https://chat.example.com"
    now_ms: int = 1_900_000_000_000
    workers: list[Circuits] = field(init=False)
    #: requests that reached the target
    sent: int = 0

    def __post_init__(self) -> None:
        self.workers = [self.worker() for _ in range(3)]

    def worker(self, by: str = "") -> Circuits:
        """One more. by: its host."""
        return Circuits(self.client, by=by, now_ms=lambda: self.now_ms)

    def ask(self, does: Does = FINE, *, worker: int = 0, asked: str = "") -> float | None:
        """Ask, and let the target do this. Returns None when it was sent, and whatever came of it,
        else the seconds to wait."""
        circuits = self.workers[worker]
        try:
            (leave,) = circuits.may_send(self.target)
        except TargetAway as away:
            return away.retry_after_s
        self.end(leave, does, worker=worker, asked=asked)
        return None

    def begin(self, *, worker: int = 0) -> str:
        """Begin to ask."""
        (leave,) = self.workers[worker].may_send(self.target)
        return leave

    def end(
        self, leave: str, does: Does = FINE, *, worker: int = 0, asked: str = ""
    ) -> TargetFailed | None:
        """End it: what the target does with it comes now."""
        try:
            self.workers[worker].through(self.target, leave, self._doing(does), asked=asked)
        except TargetFailed as failed:
            return failed
        return None

    def go_away(self) -> None:
        """Five failures in a row."""
        for number in range(5):
            assert self.ask(AWAY, worker=number % 3) is None

    def later(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)

    @property
    def problems(self) -> list[Problem]:
        return Problems(self.client).all()

    def _doing(self, does: Does) -> Callable[[], Answer]:
        def send() -> Answer:
            self.sent += 1
            if isinstance(does, TargetFailed):
                raise does
            return does

        return send
