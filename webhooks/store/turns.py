"""Turns: events that one rule takes out of the entity's lane into a line of its own.

A rule with a key or with `settle` does not run where the event is: the event is handed on, as a
*turn*, which is an event of its own for this rule alone. Its lane is the rule and the key's value,
so that runs with one key never overlap, keep their order and wait behind a retry, by the very
means by which events of one entity do. A turn that settles gathers: until a worker claims it,
further events of its lane join it instead of making another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from webhooks.errors import LeaseLost
from webhooks.event import Event, to_head
from webhooks.store import keys, scripts
from webhooks.store.client import Client
from webhooks.store.inbox import Claim
from webhooks.store.replays import Replays
from webhooks.store.reply import raw, text

#: property, old value, new value
Change = tuple[str, Any, Any]


@dataclass(frozen=True)
class HandedOn:
    """What became of an event that was handed on."""

    #: id of the turn it is part of now
    turn: str
    #: known: it had been handed on before
    how: Literal["new", "joined", "known"]


class Turns:
    """Hands events on, and plays them again. Every method is safe to do twice.

    clock_ms: only for tests; production uses Redis's own clock.
    """

    def __init__(
        self,
        client: Client,
        *,
        clock_ms: Callable[[], int] | None = None,
    ) -> None:
        self._client = client
        self._clock_ms = clock_ms

    def hand_on(
        self,
        claim: Claim,
        turn: Event,
        *,
        changes: Sequence[Change] = (),
        settle_s: int = 0,
        settle_at_most_s: int = 0,
        join_only: bool = False,
        version: str = "-",
    ) -> HandedOn | None:
        """Hand a claimed event on as a turn, or into one that still gathers.

        turn: the event as the rule shall see it; its id is used when it makes a new turn.
        changes: what the event changed; over all events of a turn, the first old value and the
        last new one count. join_only: into a turn of the same entity that waits already, or not
        at all; returns None then. version: of the entity in it, as handled.py has it; of two
        turns of one entity the newer object counts as later.
        Raises LeaseLost when another worker has the event.
        """
        word, *rest = self._run(
            "hand_on",
            claim.id,
            claim.fence,
            turn.rule,
            turn.id,
            turn.lane,
            turn.entity_lane,
            turn.occurred_us,
            to_head(turn),
            turn.body,
            settle_s * 1000,
            settle_at_most_s * 1000,
            "only" if join_only else "",
            version,
            *[part for name, old, new in changes for part in (name, _json(old), _json(new))],
        )
        match text(word):
            case "lost":
                raise LeaseLost(f"event {claim.id}: another worker has it")
            case "none":
                return None
            case "joined" | "known" | "new" as how:
                return HandedOn(text(rest[0]), how)
        raise AssertionError(word)

    def enter(self, turns: Sequence[Event]) -> list[str]:
        """Store turns that no event was handed on for: the items of a cron rule, or its times.

        Returns for each "stored"; "known" when it is on record, which it stays; "held" when an
        earlier turn of the rule for the same entity still waits; or "spoilt" when its line, or
        what is kept of its earlier turn, was overwritten with something else.
        """
        answers = self._run(
            "enter", keys.ITEM_S, *[part for turn in turns for part in _entered(turn)]
        )
        return [text(answer) for answer in answers]

    def waiting_in(self, lane: str) -> int:
        """How many events wait in a lane, the one that is being worked on among them."""
        return self._client.zcard(self._client.key.lane(lane))

    def gathered(self, turn: str) -> list[Change]:
        """What changed over all events of a turn."""
        fields = {
            text(name): raw(value)
            for name, value in self._client.hgetall(self._client.key.event(turn)).items()
            if name[:4] in (b"old:", b"new:")
        }
        names = dict.fromkeys(name[4:] for name in fields)
        return [
            (name, *(msgspec.json.decode(fields[f"{side}:{name}"]) for side in ("old", "new")))
            for name in names
        ]

    def of(self, event_id: str) -> dict[str, str]:
        """The turns an event was handed on to: rule -> id of the turn."""
        stored = self._client.hgetall(self._client.key.event(event_id))
        return {text(name)[5:]: text(turn) for name, turn in stored.items() if name[:5] == b"turn:"}

    def replay(self, event_id: str) -> list[str]:
        """Judge a settled event, and the turns it was handed on to, by the rules of today.

        Returns the ids that are due again; replays.py says what becomes of the others.
        """
        return list(Replays(self._client, clock_ms=self._clock_ms).replay(event_id).again)

    def take_window(self, rule: str, values: str, *, time_s: int, by: str) -> str:
        """Take a window of `once_within` for an event, unless another has it.

        values: what makes two runs the same, as a short text. by: the event's id.
        Returns the id of the event that has the window.
        """
        key = self._client.key.once(rule, values)
        while True:
            if self._client.set(key, by, nx=True, ex=time_s):
                return by
            if holder := self._client.get(key):
                return text(holder)

    def seen(self, lane: str, properties: Sequence[str]) -> Mapping[str, Any] | None:
        """Properties of an entity as they were when it was last seen; None when it never was."""
        stored = self._client.hmget(self._client.key.seen(lane), list(properties))
        known = {
            name: msgspec.json.decode(raw(value))
            for name, value in zip(properties, stored, strict=True)
            if value is not None
        }
        return known or None

    def before(self, event_id: str) -> Mapping[str, Any] | None:
        """What the entity was like before an event that is judged once more."""
        stored = self._client.hget(self._client.key.event(event_id), "before")
        return msgspec.json.decode(raw(stored)) if stored else None

    def ran(self, event_id: str) -> frozenset[str]:
        """The rules that have written something for an event."""
        effects = self._client.hkeys(self._client.key.ledger(event_id))
        return frozenset(text(effect).partition("/")[0] for effect in effects)

    def _run(self, name: str, *arguments: Any) -> Any:
        now_ms = "" if self._clock_ms is None else self._clock_ms()
        return scripts.run(self._client, name, now_ms, *arguments)


def _entered(turn: Event) -> tuple[str | int | bytes, ...]:
    item = "" if turn.entity_id == turn.rule else turn.entity_lane
    return (turn.id, item, turn.lane, turn.occurred_us, to_head(turn), turn.body, turn.rule)


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)
