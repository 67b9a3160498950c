"""Every step of the store, and ways to spoil the Redis it is done in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local.redis_server import RedisServer
from tests import stored
from tests.stored import enlist
from webhooks.event import Event
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Claim, Inbox
from webhooks.store.reply import text
from webhooks.store.turns import Turns
from workers.entries import Entry
from workers.ledger import StoredLedger

BELL = '{"properties": {"delivery_tag": "@BELL@"}, "id": "@BELL@"}'
RETENTION_S = stored.RETENTION_S


@dataclass(frozen=True)
class Store:
    """A store with a settled event, a claimed one and one that is due, each with its entity."""

    server: RedisServer
    client: Client
    inbox: Inbox
    turns: Turns
    settled: Claim
    claimed: Claim

    def everything(self) -> dict[str, bytes | None]:
        """Every key and what is in it; not the counters, which nothing hangs on."""
        names = sorted(text(name) for name in self.client.keys("*"))
        loose = {keys.UNNAMED.counts, keys.BELLS, keys.HOUSEKEEPER}
        return {name: self.client.dump(name) for name in names if name not in loose}


def furnished(server: RedisServer, client: Client) -> Store:
    """The store, furnished."""
    inbox, turns = Inbox(client, retention_s=RETENTION_S), Turns(client)
    enlist(inbox, "w1", bell=BELL, rules_hash="h", rules=["plan"])
    stored.accept(server.url, stored.event("settled", entity="t1"))
    (settled,) = inbox.claim(1)
    StoredLedger(client, settled, retention_s=RETENTION_S).begin(
        "r/a/i", Entry(method="POST", path="/p"), rule="r", writes_per_hour=9
    )
    inbox.finish(settled, outcome="done", run=b"{}")
    stored.accept(server.url, stored.event("claimed", entity="t2"))
    (claimed,) = inbox.claim(1)
    stored.accept(server.url, stored.event("due", entity="t3"))
    return Store(server, client, inbox, turns, settled, claimed)


def _turn(name: str) -> Event:
    one = stored.event(name, entity="t9")
    return Event(
        id=f"turn-{name}",
        source="awork",
        kind=one.kind,
        entity_id="t9",
        occurred_us=1_000,
        received_ms=1_000,
        identity=f"turn-{name}",
        rule="r",
        line="r:t9",
        body=b"{}",
    )


def _begin(store: Store) -> None:
    ledger = StoredLedger(store.client, store.claimed, retention_s=RETENTION_S)
    ledger.begin("r/a/new", Entry(method="POST", path="/p"), rule="r", writes_per_hour=9)


#: every step of several writes, by its script's name
STEPS: dict[str, Callable[[Store], object]] = {
    "accept": lambda s: stored.accept(s.server.url, stored.event("new"), patience_s=0),
    "claim": lambda s: s.inbox.claim(9),
    "renew": lambda s: s.inbox.renew(s.claimed, plan=b"{}"),
    "defer": lambda s: s.inbox.defer(s.claimed, delay_s=1),
    "finish": lambda s: s.inbox.finish(
        s.claimed, outcome="failed", run=b"{}", seen={"a": b"1"}, seen_of="awork:t2"
    ),
    "begin": _begin,
    "hand_on": lambda s: s.turns.hand_on(s.claimed, _turn("handed"), settle_s=5),
    "enter": lambda s: s.turns.enter([_turn("entered")]),
    "replay": lambda s: s.turns.replay(s.settled.id),
    "enlist": lambda s: enlist(s.inbox, "w2", bell=BELL, rules_hash="h", rules=[]),
}


@contextmanager
def full(client: Client) -> Iterator[None]:
    """It has no memory left."""
    client.config_set("maxmemory", "1")
    yield
    client.config_set("maxmemory", "0")


@contextmanager
def replica(client: Client) -> Iterator[None]:
    """It is a replica after a failover; what it has, it keeps: its primary is not there."""
    client.replicaof("127.0.0.1", "1")
    yield
    client.replicaof("NO", "ONE")


@contextmanager
def lonely(client: Client) -> Iterator[None]:
    """Its replicas are away, and it may not take writes without them."""
    client.config_set("min-replicas-to-write", "1")
    yield
    client.config_set("min-replicas-to-write", "0")


#: what it says -> how it comes to that
REFUSALS = {"redis:full": full, "redis:read-only": replica, "redis:no-replicas": lonely}
