"""The Lua scripts, and running them. Redis runs each as one indivisible step."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

import redis
from redis.exceptions import NoScriptError


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


def run(client: redis.Redis, name: str, *arguments: Any) -> Any:
    """Run a script. A Redis that was restarted has forgotten it, and is given it again."""
    try:
        return client.evalsha(sha(name), 0, *arguments)
    except NoScriptError:
        return client.eval(text(name), 0, *arguments)
