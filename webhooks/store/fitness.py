"""What is wrong with a Redis for us, told from its own words, each with the way out.

Performs no I/O: `questions` puts what is asked into a pipeline, which may be one of either client,
and `found` reads the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from webhooks.store.reply import text
from webhooks.store.trouble import trouble

#: Redis before this lacks what Celery's transport calls (ZRANGE BYSCORE, ZADD GT)
OLDEST_SERVER = (6, 2)
#: part of its memory that may be used before somebody is told
NEARLY_FULL = 0.9
#: seconds; a replica answers every second, and when it is asked
_LAGS_S = 5
#: what is asked of CONFIG; a provider that refuses it leaves these unknown
_SETTINGS = ("appendfsync", "save", "stop-writes-on-bgsave-error", "min-replicas-to-write")

#: unfit: it would lose what is acknowledged; nothing starts over it. refusing: it takes nothing
#: now. risk: it works, and somebody should know.
Weight = Literal["unfit", "refusing", "risk"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    #: names it for good, as in `Problem.cause`
    cause: str
    #: one line for people: what is wrong
    message: str
    #: one line for people: what to do
    way_out: str
    weight: Weight

    def __str__(self) -> str:
        return f"{self.cause}: {self.message}; {self.way_out}"


#: all that `findings` may find, for who has to tell what is gone
CAUSES = frozenset(
    "redis:" + name
    for name in (
        "too-old",
        "may-evict",
        "replica",
        "read-only",
        "full",
        "nearly-full",
        "cannot-save",
        "no-replicas",
        "replica-lags",
        "forgets",
        "wrong-type",
    )
)


def questions(pipe: Any, kinds: Iterable[str]) -> None:
    """Ask for all that `found` reads. pipe: not a transaction, of the one client or the other.

    kinds: keys whose types are asked for.
    """
    pipe.info()
    for name in _SETTINGS:
        pipe.config_get(name)
    for key in kinds:
        pipe.type(key)


def found(replies: Sequence[Any], kinds: Mapping[str, str]) -> list[Finding]:
    """What is wrong, the worst first.

    replies: to `questions`, with errors as values. kinds: the keys asked for, and their types.
    """
    info, rest = replies[0], replies[1:]
    if isinstance(info, Exception):
        why = trouble(info)
        return [Finding(why.cause, why.message, why.way_out, "refusing")]
    config: dict[str, str] = {}
    for reply in rest[: len(_SETTINGS)]:
        if isinstance(reply, Mapping):
            config |= {text(name): text(value) for name, value in reply.items()}
    types = dict(zip(kinds, map(text, rest[len(_SETTINGS) :]), strict=True))
    return [*findings(info, config), *wrong_kinds(types, kinds)]


def findings(info: Mapping[str, Any], config: Mapping[str, str]) -> list[Finding]:
    """What is wrong with a Redis, the worst first; empty when nothing is.

    info: its answer to INFO. config: what is known of CONFIG GET; may be empty.
    """
    weights = ("unfit", "refusing", "risk")
    every = [*_version(info), *_eviction(info), *_role(info), *_memory(info)]
    every += [*_saving(info, config), *_replicas(info, config), *_persistence(info, config)]
    every += _lagging(info)
    return sorted(every, key=lambda one: weights.index(one.weight))


def wrong_kinds(types: Mapping[str, str], kinds: Mapping[str, str]) -> Iterator[Finding]:
    """Keys that are not what keys.py says. types: key -> its type, as found. kinds: as it says."""
    wrong = [
        f"{key} is a {kind}, must be a {kinds[key]}"
        for key, kind in types.items()
        if kind not in ("none", kinds[key])
    ]
    if wrong:
        yield Finding(
            "redis:wrong-type",
            "; ".join(wrong),
            "somebody else wrote there: rename it (RENAME), what is missing is put back",
            "refusing",
        )


def _version(info: Mapping[str, Any]) -> Iterator[Finding]:
    version = text(info.get("redis_version"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SERVER:
        yield Finding(
            "redis:too-old", f"Redis is {version}, must be 6.2 or newer", "upgrade it", "unfit"
        )


def _eviction(info: Mapping[str, Any]) -> Iterator[Finding]:
    policy = text(info.get("maxmemory_policy"))
    if policy != "noeviction":
        # It would throw away acknowledged events, and the ledger, to make room.
        yield Finding(
            "redis:may-evict",
            f"maxmemory-policy is {policy}, must be noeviction",
            "CONFIG SET maxmemory-policy noeviction, and in its configuration",
            "unfit",
        )


def _role(info: Mapping[str, Any]) -> Iterator[Finding]:
    if text(info.get("role")) != "slave":
        return
    primary = f"{text(info.get('master_host'))}:{text(info.get('master_port'))}"
    way_out = "REDIS_URL must name the primary; after a failover that is another"
    if str(info.get("slave_read_only")) == "0":
        message = f"Redis is a replica of {primary} that takes writes, and forgets them at a sync"
        yield Finding("redis:replica", message, way_out, "unfit")
    else:
        message = f"Redis is a replica of {primary}, and takes no writes"
        yield Finding("redis:read-only", message, way_out, "refusing")


def _memory(info: Mapping[str, Any]) -> Iterator[Finding]:
    limit = _number(info, "maxmemory")
    of = "maxmemory" if limit else "the machine's memory"
    limit = limit or _number(info, "total_system_memory")
    # What is on its way to the file and to replicas does not count for Redis either.
    used = _number(info, "used_memory") - _number(info, "mem_not_counted_for_evict")
    if not limit or used <= NEARLY_FULL * limit:
        return
    message = f"Redis uses {used // 2**20} of {limit // 2**20} MiB of {of}"
    way_out = "give it more memory, or set a shorter HOOKWORK_RETENTION"
    if used >= limit and of == "maxmemory":
        yield Finding("redis:full", f"{message}; it takes no writes", way_out, "refusing")
    else:
        yield Finding("redis:nearly-full", message, way_out, "risk")


def _saving(info: Mapping[str, Any], config: Mapping[str, str]) -> Iterator[Finding]:
    # As Redis itself decides it: writeCommandsDeniedByDiskError in its server.c.
    stops = config.get("stop-writes-on-bgsave-error", "yes") == "yes" and config.get("save", "?")
    snapshot = stops and text(info.get("rdb_last_bgsave_status")) == "err"
    log = text(info.get("aof_last_write_status")) == "err"
    if snapshot or log:
        yield Finding(
            "redis:cannot-save",
            f"Redis cannot write its {'snapshot' if snapshot else 'append-only file'} to disk, and "
            "takes no writes until it can",
            "make room on its disk, or mend the rights of its folder; its log says more",
            "refusing",
        )


def _replicas(info: Mapping[str, Any], config: Mapping[str, str]) -> Iterator[Finding]:
    wanted = int(config.get("min-replicas-to-write") or 0)
    good = _number(info, "min_slaves_good_slaves")
    if good < wanted:
        yield Finding(
            "redis:no-replicas",
            f"Redis has {good} replicas in step, must have {wanted} (min-replicas-to-write), and "
            "takes no writes",
            "start its replicas, or lower min-replicas-to-write",
            "refusing",
        )


def _lagging(info: Mapping[str, Any]) -> Iterator[Finding]:
    every = (info.get(f"slave{n}") for n in range(_number(info, "connected_slaves")))
    lagging = [
        f"{one.get('ip')}:{one.get('port')}"
        for one in every
        if isinstance(one, Mapping)
        and one.get("state") == "online"
        and _number(one, "lag") > _LAGS_S
    ]
    if lagging:
        yield Finding(
            "redis:replica-lags",
            f"a replica does not answer: {', '.join(lagging)}; what is to be written to awork "
            "waits, because after a failover to it that would be written twice",
            "mend or end it; Redis gives it up after repl-timeout (60 s)",
            "risk",
        )


def _persistence(info: Mapping[str, Any], config: Mapping[str, str]) -> Iterator[Finding]:
    if text(info.get("aof_enabled")) == "1":
        if config.get("appendfsync") != "no":
            return
        message = "appendfsync is no: some 30 s of acknowledged events are lost with the machine"
        way_out = "CONFIG SET appendfsync always, or everysec"
    else:
        saves = config.get("save")
        kept = {None: "no append-only file", "": "nothing on disk"}.get(
            saves, f"only snapshots (save {saves})"
        )
        message = f"Redis keeps {kept}: acknowledged events are lost when it ends"
        way_out = "appendonly yes, appendfsync always or everysec"
    yield Finding("redis:forgets", message, way_out, "risk")


def _number(info: Mapping[str, Any], name: str) -> int:
    return int(info.get(name) or 0)
