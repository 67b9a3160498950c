"""Processes that work for several workspaces, as far as their claims go; and events for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contract.several import rounds_of
from tests.stored import event
from webhooks.event import to_head
from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox
from workers.seats import Seats
from workers.shift import Shift

#: far ahead of Redis's clock: whatever was stored is due
NOW_MS = 4_000_000_000_000


@dataclass
class Process:
    """One worker process: its threads are told apart by what they have claimed."""

    client: Client
    names: Sequence[str]
    slots: int = 8
    shift: Shift = field(init=False)

    def __post_init__(self) -> None:
        rounds = rounds_of(self.client, *self.names)
        self.shift = Shift([], rounds, Seats(len(self.names), self.slots))

    def claim(self, limit: int = 16) -> tuple[str, list[Claim]]:
        """What a thread of it takes next, and of which workspace; "nothing" when it gets none."""
        place, claims = self.shift.claim(limit, self.slots)
        return (self.names[place] if claims else "nothing"), claims

    def served(self, times: int) -> list[str]:
        """Whom so many claims are of, by threads that each are done at once."""
        found = []
        for _ in range(times):
            name, claims = self.claim()
            found.append(name)
            if claims:
                self.leave(name)
        return found

    def leave(self, name: str) -> None:
        """A thread is done with what it has claimed."""
        self.shift.seats.leave(self.names.index(name))

    def finish(self, name: str, claims: Sequence[Claim]) -> None:
        """The same, and all of it is settled."""
        inbox = Inbox(self.client.of(name), retention_s=1_000)
        for claim in claims:
            inbox.finish(claim, outcome="done", run=b"")
        self.leave(name)


def pile(client: Client, name: str, many: int, *, first: int = 0) -> None:
    """So many events of as many entities, due: as accept.lua stores them, and quicker."""
    keys = client.of(name).key
    pipe = client.pipeline(transaction=False)
    for number in range(first, first + many):
        one = event(f"{name}-{number}", entity=f"t{number}")
        fields: Any = {"state": "due", "head": to_head(one), "body": one.body}
        pipe.hset(keys.event(one.id), mapping=fields)
        pipe.zadd(keys.lane(one.lane), {one.id: one.occurred_us})
        pipe.zadd(keys.waiting, {one.id: 1_000})
        pipe.zadd(keys.due, {one.lane: 1_000})
    pipe.execute()
