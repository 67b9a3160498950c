"""Every moment at which a process can die: before and after each of its side effects.

A side effect is a command that changes Redis (each script is one), or a request that writes.
Between two of them nothing changes that outlives a process, so they are all the moments there are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

import httpx
from redis.exceptions import ConnectionError as RedisGone

from tests.worker import Clock
from webhooks.store import scripts
from webhooks.store.client import AsyncClient, Client

T = TypeVar("T")

#: before: it dies, and the effect never happens. after: it dies, and the effect has happened.
#: lost: it lives, and the answer is lost. twice: it lives, and a retry of the client's own did it
#: a second time; a request is not sent twice, its answer is lost then.
How = Literal["before", "after", "lost", "twice"]

#: what changes nothing in Redis
_LOOKS = frozenset(
    [
        *("EXISTS", "GET", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HVALS", "INFO"),
        *("KEYS", "LLEN", "MGET", "PING", "PTTL", "SCAN", "SCRIPT LOAD", "SMEMBERS", "TTL", "TYPE"),
        *("ZCARD", "ZCOUNT", "ZRANGE", "ZRANGEBYSCORE", "ZSCORE"),
    ]
)


class Killed(SystemExit):
    """The process is gone, as by SIGKILL. Of this family, because asyncio ends its loop at once
    for no other."""


@dataclass
class Moments:
    """Counts what a process does outside of itself, and strikes at one of these moments."""

    #: which effect, from 1; 0 strikes at none
    at: int = 0
    how: How = "before"
    #: the effects so far, by name
    seen: list[str] = field(default_factory=list)
    _counts: bool = False
    _dead: bool = False

    @property
    def struck(self) -> bool:
        """True once the moment has come."""
        return 0 < self.at <= len(self.seen)

    @contextmanager
    def life(self) -> Iterator[None]:
        """What one process does, as long as it lives; or until Redis is away, which ends a bell's
        work and a turn of the housekeeping too."""
        self._counts, self._dead = True, False
        try:
            with suppress(Killed, RedisGone):
                yield
        finally:
            self._counts = False

    @property
    def died(self) -> bool:
        """True when the last process did."""
        return self._dead

    def around(self, name: str, do: Callable[[], T], *, lost: Exception, twice: bool = True) -> T:
        """Do one effect, unless this is its moment. lost: what the process hears of a lost answer.
        twice: a retry may do it a second time."""
        strikes = self._comes(name)
        if strikes and self.how == "before":
            self._die()
        answer = do()
        if not strikes:
            return answer
        if self.how == "after":
            self._die()
        if self.how == "twice" and twice:
            return do()
        raise lost

    def look(self, do: Callable[[], T]) -> T:
        """Look at something. The dead see nothing."""
        if self._counts and self._dead:
            raise Killed
        return do()

    async def around_async(
        self, name: str, do: Callable[[], Awaitable[T]], *, lost: Exception
    ) -> T:
        """The same where it is awaited."""
        strikes = self._comes(name)
        if strikes and self.how == "before":
            self._die()
        answer = await do()
        if not strikes:
            return answer
        if self.how == "after":
            self._die()
        if self.how == "twice":
            return await do()
        raise lost

    def _comes(self, name: str) -> bool:
        """Count an effect. Returns whether its moment is the one to strike at."""
        if not self._counts:
            return False
        if self._dead:
            raise Killed
        self.seen.append(name)
        return len(self.seen) == self.at

    def _die(self) -> None:
        self._dead = True
        raise Killed


class WatchedRedis(Client):
    """A Redis whose commands are counted, and whose scripts are told the test's time."""

    moments: Moments
    clock: Clock | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        told = _told(args, self.clock)

        def ask() -> Any:
            ask_redis: Any = super(WatchedRedis, self).execute_command
            return ask_redis(*told, **options)

        if args[0] in _LOOKS:
            return self.moments.look(ask)
        return self.moments.around(_name(args), ask, lost=RedisGone("its answer was lost"))

    def pipeline(self, *args: Any, **options: Any) -> Any:
        """A transaction is one effect."""
        pipe: Any = super().pipeline(*args, **options)
        run = pipe.execute

        def execute(*args: Any, **options: Any) -> Any:
            lost = RedisGone("its answer was lost")
            return self.moments.around(
                "pipeline", lambda: run(*args, **options), lost=lost, twice=False
            )

        pipe.execute = execute
        return pipe


class WatchedAsyncRedis(AsyncClient):
    """The same for the edge."""

    moments: Moments
    clock: Clock

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        told = _told(args, self.clock)

        def ask() -> Awaitable[Any]:
            ask_redis: Any = super(WatchedAsyncRedis, self).execute_command
            answer: Awaitable[Any] = ask_redis(*told, **options)
            return answer

        lost = RedisGone("its answer was lost")
        return await self.moments.around_async(_name(args), ask, lost=lost)


class WatchedTransport(httpx.BaseTransport):
    """A way to awork on which the requests that write are counted."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        # Nothing here is encrypted, and the certificates of the world take a while to read.
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        def send() -> httpx.Response:
            response = self._inner.handle_request(request)
            # Whole, so that nothing is left open when its answer is lost.
            response.read()
            return response

        if request.method == "GET":
            return self._moments.look(send)
        return self._moments.around(
            f"{request.method} {request.url.path}",
            send,
            lost=httpx.ReadError("its answer was lost", request=request),
            twice=False,
        )

    def close(self) -> None:
        self._inner.close()


def load_scripts(client: Client) -> None:
    """Let Redis know every script, so that none is asked for in vain."""
    for name in _names().values():
        client.script_load(scripts.text(name))


@cache
def _names() -> dict[str, str]:
    """The scripts, by the name that Redis has for them."""
    folder = files("webhooks.store") / "lua"
    names = [file.name.removesuffix(".lua") for file in folder.iterdir()]
    return {scripts.sha(name): name for name in names if name != "prelude"}


def _name(args: tuple[Any, ...]) -> str:
    if args[0] == "EVALSHA":
        return _names().get(str(args[1]), "script of the client's own")
    return str(args[0])


def _told(args: tuple[Any, ...], clock: Clock | None) -> tuple[Any, ...]:
    """A command of ours with the test's time in place of Redis's own."""
    if args[0] not in ("EVALSHA", "EVAL") or clock is None:
        return args
    now = 3 + args[2]
    return (*args[:now], clock.ms, *args[now + 1 :]) if args[now] == "" else args
