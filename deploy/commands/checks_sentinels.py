"""What `hookwork doctor` looks at where sentinels watch Redis: do they agree on a primary, and
could they fail over?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import redis

from deploy.commands.checks import Check
from webhooks.store.asked import means, primary
from webhooks.store.sentinels import Address, place

#: with two, one that is away leaves no majority
_ENOUGH = 3


def sentinel_checks(address: Address | None) -> Iterator[Check]:
    """Each sentinel by itself, then all together. address: None where none is asked."""
    if address is None:
        return
    named: dict[str, list[str]] = {}
    known: list[Mapping[str, Any]] = []
    for where in address.sentinels:
        try:
            masters = _masters(where, address)
            named.setdefault(place(primary(masters, address.master)), []).append(place(where))
        except (redis.RedisError, OSError) as error:
            yield _bad(
                f"{place(where)}: {' '.join(str(error).split())}",
                "start it and make way to it, or take it out of REDIS_URL; NAME of master=NAME is"
                " that of its `sentinel monitor NAME`",
            )
            continue
        known.append(masters[address.master])
    if not known:
        return
    wrong = list(_together(named, known))
    yield from wrong
    if not wrong and len(known) == len(address.sentinels):
        replicas = min(state["num-slaves"] for state in known)
        told = f"{len(known)} sentinels name {next(iter(named))} as the primary of {address.master}"
        yield Check("sentinels", True, f"{told}, with {replicas} to take its place")


def _together(named: Mapping[str, list[str]], known: list[Mapping[str, Any]]) -> Iterator[Check]:
    if len(named) > 1:
        each = "; ".join(f"{', '.join(who)}: {what}" for what, who in named.items())
        yield _bad(
            f"they name different primaries: {each}",
            "see whether they reach each other: one that is cut off is wrong",
        )
    if (watching := max(state["num-other-sentinels"] for state in known) + 1) < _ENOUGH:
        yield _bad(
            f"{watching} watch the primary: without a majority of them there is no failover",
            "run three, each on a machine of its own",
        )
    if not any(state["num-slaves"] for state in known):
        yield _bad("the primary has no replica to fail over to", "start one")


def _masters(where: tuple[str, int], address: Address) -> Any:
    host, port = where
    with closing(redis.Redis(host, port, **means(address))) as one:
        return one.sentinel_masters()


def _bad(message: str, way_out: str) -> Check:
    return Check("sentinels", False, message, way_out)
