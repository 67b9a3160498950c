"""What a worker does for all workspaces at once, each in one step of Redis: which of them has work,
whether bells are heard, and that it lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.store import keys, origin, scripts
from webhooks.store.inbox import LEASE_S, Claim, Inbox, read_claim
from webhooks.store.origin import Sign
from webhooks.store.reply import text


@dataclass(frozen=True)
class InForce:
    """The rules that a worker has for one workspace."""

    #: of the set
    hash: str
    #: of each rule
    ids: Sequence[str]
    #: why it could not load a newer set; empty when it has the newest
    problem: str = ""


@dataclass(frozen=True)
class Swept:
    """What one sweep found."""

    rang: bool
    #: lanes with an event that is due now
    due: int
    #: milliseconds the oldest of them is overdue
    overdue_ms: int
    #: bells that wait to be heard
    bells: int = 0


class Rounds:
    """The inboxes of one process, by the place each has in the list. They share one Redis.

    now_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(self, inboxes: Sequence[Inbox]) -> None:
        self._inboxes = inboxes
        self._client = inboxes[0].client
        self._prefixes = [inbox.client.key.prefix for inbox in inboxes]

    def claim(
        self,
        order: Sequence[int],
        limit: int,
        *,
        slots: int = 1,
        lease_s: int = LEASE_S,
        now_ms: int | None = None,
    ) -> tuple[int, list[Claim]]:
        """Claim up to `limit` due events, of different lanes of one inbox, longest due first.

        order: the inboxes to look into; the first with something due is taken from. The more of
        them have something due, the fewer are taken. slots: tasks one worker runs at a time; what
        is due is shared out over all slots of all workers. lease_s: seconds until another worker
        may claim them. Returns which inbox it was, and nothing when nothing is due.
        """
        of = [self._prefixes[place] for place in order]
        taken, rows = self._run(of, "claim", now_ms, limit, lease_s * 1000, slots)
        return (order[taken - 1] if taken else -1), list(map(read_claim, rows))

    def sweep(
        self, worker: str, *, worker_silent_s: int, turn_ms: int = 900, now_ms: int | None = None
    ) -> Swept:
        """Ring when something is due and unclaimed; forget silent workers and old list entries.

        worker: who asks. turn_ms: only the first who asks within this time acts, the others look.
        """
        keep_ms = self._inboxes[0].retention_s * 1000
        told = (worker_silent_s * 1000, keep_ms, worker, turn_ms)
        rang, due, overdue_ms, bells = self._run(self._prefixes, "sweep", now_ms, *told)
        return Swept(bool(rang), due, int(overdue_ms), bells)

    def enlist(
        self, worker: str, *, bell: str, rules: Sequence[InForce], now_ms: int | None = None
    ) -> list[Sign | str]:
        """Say that this worker lives, how to wake it, and which rules it has for each inbox.

        Returns for each what tells a Redis that has lost something; or, where somebody has
        overwritten its keys, what is wrong with them.
        """
        told = [part for one in rules for part in (one.hash, "\n".join(one.ids), one.problem)]
        signs = self._run(self._prefixes, "enlist", now_ms, worker, bell, *told)
        return [origin.read(sign) if len(sign) > 1 else text(sign[0]) for sign in signs]

    def leave(self, worker: str) -> None:
        """Say that this worker ends."""
        pipe = self._client.pipeline(transaction=False)
        pipe.zrem(keys.WORKERS, worker)
        for inbox in self._inboxes:
            pipe.hdel(inbox.client.key.rule_workers, worker)
        pipe.execute()

    def _run(self, prefixes: Sequence[str], name: str, now_ms: int | None, *told: Any) -> Any:
        now = "" if now_ms is None else now_ms
        return scripts.over(self._client, prefixes, name, now, *told)
