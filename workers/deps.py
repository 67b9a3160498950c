"""What processing needs from outside; made once for each worker process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from queue import SimpleQueue
from typing import Protocol

from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox
from webhooks.store.turns import Turns
from workers.holdings import Holdings
from workers.rules.model import RuleSet
from workers.targets.awork import Connection
from workers.targets.directory import Directory
from workers.targets.http import Target
from workers.targets.workiva import Connection as WorkivaConnection


class Means(Protocol):
    """What carrying out a plan needs from outside."""

    @property
    def directory(self) -> Directory: ...
    @property
    def holdings(self) -> Holdings: ...
    @property
    def targets(self) -> Mapping[str, Target]: ...
    @property
    def workiva(self) -> WorkivaConnection: ...
    @property
    def jitter(self) -> Callable[[float], float]: ...
    @property
    def stopping(self) -> Callable[[], bool]: ...
    @property
    def open_from(self) -> Callable[[datetime], date | None]: ...
    @property
    def now(self) -> Callable[[], datetime]: ...
    def now_ms(self) -> int: ...
    def answering_for_s(self, target: str) -> float: ...


@dataclass(frozen=True)
class Deps:
    """Shared by all threads of the process."""

    rules: Callable[[], RuleSet]
    redis: Client
    inbox: Inbox
    turns: Turns
    connection: Connection
    directory: Directory
    holdings: Holdings
    #: what is notified, by name
    targets: Mapping[str, Target]
    workiva: WorkivaConnection
    retention_s: int
    #: aware, UTC
    now: Callable[[], datetime]
    #: picks a wait up to the given seconds
    jitter: Callable[[float], float]
    #: true once the process was told to end
    stopping: Callable[[], bool]
    #: the first day time may be written on, given now in the rule's zone; None: every day is open
    open_from: Callable[[datetime], date | None]
    #: what Redis did not let us settle; given back when it is well again
    unsettled: SimpleQueue[Claim] = field(default_factory=SimpleQueue)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return int(self.now().timestamp() * 1000)

    def answering_for_s(self, target: str) -> float:
        """Seconds since a target answers again; 0 while it is away, infinity when it was not."""
        return self.connection.circuits.answering_for_s(target)
