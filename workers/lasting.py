"""Making entries of the ledger last: no write is sent whose entry a failover of Redis could undo.

Redis passes on to its replicas what it has taken after it has answered. What it had not passed on
is gone when a replica takes its place, and a write whose entry is gone would be made once more. So
whoever is about to send waits until all replicas have the entry: less than a millisecond as a rule.
A replica that does not answer holds writes up until Redis drops it (repl-timeout, a minute). Where
sentinels watch a primary that has none left, they are held up for a minute, too.
"""

from __future__ import annotations

from typing import Any

from webhooks.errors import RunHeld
from webhooks.store import scripts
from webhooks.store.client import Client

#: seconds until it is tried again
_AGAIN_S = 1.0


class Lasting:
    """What is known of the Redis that the entries of one event are made in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._led_to: object = None
        self._replicas = 0

    def begin(self) -> None:
        """An entry is about to be made."""
        self._led_to = self._client.leads_to

    def begun(self, replicas: int) -> None:
        """It was made, in a Redis that has so many replicas."""
        self._replicas = replicas

    @property
    def is_there(self) -> bool:
        """Whether no failover can undo it, because there is nothing to fail over to."""
        return not self._client.may_be_undone(self._led_to, self._replicas)

    def run(self, name: str, *arguments: str | bytes | int) -> Any:
        """Run a script over the keys of the client's workspace, and wait for the replicas.

        Raises RunHeld when they lack what it has written.
        """
        if self.is_there:
            return scripts.run(self._client, name, "", *arguments)
        if not self._replicas:
            why = "Redis has no replica that has what it has, and may not be the primary any more"
            raise RunHeld("not-replicated", why, _AGAIN_S)
        told = ("", *arguments)
        reply, have = scripts.replicated(self._client, name, *told, replicas=self._replicas)
        if not have:
            why = "a replica of Redis lags behind: should it take over, the write would be doubled"
            raise RunHeld("not-replicated", why, _AGAIN_S)
        return reply
