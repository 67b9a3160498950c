"""The address of a Redis that sentinels watch: who they are, and what they call it.

    redis+sentinel://[user:password@][user:password@]HOST:26379,HOST:26379,HOST:26379/0?master=NAME

The first user and password are Redis's. A second pair is the sentinels' own; for that one alone
the first is left empty: `redis+sentinel://@:secret@HOST…`. `rediss+sentinel://` is TLS to both.
Performs no I/O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode

SCHEMES = ("redis+sentinel://", "rediss+sentinel://")
PORT = 26379

_FORM = re.compile(
    r"(?P<scheme>rediss?)\+sentinel://"
    r"(?:(?P<redis>[^@/?#]*)@)?(?:(?P<own>[^@/?#]*)@)?(?P<hosts>[^@/?#]*)"
    r"(?:/(?P<database>\d*))?(?:\?(?P<query>[^@#]*))?"
)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")


@dataclass(frozen=True)
class Address:
    """Where a primary is asked for, and how it is spoken to."""

    #: host and port of each sentinel; an IPv6 address without its brackets
    sentinels: tuple[tuple[str, int], ...]
    #: what they call the primary and its replicas together
    master: str
    #: user and password of the primary and its replicas, as in a URL; may be empty
    login: str
    #: the sentinels' own; None where they ask for none
    user: str | None
    password: str | None
    database: int
    is_tls: bool
    #: how certificates are checked, by redis-py's names: ssl_cert_reqs, ssl_ca_certs
    tls: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> str:
        """For people; no secret is in it."""
        return f"{self.master} of the sentinels {', '.join(map(place, self.sentinels))}"

    @property
    def redis_url(self) -> str:
        """What redis-py would be given for the primary, were it where the first sentinel is."""
        login = f"{self.login}@" if self.login else ""
        scheme = "rediss" if self.is_tls else "redis"
        host = place(self.sentinels[0])
        return f"{scheme}://{login}{host}/{self.database}?{urlencode(self.tls)}"


def is_one(url: str) -> bool:
    """Whether it is for `read`."""
    return url.startswith(SCHEMES)


def read(url: str) -> Address:
    """Read an address. Raises ValueError with what it must be; nothing of the address is in it."""
    found = _FORM.fullmatch(url)
    if found is None:
        raise ValueError(
            "must be redis+sentinel://HOST:26379,HOST:26379/0?master=NAME, with user:password@ "
            "before the hosts; write special characters in a password as %40 and so on"
        )
    # Values of a user's kind stay encoded until they are used, as redis-py reads them.
    user, _, password = (found["own"] or "").partition(":")
    options = dict(parse_qsl(found["query"] or ""))
    master = options.pop("master", "")
    _refuse(found, master, options)
    return Address(
        sentinels=tuple(map(_host, found["hosts"].split(","))),
        master=master,
        login=found["redis"] or "",
        user=unquote(user) or None,
        password=unquote(password) or None,
        database=int(found["database"] or 0),
        is_tls=found["scheme"] == "rediss",
        tls=tuple(options.items()),
    )


def place(where: tuple[str, int]) -> str:
    """A host and its port, as a URL has them."""
    host, port = where
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _refuse(found: re.Match[str], master: str, options: dict[str, str]) -> None:
    if not found["hosts"]:
        raise ValueError(
            "must name the sentinels, as redis+sentinel://HOST:26379,HOST:26379/0?master=NAME"
        )
    if any(login and ":" not in login for login in (found["redis"], found["own"])):
        # Half of a password with an @ in it would look like this.
        raise ValueError(
            "must have user:password@ or :password@ before its hosts; write @ in a password as %40"
        )
    if not master:
        raise ValueError("must say what the sentinels call the primary: ?master=NAME at its end")
    if any("password" in name for name in options):
        raise ValueError(
            "must have passwords before the hosts: Redis's, then the sentinels' own, as "
            "redis+sentinel://:password@:password@HOST:26379/0?master=NAME"
        )
    if not all(name.startswith("ssl_") for name in options):
        raise ValueError("must have nothing after its ? but master=NAME and ssl_ca_certs=FILE")


def _host(told: str) -> tuple[str, int]:
    found = _HOST.fullmatch(told)
    port = int(found[2] or PORT) if found else 0
    if found is None or not 0 < port < 2**16:  # ports have sixteen bits
        raise ValueError("must have HOST or HOST:PORT for each sentinel, with a comma between them")
    return found[1].strip("[]"), port
