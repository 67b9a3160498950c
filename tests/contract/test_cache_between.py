"""What threads of one process do between two steps of another that forgets a read. Real Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from deploy.local.redis_server import RedisServer
from tests.unit.workers.answering import Asked
from webhooks.store import keys
from webhooks.store.client import Client
from workers.targets.cache import Cache


class Between(Client):
    """Does something else right before its next command: as another thread might."""

    first: Callable[[], object] | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """See Client."""
        first, self.first = self.first, None
        if first:
            first()
        execute: Any = super().execute_command
        return execute(*args, **options)


@pytest.mark.parametrize(
    "forget", [lambda cache: cache.drop(["a"]), lambda cache: cache.outdate(["a"], 6)]
)
def test_what_another_thread_reads_while_it_is_forgotten_is_not_kept(
    client: Client, server: RedisServer, forget: Callable[[Cache], None]
) -> None:
    between = Between(connection_pool=redis.ConnectionPool.from_url(server.url))
    ask = Asked(at_us=5)
    cache = Cache(between)
    cache.read("a", ask, keep_s=300)
    between.first = lambda: cache.read("a", ask, keep_s=300)

    forget(cache)

    assert cache.read("a", ask, keep_s=300) == 2
    between.close()
    assert client.exists(keys.UNNAMED.kept("a")) == 1
