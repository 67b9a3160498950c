"""Connections to whichever Redis the sentinels name as the primary now, of both clients.

redis-py asks the sentinels when it makes a connection. That is not enough for us, so here

- what answers a new connection must say itself that it is a primary;
- a command that is tried again asks, too: redis-py sends it to where it failed;
- a connection is dropped when Redis says in the middle of a script that it takes no writes, which
  redis-py notices only outside of scripts before Redis 7;
- who has heard nothing of the sentinels for a moment asks them before it uses a connection: a
  primary that was cut off, or frozen, takes writes for some ten seconds until it is told that it is
  one no more, and forgets them then.

Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

# mypy: allow-untyped-calls
# redis-py leaves most of what is here untyped.

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import redis.asyncio.sentinel as asynchronous
import redis.sentinel as synchronous
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.connection import SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from webhooks.store.asked import AsyncSentinels, NoPrimary, Sentinels, speaking
from webhooks.store.reply import text
from webhooks.store.sentinels import Address, place

#: seconds for which a primary is believed to be one, when nothing speaks against it
BELIEVED_S = 0.2
#: the same when no sentinel answers: where all are away, asking takes seconds
UNASKED_S = 10.0
#: seconds that a primary has to be without a replica before that is believed to last
ALONE_S = 60.0

#: Redis's words for taking no writes; a script has them in the middle of its error
_TAKES_NOTHING = re.compile(r"\b(READONLY|NOREPLICAS)\b")


class _Belief:
    """How long what the sentinels said last is believed.

    clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0

    def renew(self, seconds: float) -> None:
        self._until = self._clock() + seconds

    @property
    def is_over(self) -> bool:
        return self._clock() >= self._until


class _Connection(synchronous.SentinelManagedConnection):
    def connect_to(self, address: tuple[str, int]) -> None:
        super().connect_to(address)
        self.send_command("ROLE")
        if (role := text(self.read_response()[0])) != "master":
            self.disconnect()
            self.connection_pool.sentinel_manager.doubt()
            raise _no_more(address, role)

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self._sock:
            self.connect()
        super().send_packed_command(command, check_health)

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except ResponseError as error:
            if not _TAKES_NOTHING.search(str(error)):
                raise
            # Nothing was written; the sentinels may know another by now.
            self.disconnect()
            raise RedisConnectionError(str(error)) from error


class _AsyncConnection(asynchronous.SentinelManagedConnection):
    async def connect_to(self, address: tuple[str, int]) -> None:
        await super().connect_to(address)
        await self.send_command("ROLE")
        if (role := text((await self.read_response())[0])) != "master":
            await self.disconnect()
            self.connection_pool.sentinel_manager.doubt()
            raise _no_more(address, role)

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self.is_connected:
            await self.connect()
        await super().send_packed_command(command, check_health)

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)
        except ResponseError as error:
            if not _TAKES_NOTHING.search(str(error)):
                raise
            # As above.
            await self.disconnect()
            raise RedisConnectionError(str(error)) from error


class _TLS(_Connection, SSLConnection):
    pass


class _AsyncTLS(_AsyncConnection, AsyncSSLConnection):
    pass


class Pool(synchronous.SentinelConnectionPool):
    """Connections to the primary.

    options: of each connection, as redis-py has them. clock: seconds that only go forward.
    """

    def __init__(
        self, address: Address, *, clock: Callable[[], float] = time.monotonic, **options: Any
    ) -> None:
        self._belief, self._clock = _Belief(clock), clock
        #: the primary that was found without a replica, and since when
        self._alone: tuple[object, float] | None = None
        kind = _TLS if address.is_tls else _Connection
        told = {"connection_class": kind, **speaking(address), **options}
        super().__init__(address.master, Sentinels(address), **told)

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """One that leads to the primary.

        Raises NoPrimary, too, when that is down for all sentinels: what it still takes is lost when
        another takes its place.
        """
        if self.master_address and self._belief.is_over:
            try:
                self.get_master_address()
                self._belief.renew(BELIEVED_S)
            except NoPrimary as none:
                if none.is_said:
                    raise
                # Redis may be well while all sentinels are away.
                self._belief.renew(UNASKED_S)
        return super().get_connection(*args, **options)

    def may_be_undone(self, there: object, replicas: int) -> bool:
        """Whether what only that primary has may be undone by a failover.

        replicas: how many take what it takes. Without one, sentinels name what was the primary
        before when they see it first: so a minute is waited for it. And that without one may have
        been cut off, and no primary any more: so most sentinels must name it, and none another.
        """
        if replicas:
            self._alone = None
            return True
        if self._alone is None or self._alone[0] != there:
            self._alone = there, self._clock()
        is_new = self._clock() - self._alone[1] < ALONE_S
        return is_new or not self.sentinel_manager.all_name(there, self.service_name)

    def close(self) -> None:
        """Drop all connections, those to sentinels too."""
        super().close()
        self.sentinel_manager.close()


class AsyncPool(asynchronous.SentinelConnectionPool):
    """The same for the edge."""

    def __init__(
        self, address: Address, *, clock: Callable[[], float] = time.monotonic, **options: Any
    ) -> None:
        self._belief = _Belief(clock)
        kind = _AsyncTLS if address.is_tls else _AsyncConnection
        told = {"connection_class": kind, **speaking(address), **options}
        super().__init__(address.master, AsyncSentinels(address), **told)

    async def get_connection(self, *args: Any, **options: Any) -> Any:
        """As above."""
        if self.master_address and self._belief.is_over:
            try:
                await self.get_master_address()
                self._belief.renew(BELIEVED_S)
            except NoPrimary as none:
                if none.is_said:
                    raise
                # As above.
                self._belief.renew(UNASKED_S)
        return await super().get_connection(*args, **options)

    async def release(self, connection: Any) -> None:
        """Take one back, unless it leads to the primary before this one: redis-py would."""
        if (connection.host, connection.port) != self.master_address:
            await connection.disconnect()
        await super().release(connection)

    async def aclose(self) -> None:
        """Drop all connections, those to sentinels too."""
        await super().aclose()
        await self.sentinel_manager.aclose()


def _no_more(address: tuple[str, int], role: str) -> NoPrimary:
    return NoPrimary(f"{place(address)}, named by a sentinel, says that it is a {role}")
