"""Redis's clients, each of which knows the workspace whose keys it is for."""

from __future__ import annotations

from typing import Any, cast

import redis
import redis.asyncio

from webhooks.store.keys import UNNAMED, Keys


class Client(redis.Redis):
    """The workers' kind, and the commands'."""

    key: Keys = UNNAMED

    @classmethod
    def at(cls, url: str, **options: Any) -> Client:
        """A client of the Redis at this URL. options: as redis-py has them."""
        return cast("Client", cls.from_url(url, **options))

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
        """A client of the Redis at this URL. options: as redis-py has them."""
        return cast("AsyncClient", cls.from_url(url, **options))

    def of(self, workspace: str) -> AsyncClient:
        """The same connections, for the keys of another workspace."""
        other = AsyncClient(connection_pool=self.connection_pool)
        other.key = Keys(workspace)
        return other
