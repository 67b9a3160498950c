"""What the text of a setting may be: each reads one, or says what it must be. Performs no I/O."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

#: an age in days
DAYS = re.compile(r"(\d{1,4})d")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
#: NAME_FILE is the file of a secret, so none ends like that
_WORKSPACE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*(?<!-file)")
#: bytes, by Standard Webhooks
_SHORTEST_KEY, _LONGEST_KEY = 24, 64


def days(text: object) -> object:
    """A number of days, like 30d."""
    if isinstance(text, str) and (match := DAYS.fullmatch(text)) and int(match[1]) > 0:
        return timedelta(days=int(match[1]))
    raise ValueError("must be a number of days, like 30d")


def closed_before(text: str) -> str:
    """A date, or an age."""
    if not DAYS.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError("must be a date like 2026-10-01, or an age like 14d") from None
    return text


def header_name(text: str) -> str:
    """The name of an HTTP header, in small letters."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", text):
        raise ValueError("must be the name of an HTTP header")
    return text.lower()


def hosts(text: object) -> object:
    """Hosts with commas between them."""
    hosts = [host.strip().lower() for host in str(text).split(",") if host.strip()]
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError("must be hosts, with a port or without, and commas between them")
    return hosts


def workspaces(text: str) -> tuple[str, ...]:
    """Names of workspaces with commas between them; each is a part of a URL and of keys."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not all(map(_WORKSPACE.fullmatch, names)):
        raise ValueError(
            "must be names with commas between them, each of small letters, digits and hyphens,"
            " with a letter first and no -file at its end"
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"must name each workspace once; {twice[0]} is there twice")
    return names


def signing_secret(secret: SecretStr) -> SecretStr:
    """A secret of Standard Webhooks."""
    kind, _, key = secret.get_secret_value().partition("_")
    try:
        size = len(base64.b64decode(key, validate=True))
    except ValueError:
        size = 0
    if kind != "whsec" or not _SHORTEST_KEY <= size <= _LONGEST_KEY:
        raise ValueError("must be whsec_ and base64 of 24 to 64 random bytes")
    return secret


def secret(secret: SecretStr) -> SecretStr:
    """A secret as a header or a URL takes it."""
    text = secret.get_secret_value()
    if text != text.strip() or not text.isprintable():
        raise ValueError("must not begin or end with a space, or have a line break in it")
    return secret


def ascii_secret(secret: SecretStr) -> SecretStr:
    """A secret of awork that goes into a header: what cannot is found when the first request is
    sent."""
    if not secret.get_secret_value().isascii():
        raise ValueError("must have no letters beyond ASCII; copy it again from awork")
    return secret


Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(secret)]
