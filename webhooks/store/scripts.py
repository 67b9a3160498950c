"""The Lua scripts, and running them. Redis runs each as one indivisible step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from webhooks.store.client import Client


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
