"""What an error of Redis means: whose fault, and the way out. Performs no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from webhooks.store.asked import NoPrimary


@dataclass(frozen=True)
class Trouble:
    """Why Redis does not take or give something."""

    #: names it for good, as in `Problem.cause`; `fitness` finds most of them by asking, too
    cause: str
    #: in Redis's own words, without the script that met it
    message: str
    #: one line for people: what to do
    way_out: str

    @property
    def is_passing(self) -> bool:
        """True when it is over when Redis is well again: whatever was asked, it is worth asking
        again. False when what was asked is at fault, or a key."""
        return self.cause not in ("redis:error", "redis:wrong-type")


#: nobody whom this machine trusts vouches for its certificate; waiting mends nothing
UNTRUSTED = "redis:untrusted"

#: An error's type, or Redis's word for it, which is in the middle of the text when a script met it.
_MEANINGS: tuple[tuple[type[Exception] | None, str, str, str], ...] = (
    (
        OutOfMemoryError,
        r"\bOOM\b|used memory > 'maxmemory'",
        "redis:full",
        "give it more memory, or set a shorter HOOKWORK_RETENTION",
    ),
    (
        ReadOnlyError,
        r"\bREADONLY\b|read only replica",
        "redis:read-only",
        "REDIS_URL must name the primary; after a failover that is another",
    ),
    (
        None,
        r"\bMISCONF\b",
        "redis:cannot-save",
        "make room on its disk, or mend the rights of its folder; its log says more",
    ),
    (
        None,
        r"\bNOREPLICAS\b|Not enough good replicas",
        "redis:no-replicas",
        "start its replicas, or lower min-replicas-to-write",
    ),
    (
        None,
        r"\bWRONGTYPE\b",
        "redis:wrong-type",
        "somebody else wrote there: rename the key (RENAME), what is missing is put back",
    ),
    (
        NoPrimary,
        r"\bno sentinel names a primary\b",
        "redis:no-primary",
        "a failover passes by itself; else see that sentinels run and know what REDIS_URL names",
    ),
    (
        BusyLoadingError,
        r"\bLOADING\b",
        "redis:loading",
        "wait until it has read its data from disk",
    ),
    (
        AuthenticationError,
        r"\bNOAUTH\b|\bWRONGPASS\b|invalid password",
        "redis:refuses-us",
        "check user and password in REDIS_URL",
    ),
    (
        None,
        r"CERTIFICATE_VERIFY_FAILED",
        UNTRUSTED,
        "REDIS_TLS_VERIFY=none where the provider signs its certificate itself, as Heroku does; "
        "else REDIS_URL must have the name in the certificate, and this machine trust its signer",
    ),
    (
        NoPermissionError,
        r"\bNOPERM\b",
        "redis:refuses-us",
        "its ACL must allow us all commands on hookwork* and on Celery's keys",
    ),
)


#: what Redis puts before its reason when a script met it
_IN_SCRIPT = re.compile(r"^Error running script .*?@user_script: ?\d+: (@user_script: ?\d+: )?-?")


def trouble(error: Exception) -> Trouble:
    """What an error of Redis, or of the way to it, means."""
    told = _IN_SCRIPT.sub("", " ".join(str(error).split()))
    for kind, words, cause, way_out in _MEANINGS:
        if (kind and isinstance(error, kind)) or re.search(words, told):
            return Trouble(cause, told, way_out)
    if isinstance(error, ResponseError):
        return Trouble("redis:error", told, "its log may say more")
    return Trouble(
        "redis:away",
        told or type(error).__name__,
        "start it, or make way to it; what waits goes on by itself then",
    )
