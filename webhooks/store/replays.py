"""Judging a settled event once more, with the turns it was handed on to. Nothing is written twice.

Whoever asks says since when: what was judged after that is left alone, because somebody else has
asked for the same. So two people who replay the failed list at once try each event once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from webhooks.event import Event, NewerWire, from_wire
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import raw, text

#: why an event is left as it is. unknown: not on record. waiting: not settled. since: judged after
#: it was asked for. undone: what it made was removed. unreadable: its record is damaged or newer
Why = Literal["unknown", "waiting", "since", "undone", "unreadable"]


@dataclass(frozen=True)
class Replayed:
    """What became of one wish."""

    #: ids that are due again: the event, then its turns
    again: tuple[str, ...] = ()
    #: those that are left as they are: id -> why
    left: dict[str, Why] = field(default_factory=dict)


class Replays:
    """Every event's step is indivisible, and safe to do twice.

    clock_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(self, client: Client, *, clock_ms: Callable[[], int] | None = None) -> None:
        self._client = client
        self._clock_ms = clock_ms

    def replay(self, event_id: str, *, asked_ms: int | None = None) -> Replayed:
        """Judge an event, and the turns it was handed on to, by the rules of today.

        asked_ms: when it was asked for, by Redis's clock; None for no matter when.
        """
        return self._each(event_id, lambda one: self._reopened(one, asked_ms))

    def would(self, event_id: str, *, asked_ms: int | None = None) -> Replayed:
        """What `replay` would do now; nothing is changed."""
        return self._each(event_id, lambda one: self._obstacle(one, asked_ms))

    def _each(self, event_id: str, tried: Callable[[str], Why | None]) -> Replayed:
        again: list[str] = []
        left: dict[str, Why] = {}
        for one in (event_id, *turns_of(self._client, event_id)):
            why = tried(one)
            if why is None:
                again.append(one)
            else:
                left[one] = why
        return Replayed(tuple(again), left)

    def _reopened(self, event_id: str, asked_ms: int | None) -> Why | None:
        try:
            event = head_of(self._client, event_id)
        except (NewerWire, msgspec.DecodeError):
            # Its lane cannot be told, so it stays where it is.
            return "unreadable"
        if event is None:
            return "unknown"
        asked = "" if asked_ms is None else asked_ms
        return _why(text(self._run(event_id, event.lane, event.occurred_us, asked)))

    def _obstacle(self, event_id: str, asked_ms: int | None) -> Why | None:
        """As replay.lua has it."""
        state, undone, settled = self._client.hmget(
            self._client.key.event(event_id), "state", "undone", "settled_ms"
        )
        if state is None:
            return "unknown"
        if state != b"settled":
            return "waiting"
        if undone:
            return "undone"
        is_newer = asked_ms is not None and float(text(settled) or 0) > asked_ms
        return "since" if is_newer else None

    def _run(self, *arguments: Any) -> Any:
        now_ms = "" if self._clock_ms is None else self._clock_ms()
        return scripts.run(self._client, "replay", now_ms, *arguments)


def turns_of(client: Client, event_id: str) -> tuple[str, ...]:
    """The ids of the turns an event was handed on to."""
    names = [name for name in client.hkeys(client.key.event(event_id)) if name[:5] == b"turn:"]
    return tuple(map(text, client.hmget(client.key.event(event_id), names))) if names else ()


def head_of(client: Client, event_id: str) -> Event | None:
    """An event without its body; None when it is not on record.

    Raises NewerWire, and msgspec.DecodeError when it is damaged.
    """
    head = client.hget(client.key.event(event_id), "head")
    return None if head is None else from_wire(raw(head), b"")


def _why(word: str) -> Why | None:
    match word:
        case "again":
            return None
        case "unknown" | "waiting" | "since" | "undone" as why:
            return why
    raise AssertionError(word)
