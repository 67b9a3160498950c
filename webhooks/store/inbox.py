"""The inbox: events that wait, who works on them, and how they are settled. The workers' side.

The inbox is the truth and the queue is a hint: a Celery message only says "look". An event's life:

    state    what happens                 script                        next state   only when
    -        it is told                   accept, enter, hand_on, undo  due          it is new
    -        it is told, and unreadable   accept                        quarantined  it is new
    due      a worker takes it            claim                         claimed      first in lane
    claimed  it is worked on              renew, begin                  claimed      claim in force
    claimed  its lease ends               claim                         claimed      by a new claim
    claimed  it is given back, or awaits  defer                         waiting      claim in force
    waiting  its time comes               time                          due
    claimed  it is done with              finish                        settled      claim in force
    claimed  it is given up               finish                        failed       claim in force
    settled  it is judged once more       replay                        due          not undone
    failed   it is judged once more       replay                        due          not undone
    failed   a person puts it away        drop                          settled

A claim is in force until the next one of the event (each has a higher fence), or until the event
is given back or settled. Nothing else changes a state: tests/promises/test_transitions.py.
The first event of a lane (one entity) is claimed, never a later one, so events of one entity are
handled one at a time and in order. keys.py has the table of every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webhooks.errors import LeaseLost
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.handled import Handled, from_reply

#: Seconds a claim lasts: more than three times what a request to a target usually takes at most
#: (16 s), because the lease is lengthened right before each write. Also longer than the time a
#: worker is given to end (25 s), so that nobody else starts on an event that is being finished.
LEASE_S = 60


@dataclass(frozen=True)
class Claim:
    """An event that is this worker's until the lease ends."""

    id: str
    lane: str
    #: which claim of this event it is; a later one makes this one void
    fence: int
    #: tries that ended with "again later"
    attempt: int
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)
    #: what was decided in an earlier try, encoded; empty when nothing was
    plan: bytes = field(repr=False, default=b"")
    #: the record of the tries so far, encoded; empty before the first
    run: bytes = field(repr=False, default=b"")
    #: claims before this one that ended with nothing: their workers died
    orphaned: int = 0
    #: how often it was settled and then asked for once more
    replays: int = 0
    #: what was settled of its entity before, as handled.py reads it
    handled: Mapping[str, str] = field(repr=False, default_factory=dict)


class Inbox:
    """Claims and settles events. Every method is one indivisible step in Redis.

    now_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(self, client: Client, *, retention_s: int) -> None:
        self.client = client
        self.retention_s = retention_s

    def claim(
        self, limit: int, *, slots: int = 1, lease_s: int = LEASE_S, now_ms: int | None = None
    ) -> list[Claim]:
        """Claim up to `limit` due events, of different lanes, longest due first.

        slots: tasks one worker runs at a time; what is due is shared out over all slots of all
        workers. lease_s: seconds until another worker may claim them.
        """
        _, rows = self._run("claim", now_ms, limit, lease_s * 1000, slots)
        return list(map(read_claim, rows))

    def renew(
        self, claim: Claim, *, plan: bytes = b"", lease_s: int = LEASE_S, now_ms: int | None = None
    ) -> None:
        """Lengthen the lease; with a plan, keep it in place of an earlier one.

        Raises LeaseLost when another worker has the event.
        """
        self._held(
            self._run("renew", now_ms, claim.id, claim.lane, claim.fence, lease_s * 1000, plan),
            claim,
        )

    def finish(
        self,
        claim: Claim,
        *,
        outcome: str,
        run: bytes,
        live: bytes = b"",
        before: bytes = b"",
        handled: Handled | None = None,
        seen: Mapping[str, bytes] | None = None,
        seen_of: str = "",
        counts: Mapping[str, int] | None = None,
        now_ms: int | None = None,
    ) -> None:
        """Settle an event and let its lane go on.

        run: the record of what was considered and done, kept with the event.
        live: what those who watch are told. counts: counters to raise.
        before: what the entity was like before, for when the event is judged once more.
        handled: what is kept of it, so that older events are known as such.
        seen: properties of the entity as they are now, to be kept for the lane `seen_of`.
        Raises LeaseLost when another worker has the event; nothing is changed then.
        """
        self._held(
            self._run(
                "finish",
                now_ms,
                claim.id,
                claim.lane,
                claim.fence,
                self.retention_s,
                outcome,
                run,
                live,
                before,
                self.client.key.handled(claim.lane),
                *_kept(handled),
                self.client.key.seen(seen_of),
                len(seen or {}),
                *_flat(seen),
                *_flat(counts),
            ),
            claim,
        )

    def defer(
        self,
        claim: Claim,
        *,
        delay_s: float,
        counts_as_try: bool = True,
        run: bytes = b"",
        counts: Mapping[str, int] | None = None,
        now_ms: int | None = None,
    ) -> None:
        """Give an event back, due again after delay_s seconds. Later events of its lane wait.

        Raises LeaseLost when another worker has the event; nothing is changed then.
        """
        self._held(
            self._run(
                "defer",
                now_ms,
                claim.id,
                claim.lane,
                claim.fence,
                int(delay_s * 1000),
                int(counts_as_try),
                run,
                *_flat(counts),
            ),
            claim,
        )

    def rule_sets(self) -> int:
        """How many different sets of rules the workers have."""
        return len(set(self.client.hvals(self.client.key.rule_workers)))

    def _run(self, name: str, now_ms: int | None, *arguments: Any) -> Any:
        return scripts.run(self.client, name, "" if now_ms is None else now_ms, *arguments)

    @staticmethod
    def _held(answer: int, claim: Claim) -> None:
        if not answer:
            raise LeaseLost(f"event {claim.id}, claim {claim.fence}: not held any more")


def read_claim(row: Any) -> Claim:
    """A claim as claim.lua returns it."""
    fields = [row[0].decode(), row[1].decode(), *row[2:10], from_reply(row[10])]
    return Claim(*fields)


def _kept(handled: Handled | None) -> tuple[str, ...]:
    if handled is None:
        return ("",) * 4
    gone = f"{handled.kind} {handled.occurred_us}" if handled.deletes else ""
    return (handled.field, handled.version, handled.digest, gone)


def _flat(pairs: Mapping[str, Any] | None) -> list[Any]:
    return [part for pair in (pairs or {}).items() for part in pair]
