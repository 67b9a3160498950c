"""Redis's clients, each of which knows the workspace whose keys it is for."""

from __future__ import annotations

from typing import Any, cast

import redis
import redis.asyncio

from webhooks.store import primary, sentinels
from webhooks.store.keys import UNNAMED, Keys


class Client(redis.Redis):
    """The workers' kind, and the commands'."""

    key: Keys = UNNAMED

    @classmethod
    def at(cls, url: str, **options: Any) -> Client:
        """A client of the Redis at this URL, or of the primary that its sentinels name.

        options: as redis-py has them. Raises ValueError for a URL that cannot be read.
        """
        if sentinels.is_one(url):
            return cast("Client", cls.from_pool(primary.Pool(sentinels.read(url), **options)))
        return cast("Client", cls.from_url(url, **options))

    @property
    def leads_to(self) -> object:
        """Where connections lead to, as far as sentinels say it; None without any."""
        return getattr(self.connection_pool, "master_address", None)

    def may_be_undone(self, there: object, replicas: int) -> bool:
        """Whether a failover may undo what was written there, and is in no replica.

        there: where connections led to. replicas: how many it has, as far as it knows.
        """
        pool = self.connection_pool
        if isinstance(pool, primary.Pool):
            return pool.may_be_undone(there, replicas)
        return replicas > 0

    def of(self, workspace: str) -> Client:
        """The same connections, for the keys of another workspace."""
        other = Client(connection_pool=self.connection_pool)
        other.key = Keys(workspace)
        return other


class AsyncClient(redis.asyncio.Redis):
    """The edge's kind."""

    key: Keys = UNNAMED

    @classmethod
    def at(cls, url: str, **options: Any) -> AsyncClient:
        """As `Client.at`."""
        if sentinels.is_one(url):
            pool = primary.AsyncPool(sentinels.read(url), **options)
            return cast("AsyncClient", cls.from_pool(pool))
        return cast("AsyncClient", cls.from_url(url, **options))

    def of(self, workspace: str) -> AsyncClient:
        """The same connections, for the keys of another workspace."""
        other = AsyncClient(connection_pool=self.connection_pool)
        other.key = Keys(workspace)
        return other
