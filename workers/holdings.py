"""What desired-state actions have made and still hold, and which hours they have promised.

A block or a booking that we made is ours until a person changes it: then what awork has is no
longer what we wrote, and it is theirs from then on. Nothing else tells the two apart, because an
API key may belong to several tools.

Between deciding where a block goes and seeing it in awork's list lies a while. What was decided
for a person is promised for that long, so that no two runs plan the same hours; and while one
decides, no other does for the same person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import redis

from webhooks.errors import RunHeld
from webhooks.store import keys
from webhooks.store.reply import raw, text

Item = Mapping[str, Any]
#: start and end, aware
Hours = tuple[datetime, datetime]

#: deciding takes a few reads; a worker that dies meanwhile holds others up no longer
_DECIDING_S = 60
_CALENDAR_BUSY_S = 1.0
#: a run that waits for awork renews its promises with each try
_PROMISED = timedelta(hours=1)
#: awork's lists may show a write this much later
_UNSEEN = timedelta(minutes=1)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One object of awork that we made."""

    #: which made it; empty in rehearsals, where every rule did
    rule: str
    #: what it was given, by awork's names
    wrote: dict[str, Any]

    def is_of(self, rule: str) -> bool:
        return self.rule in ("", rule)


class _Promise(msgspec.Struct, frozen=True, kw_only=True):
    until: datetime
    hours: list[Hours]


class Holdings(Protocol):
    """What is held, and what is promised."""

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:
        """What we made for a thing, by awork's id, whether or not it is still as we wrote it.

        thing: such as `schedules:TASK`. found: the objects awork has. me: our API user's id.
        """
        ...

    def keep(
        self, thing: str, ident: str, wrote: Item, *, rule: str, until: datetime, now: datetime
    ) -> None:
        """Remember an object as ours. until: when it will not matter any more."""
        ...

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        """Forget objects: they are gone, or a person's from now on."""
        ...

    def deciding(self, people: Iterable[str]) -> Any:
        """A context in which no other run plans for these people. Raises RunHeld."""
        ...

    def promised(self, person: str, *, but: str, now: datetime) -> list[Hours]:
        """Hours that runs have decided on and awork may not show yet. but: whose are left out."""
        ...

    def promise(self, person: str, hours: Iterable[Hours], *, by: str, now: datetime) -> None:
        """Say which hours a run has decided on. by: names the run."""
        ...

    def promises_kept(self, people: Iterable[str], *, by: str, now: datetime) -> None:
        """Say that what was promised is written; it stands until awork's lists show it."""
        ...


class StoredHoldings:
    """In Redis."""

    def __init__(self, client: redis.Redis, *, retention_s: int) -> None:
        self._client = client
        self._retention_s = retention_s

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:  # noqa: ARG002
        kept = self._client.hgetall(keys.holding(thing))
        return {text(ident): _held(raw(stored)) for ident, stored in kept.items()}

    def keep(
        self, thing: str, ident: str, wrote: Item, *, rule: str, until: datetime, now: datetime
    ) -> None:
        key, left = keys.holding(thing), int((until - now).total_seconds())
        expiry_s = max(left, 0) + self._retention_s
        with self._client.pipeline() as pipe:
            pipe.hset(key, ident, msgspec.json.encode(Held(rule=rule, wrote=dict(wrote))))
            # Never sooner than what is kept beside it.
            pipe.expire(key, expiry_s, nx=True)
            pipe.expire(key, expiry_s, gt=True)
            pipe.execute()

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        if names := list(idents):
            self._client.hdel(keys.holding(thing), *names)

    @contextmanager
    def deciding(self, people: Iterable[str]) -> Iterator[None]:
        with ExitStack() as held:
            # In one order for all, so that no two runs wait for each other.
            for person in sorted(set(people)):
                lock = self._client.lock(
                    keys.deciding(person), timeout=_DECIDING_S, blocking=False, thread_local=False
                )
                if not lock.acquire():
                    raise RunHeld(
                        "calendar-busy",
                        f"another run plans for person {person} right now",
                        _CALENDAR_BUSY_S,
                    )
                held.callback(_release, lock)
            yield

    def promised(self, person: str, *, but: str, now: datetime) -> list[Hours]:
        stored = self._client.hgetall(keys.promised(person))
        promises = {text(by): _promise(raw(value)) for by, value in stored.items()}
        if over := [by for by, promise in promises.items() if promise.until <= now]:
            self._client.hdel(keys.promised(person), *over)
        return [
            hours
            for by, promise in promises.items()
            if by != but and promise.until > now
            for hours in promise.hours
        ]

    def promise(self, person: str, hours: Iterable[Hours], *, by: str, now: datetime) -> None:
        self._promise(person, _Promise(until=now + _PROMISED, hours=list(hours)), by)

    def promises_kept(self, people: Iterable[str], *, by: str, now: datetime) -> None:
        for person in people:
            stored = self._client.hget(keys.promised(person), by)
            if stored is not None:
                kept = msgspec.structs.replace(_promise(raw(stored)), until=now + _UNSEEN)
                self._promise(person, kept, by)

    def _promise(self, person: str, promise: _Promise, by: str) -> None:
        key = keys.promised(person)
        with self._client.pipeline() as pipe:
            pipe.hset(key, by, msgspec.json.encode(promise))
            pipe.expire(key, int(_PROMISED.total_seconds()))
            pipe.execute()


class PresumedHoldings:
    """Without a record: what our API user made, and nobody changed since, is ours."""

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:  # noqa: ARG002
        return {
            str(item.get("id")): Held(rule="", wrote=dict(item))
            for item in found
            if item.get("createdBy") == me() and item.get("updatedBy") in (None, me())
        }

    def keep(
        self, thing: str, ident: str, wrote: Item, *, rule: str, until: datetime, now: datetime
    ) -> None:
        """Nothing is kept."""

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        """Nothing is kept."""

    @contextmanager
    def deciding(self, people: Iterable[str]) -> Iterator[None]:  # noqa: ARG002
        yield

    def promised(self, person: str, *, but: str, now: datetime) -> list[Hours]:  # noqa: ARG002
        return []

    def promise(self, person: str, hours: Iterable[Hours], *, by: str, now: datetime) -> None:
        """Nobody else plans."""

    def promises_kept(self, people: Iterable[str], *, by: str, now: datetime) -> None:
        """Nobody else plans."""


_held = msgspec.json.Decoder(Held).decode
_promise = msgspec.json.Decoder(_Promise).decode


def _release(lock: Any) -> None:
    try:
        lock.release()
    except redis.exceptions.LockError:
        # It took longer than the lock holds. What was decided is promised all the same.
        return
