"""What lies where in the inbox, read as a whole, and what must always be true of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import inf

from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.reply import text


@dataclass(frozen=True)
class Shelves:
    """The inbox at one instant."""

    #: id -> its record
    events: dict[str, dict[str, str]]
    #: lane -> its events in order, with their scores
    lanes: dict[str, dict[str, float]]
    #: lane -> ms at which its first event is due, or its lease ends
    due: dict[str, float]
    waiting: frozenset[str]
    settled: frozenset[str]
    failed: frozenset[str]
    quarantine: frozenset[str]

    def check(self) -> None:
        """Whatever happened, every event is in exactly one place, and comes to be claimed."""
        for ident, event in self.events.items():
            self._check_event(ident, event)
        assert self.waiting <= self.events.keys()
        assert self.settled <= self.events.keys()
        assert self.failed <= self.settled
        for lane, held in self.lanes.items():
            assert lane in self.due, f"nobody will ever come for {lane}: {held}"
            assert -inf not in list(held.values())[1:], f"two are begun in {lane}: {held}"
        assert self.due.keys() <= self.lanes.keys()

    def _check_event(self, ident: str, event: dict[str, str]) -> None:
        places = Counter(lane for lane, held in self.lanes.items() if ident in held)
        where = (
            places.total(),
            ident in self.waiting,
            ident in self.settled,
            ident in self.quarantine,
        )
        expected = {
            "due": (1, True, False, False),
            "claimed": (1, True, False, False),
            "settled": (0, False, True, False),
            "quarantined": (0, False, False, True),
        }
        assert where == expected[event["state"]], f"{ident} is {event['state']}, and in {where}"
        is_failed = event.get("outcome") == "failed" and "dropped" not in event
        assert (ident in self.failed) == is_failed, ident

    def holds(self, ident: str, fence: int) -> bool:
        """True while this claim of an event is in force."""
        event = self.events[ident]
        return event["state"] == "claimed" and event.get("fence") == str(fence)


def look(client: Client) -> Shelves:
    """Read the inbox."""
    events = [
        text(key).removeprefix(keys.UNNAMED.event(""))
        for key in client.keys(keys.UNNAMED.event("*"))
    ]
    lanes = [
        text(key).removeprefix(keys.UNNAMED.lane("")) for key in client.keys(keys.UNNAMED.lane("*"))
    ]
    lists = (
        keys.UNNAMED.waiting,
        keys.UNNAMED.settled,
        keys.UNNAMED.failed,
        keys.UNNAMED.quarantine,
    )
    with client.pipeline() as pipe:
        for event in events:
            pipe.hgetall(keys.UNNAMED.event(event))
        for lane in lanes:
            pipe.zrange(keys.UNNAMED.lane(lane), 0, -1, withscores=True)
        for key in lists:
            pipe.zrange(key, 0, -1)
        pipe.zrange(keys.UNNAMED.due, 0, -1, withscores=True)
        *found, due = pipe.execute()
    ends = len(events), len(events) + len(lanes)
    of_events = [{text(k): text(v) for k, v in one.items()} for one in found[: ends[0]]]
    of_lanes = [{text(i): at for i, at in one} for one in found[ends[0] : ends[1]]]
    return Shelves(
        dict(zip(events, of_events, strict=True)),
        dict(zip(lanes, of_lanes, strict=True)),
        {text(lane): at for lane, at in due},
        *(frozenset(map(text, one)) for one in found[ends[1] :]),
    )


def everything(client: Client) -> dict[str, object]:
    """All of Redis, to see whether something was changed."""
    return {name: _value(client, name) for name in map(text, client.keys("*"))}


def changed(before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    """What is not as it was: the keys, with what they held and hold."""
    return {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }


def _value(client: Client, name: str) -> object:
    match client.type(name):
        case b"hash":
            return client.hgetall(name)
        case b"zset":
            return client.zrange(name, 0, -1, withscores=True)
        case b"list":
            return client.lrange(name, 0, -1)
    return client.get(name)
