"""Rules against one event, without Redis: for the tests of rules, and to explain.

The same judging, the same actions and the same client of awork as in a worker; only the ledger is
one that forgets, and no rule waits its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import inf
from types import MappingProxyType
from typing import Any

import msgspec

from webhooks.errors import TargetBusy
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import Run
from webhooks.store.turns import HandedOn
from workers import judge, record
from workers.actions.base import Cause
from workers.entries import Begun, Entry, Fresh
from workers.facts.lazy import lazy_facts
from workers.gates import is_ours
from workers.holdings import Holdings, PresumedHoldings
from workers.rules.model import Mode, Rule, RuleSet
from workers.stale import Stale
from workers.targets.awork import Awork, Connection
from workers.targets.directory import Directory
from workers.targets.http import Target
from workers.targets.workiva import Connection as WorkivaConnection
from workers.targets.workiva import unset
from workers.turn import Turn
from workers.work import Work

_ID = "rehearsal"
_NO_TARGETS: Mapping[str, Target] = MappingProxyType({})


def rehearse(
    payload: dict[str, Any],
    kind: str,
    rules: RuleSet,
    *,
    connection: Connection,
    now: datetime,
    mode: Mode | None = None,
    whole: bool = False,
    open_from: Callable[[datetime], date | None] = lambda _now: None,
    targets: Mapping[str, Target] = _NO_TARGETS,
    workiva: WorkivaConnection | None = None,
    holdings: Holdings | None = None,
) -> Run:
    """Judge an event by the rules that listen to its kind, and do what they say.

    payload: the body of the delivery; of an item of a cron rule, `{"entity": item}`. kind: awork's
    event name of today, or `cron:tasks` and the like. connection: where the actions read and
    write. now: aware. mode: of all rules, whatever they say themselves: "live" writes, "shadow"
    does not; rules that are off stay off. whole: every condition is evaluated for the trace.
    targets: take what is sent elsewhere; without one for it, nothing can be. workiva: likewise.
    holdings: what was made before; None: what awork says that our API user made.
    Raises what reading from the connection raised.
    """
    event = _event(payload, kind, now)
    awork, directory = Awork(connection), Directory()
    facts = lazy_facts(payload, kind, now, awork=awork, directory=directory)
    played = rules if mode is None else _all(rules, mode)
    gates = _OpenGates(lambda: is_ours(payload, awork, directory))
    plan = judge.make(event, played, facts, gates, now=now, whole=whole)
    held = holdings or PresumedHoldings()
    means = _Means(directory, open_from, now, targets, workiva or unset(), held)
    claim = Claim(_ID, _ID, 1, 0, b"", b"")
    work = Work(claim, event, Cause(kind, lambda: payload), plan, (), awork, means, _Forgetful())
    ran = tuple(work.rule(planned) for planned in plan.rules)
    return record.of(event, plan, ran, tuple(work.failures), now_ms=means.now_ms())


def _event(payload: dict[str, Any], kind: str, now: datetime) -> Event:
    entity = payload.get("entity")
    inside = entity.get("id") if isinstance(entity, dict) else None
    now_ms = int(now.timestamp() * 1000)
    return Event(
        id=_ID,
        source="awork",
        kind=kind,
        entity_id=str(payload.get("entityId") or inside or _ID),
        occurred_us=now_ms * 1000,
        received_ms=now_ms,
        identity=_ID,
        body=msgspec.json.encode(payload),
    )


def _all(rules: RuleSet, mode: Mode) -> RuleSet:
    played = [rule if rule.mode == "off" else replace(rule, mode=mode) for rule in rules.rules]
    return RuleSet(tuple(played), rules.hash)


@dataclass(frozen=True)
class _OpenGates:
    """Every window of `once_within` is free, no run waits its turn, nothing came before."""

    is_ours: Callable[[], bool]

    def runs_here(self, rule: Rule) -> bool:  # noqa: ARG002
        return True

    def hand_on(self, turn: Turn) -> HandedOn | None:  # noqa: ARG002
        return None

    def stale(self, rule: Rule) -> Stale | None:  # noqa: ARG002
        return None

    def hop(self) -> int:
        return 0

    def waits(self, rule: str, busy: TargetBusy) -> None:  # noqa: ARG002
        raise busy

    def take_window(self, rule: str, values: str, *, time_s: int) -> str:  # noqa: ARG002
        return _ID


@dataclass(frozen=True)
class _Means:
    directory: Directory
    open_from: Callable[[datetime], date | None]
    at: datetime
    targets: Mapping[str, Target]
    workiva: WorkivaConnection
    holdings: Holdings

    def now(self) -> datetime:
        return self.at

    def now_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def jitter(self, longest_s: float) -> float:
        return longest_s

    def stopping(self) -> bool:
        return False

    def answering_for_s(self, target: str) -> float:  # noqa: ARG002
        return inf


class _Forgetful:
    """A ledger in which nothing was ever written before."""

    def begin(self, effect: str, intent: Entry, *, rule: str, writes_per_hour: int) -> Begun:  # noqa: ARG002
        return Fresh()

    def left(self, rule: str, writes_per_run: int) -> int:  # noqa: ARG002
        return writes_per_run

    def adopt(self, effect: str, entry: Entry) -> bool:  # noqa: ARG002
        return True

    def is_ours_already(self, made: str) -> bool:  # noqa: ARG002
        return False

    def done(self, effect: str, entry: Entry) -> str:  # noqa: ARG002
        return ""

    def refused(self, effect: str, entry: Entry) -> None:
        """Nothing is kept."""

    looked = refused

    def hold(self) -> None:
        """Nobody else has the event."""

    def withdraw(self, effect: str, intent: Entry, *, rule: str) -> None:
        """Nothing is kept."""

    def touched_ms(self, awork_id: str) -> int:  # noqa: ARG002
        return 0

    def pause(self, rule: str, why: str) -> None:
        """The run says so itself."""

    def alarm(self, cause: str, message: str, way_out: str) -> None:
        """The run says so itself."""

    def decided(self, name: str) -> bytes | None:  # noqa: ARG002
        return None

    def decide(self, name: str, value: bytes) -> None:
        """What is decided is carried out at once."""
