"""The Lua scripts, and running them. Redis runs each as one indivisible step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from webhooks.store.client import Client

#: ms that replicas may take; they answer in one, and who waits holds a connection
REPLICATED_MS = 1000


@cache
def text(name: str) -> str:
    """The script with the part that all of them share in front."""
    folder = files("webhooks.store") / "lua"
    prelude = (folder / "prelude.lua").read_text(encoding="utf-8")
    return prelude + (folder / f"{name}.lua").read_text(encoding="utf-8")


@cache
def sha(name: str) -> str:
    """The name under which Redis knows a script that it has run before."""
    return hashlib.sha1(text(name).encode(), usedforsecurity=False).hexdigest()


def run(client: Client, name: str, *arguments: Any) -> Any:
    """Run a script over the keys of the client's workspace."""
    return over(client, [client.key.prefix], name, *arguments)


def over(client: Client, prefixes: Sequence[str], name: str, *arguments: Any) -> Any:
    """Run a script over the keys of several workspaces. A Redis that was restarted has forgotten
    it, and is given it again."""
    told = (len(prefixes), *prefixes, *arguments)
    try:
        return client.evalsha(sha(name), *told)
    except NoScriptError:
        return client.eval(text(name), *told)


def replicated(client: Client, name: str, *arguments: Any, replicas: int) -> tuple[Any, bool]:
    """Run a script, and wait until so many replicas have what it wrote, and all before it.

    Returns also whether they have, within a second: then no failover to one of them undoes it.
    Source: https://redis.io/docs/latest/commands/wait/
    """
    pipe = client.pipeline(transaction=False)
    pipe.eval(text(name), 1, client.key.prefix, *arguments)
    # On the same connection: Redis waits for what that one has written last.
    pipe.wait(replicas, REPLICATED_MS)
    # An error as redis-py raises it would quote the script.
    reply, have = pipe.execute(raise_on_error=False)
    for answer in (reply, have):
        if isinstance(answer, Exception):
            raise answer
    return reply, have >= replicas
