"""Addresses in settings: what is wrong with one, in words that tell nothing of it.

Performs no I/O.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from webhooks.store import sentinels

_WORKIVA = re.compile(r"(^|\.)wdesk\.com$")


def of_redis(url: SecretStr) -> SecretStr:
    """An address of Redis that can be used. Raises ValueError with what it must be."""
    # What is wrong is not quoted, nor what the standard library says of it: there may be a
    # password in it, and a # or ? in one makes a host of its beginning, which errors name.
    text = url.get_secret_value()
    if sentinels.is_one(text):
        sentinels.read(text)
        return url
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or redis+sentinel://")
    parts = _parts(text)
    if parts is None or parts.fragment or "@" in parts.query:
        raise ValueError("must have a host and a port; write special characters as %23 and so on")
    if "password" in parts.query:
        raise ValueError("must have the password before the host, as redis://:password@host:6379")
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("must have the path of a socket")
    if parts.scheme != "unix" and not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError("must end in the number of a database, or in none")
    return url


def of_http(text: str) -> str:
    """An address of HTTP with no slash at its end. Raises ValueError with what it must be."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("must start with https://")
    parts = _parts(text)
    if parts is None or not parts.hostname:
        raise ValueError("must have a host")
    if parts.username is not None:
        raise ValueError("must have no name or password before its host")
    return text.rstrip("/")


def of_workiva(text: str) -> str:
    """An address below which Workiva's paths begin. Raises ValueError with what it must be.

    Its documents name addresses with a path of a version (/platform/v1), and browsers show that of
    its pages; what is asked for below them is not there.
    """
    url = of_http(text)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError("must have no ? and no # in it")
    host = parts.hostname or ""
    is_api = host.startswith("api.") and parts.scheme == "https" and not parts.path
    if _WORKIVA.search(host) and not is_api:
        raise ValueError(
            "must be https://api.app.wdesk.com, or that with eu or apac in place of app, and"
            " nothing after it"
        )
    return url


def _parts(url: str) -> SplitResult | None:
    """The parts of an address; None when it cannot be read, whatever is wrong with it."""
    try:
        parts = urlsplit(url)
        readable = parts.port is None or parts.port > 0
    except ValueError:
        readable = False
    return parts if readable else None
