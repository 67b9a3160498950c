"""Asking sentinels which Redis is the primary now, by either client."""

# mypy: allow-untyped-calls
# redis-py leaves most of what is here untyped.

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import redis.asyncio.sentinel as asynchronous
import redis.sentinel as synchronous
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from webhooks.store.sentinels import Address, place

#: seconds that a sentinel may take
ANSWER_S = 1.0


class NoPrimary(RedisConnectionError):
    """No sentinel names a primary that is up.

    is_said: False when no sentinel answers.
    """

    def __init__(self, message: str, *, is_said: bool = True) -> None:
        super().__init__(message)
        self.is_said = is_said


class Sentinels(synchronous.Sentinel):
    """All that watch one primary.

    redis-py's own swaps places in its list, in which threads lose one of them now and then; and
    it asks no further where one of them refuses.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address.sentinels, sentinel_kwargs=means(address))

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port of the primary. Raises NoPrimary."""
        refusals: list[tuple[Any, Exception]] = []
        for sentinel in list(self.sentinels):
            try:
                found = primary(sentinel.sentinel_masters(), service_name)
            except (RedisError, OSError) as error:
                # The next one may know.
                refusals.append((sentinel, error))
                continue
            self.sentinels = _first(sentinel, self.sentinels)
            return found
        raise _none(service_name, refusals)

    def all_name(self, there: object, service_name: str) -> bool:
        """Whether most of them name this place as the primary, and none names another."""
        named: list[tuple[str, int]] = []
        for sentinel in list(self.sentinels):
            with suppress(RedisError, OSError):
                named.append(primary(sentinel.sentinel_masters(), service_name))
        return set(named) == {there} and 2 * len(named) > len(self.sentinels)

    def doubt(self) -> None:
        """What the one that answered last has said is not so: from now on it is asked last."""
        self.sentinels = [*self.sentinels[1:], *self.sentinels[:1]]


class AsyncSentinels(asynchronous.Sentinel):
    """The same for the edge."""

    def __init__(self, address: Address) -> None:
        retry = {"retry": AsyncRetry(NoBackoff(), 0)}
        super().__init__(address.sentinels, sentinel_kwargs=means(address) | retry)

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port of the primary. Raises NoPrimary."""
        refusals: list[tuple[Any, Exception]] = []
        for sentinel in list(self.sentinels):
            try:
                found = primary(await sentinel.sentinel_masters(), service_name)
            except (RedisError, OSError) as error:
                # As above.
                refusals.append((sentinel, error))
                continue
            self.sentinels = _first(sentinel, self.sentinels)
            return found
        raise _none(service_name, refusals)

    def doubt(self) -> None:
        """As above."""
        self.sentinels = [*self.sentinels[1:], *self.sentinels[:1]]


def means(address: Address) -> dict[str, Any]:
    """How redis-py is to speak to a sentinel."""
    return {
        "username": address.user,
        "password": address.password,
        "socket_timeout": ANSWER_S,
        "socket_connect_timeout": ANSWER_S,
        # There are others to ask; redis-py would try each four times, for seconds.
        "retry": Retry(NoBackoff(), 0),
        **({"ssl": True, **tls(address)} if address.is_tls else {}),
    }


def tls(address: Address) -> dict[str, Any]:
    """How certificates are checked, by redis-py's names."""
    return {name: value for name, value in speaking(address).items() if name.startswith("ssl_")}


def speaking(address: Address) -> dict[str, Any]:
    """How redis-py is to speak to the primary, but for where that is."""
    read: Mapping[str, Any] = parse_url(address.redis_url)
    return {k: v for k, v in read.items() if k not in ("host", "port", "connection_class")}


def primary(masters: Any, name: str) -> tuple[str, int]:
    """Host and port of a primary. masters: name -> state, as redis-py reads SENTINEL MASTERS.

    Raises NoPrimary when it is not among them, or not up.
    """
    state = masters.get(name)
    if state is None:
        raise NoPrimary(f"knows no {name}, but {', '.join(masters) or 'nothing at all'}")
    where = cast("tuple[str, int]", (state["ip"], state["port"]))
    if not state["is_master"] or state["is_sdown"] or state["is_odown"]:
        raise NoPrimary(f"says that {place(where)} is down")
    return where


def _first(one: Any, every: list[Any]) -> list[Any]:
    return [one, *(other for other in every if other is not one)]


def _none(name: str, refusals: list[tuple[Any, Exception]]) -> NoPrimary:
    is_said = any(isinstance(error, NoPrimary) for _, error in refusals)
    told = "; ".join(f"{_place_of(one)}: {' '.join(str(e).split())}" for one, e in refusals)
    return NoPrimary(f"no sentinel names a primary of {name}: {told}", is_said=is_said)


def _place_of(sentinel: Any) -> str:
    at = sentinel.connection_pool.connection_kwargs
    return place((at["host"], at["port"]))
