"""All that is in Redis, whatever it is: for looking for what must not be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from webhooks.store.client import Client


def everything(client: Client) -> bytes:
    """Every key, field, member and value, one after the other."""
    return b"\n".join(part for key in client.scan_iter(count=1000) for part in _of(client, key))


def _of(client: Client, key: bytes) -> Iterator[bytes]:
    yield key
    kind: Any = client.type(key)
    yield from _READERS[kind.decode()](client, key)


def _hash(client: Any, key: bytes) -> Iterator[bytes]:
    for name, value in client.hgetall(key).items():
        yield from (name, value)


_READERS: dict[str, Callable[[Any, bytes], Any]] = {
    "string": lambda client, key: [client.get(key) or b""],
    "hash": _hash,
    "zset": lambda client, key: client.zrange(key, 0, -1),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: client.smembers(key),
    "stream": lambda client, key: [repr(client.xrange(key)).encode()],
    # gone since it was listed
    "none": lambda _client, _key: [],
}
