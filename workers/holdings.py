"""What desired-state actions have made and still hold, and which hours they have promised.

A block or a booking that we made is ours until a person changes it: then what awork has is no
longer what we wrote, and it is theirs from then on. Nothing else tells the two apart, because an
API key may belong to several tools.

Between deciding where a block goes and seeing it in awork's list lies a while. What was decided
for a person is promised for that long, so that no two runs plan the same hours; and while one
decides, no other does for the same person. A thing, such as the plan of a task, belongs to one run
from before it decides until all of it is written: no other decides about that thing meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import redis

from webhooks.errors import RunHeld
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import raw, text

Item = Mapping[str, Any]
#: start and end, aware
Hours = tuple[datetime, datetime]

#: deciding takes a few reads; a worker that dies meanwhile holds others up no longer
_DECIDING_S = 60
_CALENDAR_BUSY_S = 1.0
#: a run that waits for awork renews its promises and its things with each try
BEGUN = _PROMISED = timedelta(hours=1)
#: awork's lists may show a write this much later
UNSEEN = timedelta(minutes=1)
#: a run that waits for another one asks again after so many seconds
_ASK_AGAIN_S = 5.0


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One object of awork that we made."""

    #: which made it; empty in rehearsals, where every rule did
    rule: str
    #: what it was given, by awork's names
    wrote: dict[str, Any]
    #: digest of the wish it was made for; empty when there is none to tell
    wish: str = ""
    #: when we wrote it; None in rehearsals
    at: datetime | None = None
    #: ms of the decision it was written for: what an older one wrote is not remembered any more
    decided_ms: int = 0
    #: True when we removed it: awork's lists may show it a little longer
    gone: bool = False

    def is_unseen(self, now: datetime) -> bool:
        """Whether awork's lists may not show yet what we wrote."""
        return self.at is not None and now - self.at < UNSEEN


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

    def keep(self, thing: str, ident: str, held: Held, *, until: datetime, now: datetime) -> None:
        """Remember an object as ours. until: when it will not matter any more."""

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        """Forget objects: they are gone, or a person's from now on."""

    def begin(self, things: Iterable[str], *, by: str, at_most: timedelta = BEGUN) -> None:
        """Make things this run's until it is done with them, or renew that it has them.

        by: names the run. at_most: after so long without a try of it others go on.
        Raises RunHeld while another run has one of them.
        """

    def finish(self, things: Iterable[str], *, by: str) -> None:
        """Let others decide about things."""

    def deciding(self, people: Iterable[str]) -> Any:
        """A context in which no other run plans for these people. Raises RunHeld."""
        ...

    def promised(self, person: str, thing: str, *, now: datetime) -> list[Hours]:
        """Hours decided on for other things, which awork may not show yet."""
        ...

    def promise(self, person: str, thing: str, hours: Iterable[Hours], *, now: datetime) -> None:
        """Say which hours a run has decided on for a thing."""

    def settle(self, people: Iterable[str], thing: str, *, now: datetime) -> None:
        """Say that nothing promised is still to be written; it stands until awork shows it."""


class StoredHoldings:
    """In Redis."""

    def __init__(self, client: Client, *, retention_s: int) -> None:
        self._client = client
        self._retention_s = retention_s

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:  # noqa: ARG002
        kept = self._client.hgetall(self._client.key.holding(thing))
        return {text(ident): _held(raw(stored)) for ident, stored in kept.items()}

    def keep(self, thing: str, ident: str, held: Held, *, until: datetime, now: datetime) -> None:
        left_s = max(0, int((until - now).total_seconds()))
        expiry_s = left_s + self._retention_s
        told = (thing, ident, msgspec.json.encode(held), expiry_s, held.decided_ms)
        scripts.run(self._client, "remember", "", *told)

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        if names := list(idents):
            self._client.hdel(self._client.key.holding(thing), *names)

    def begin(self, things: Iterable[str], *, by: str, at_most: timedelta = BEGUN) -> None:
        with ExitStack() as taken:
            for thing in sorted(set(things)):
                if self._take(thing, by, at_most):
                    taken.callback(self.finish, [thing], by=by)
            taken.pop_all()

    def finish(self, things: Iterable[str], *, by: str) -> None:
        for key in map(self._client.key.unfinished, things):
            if self._client.get(key) == by.encode():
                self._client.delete(key)

    def _take(self, thing: str, by: str, at_most: timedelta) -> bool:
        """Whether it is this run's only now. Raises RunHeld when it is another's."""
        key = self._client.key.unfinished(thing)
        if self._client.set(key, by, ex=at_most, nx=True):
            return True
        owner = self._client.get(key)
        if owner not in (None, by.encode()):
            event, _, action = text(owner).partition("/")
            why = f"{action} of event {event} has not made all its writes for the same yet"
            raise RunHeld("planning-busy", why, _ASK_AGAIN_S)
        self._client.set(key, by, ex=at_most)
        return False

    @contextmanager
    def deciding(self, people: Iterable[str]) -> Iterator[None]:
        with ExitStack() as held:
            # In one order for all, so that no two runs wait for each other.
            for person in sorted(set(people)):
                lock = self._client.lock(
                    self._client.key.deciding(person),
                    timeout=_DECIDING_S,
                    blocking=False,
                    thread_local=False,
                )
                if not lock.acquire():
                    raise _calendar_busy(person)
                held.callback(_release, lock, person)
            yield

    def promised(self, person: str, thing: str, *, now: datetime) -> list[Hours]:
        promises = self._promises(person, now)
        others = (promise for other, promise in promises.items() if other != thing)
        return [hours for promise in others for hours in promise.hours]

    def promise(self, person: str, thing: str, hours: Iterable[Hours], *, now: datetime) -> None:
        self._promise(person, thing, _Promise(until=now + _PROMISED, hours=list(hours)))

    def settle(self, people: Iterable[str], thing: str, *, now: datetime) -> None:
        for person in people:
            if promise := self._promises(person, now).get(thing):
                self._promise(person, thing, _Promise(until=now + UNSEEN, hours=promise.hours))

    def _promises(self, person: str, now: datetime) -> dict[str, _Promise]:
        stored = self._client.hgetall(self._client.key.promised(person))
        promises = {text(thing): _promise(raw(value)) for thing, value in stored.items()}
        if over := [thing for thing, promise in promises.items() if promise.until <= now]:
            self._client.hdel(self._client.key.promised(person), *over)
        return {thing: one for thing, one in promises.items() if one.until > now}

    def _promise(self, person: str, thing: str, promise: _Promise) -> None:
        key = self._client.key.promised(person)
        with self._client.pipeline() as pipe:
            pipe.hset(key, thing, msgspec.json.encode(promise))
            pipe.expire(key, int(_PROMISED.total_seconds()))
            pipe.execute()


class PresumedHoldings:
    """Without a record: what our API user made is ours, as it is, unless a person changed it."""

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:  # noqa: ARG002
        return {
            str(item.get("id")): Held(rule="", wrote=_as_written(item, me()))
            for item in found
            if item.get("createdBy") == me()
        }

    def keep(self, thing: str, ident: str, held: Held, *, until: datetime, now: datetime) -> None:
        """Nothing is kept."""

    def drop(self, thing: str, idents: Iterable[str]) -> None:
        """Nothing is kept."""

    def begin(self, things: Iterable[str], *, by: str, at_most: timedelta = BEGUN) -> None:
        """Nobody else plans."""

    finish = begin

    @contextmanager
    def deciding(self, people: Iterable[str]) -> Iterator[None]:  # noqa: ARG002
        yield

    def promised(self, person: str, thing: str, *, now: datetime) -> list[Hours]:  # noqa: ARG002
        return []

    def promise(self, person: str, thing: str, hours: Iterable[Hours], *, now: datetime) -> None:
        """Nobody else plans."""

    def settle(self, people: Iterable[str], thing: str, *, now: datetime) -> None:
        """Nobody else plans."""


def _as_written(item: Item, me: str) -> dict[str, Any]:
    """What a person changed is not what we wrote; what that was, nobody knows."""
    return dict(item) if item.get("updatedBy") in (None, me) else {}


_held = msgspec.json.Decoder(Held).decode
_promise = msgspec.json.Decoder(_Promise).decode


def _calendar_busy(person: str) -> RunHeld:
    why = f"another run plans for person {person} right now"
    return RunHeld("calendar-busy", why, _CALENDAR_BUSY_S)


def _release(lock: Any, person: str) -> None:
    try:
        lock.release()
    except redis.exceptions.LockError:
        # It took longer than the lock holds: another may have planned the same hours meanwhile.
        raise _calendar_busy(person) from None
