"""The clock of cron rules: each time that has come becomes an event of the inbox.

Every worker looks; a time has one identity, so however many of them see it, it is one event.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from webhooks.event import Event
from webhooks.store.client import Client
from webhooks.store.reply import text
from webhooks.store.turns import Turns
from workers import spread
from workers.rules.cron import occurrences
from workers.rules.model import Rule, RuleSet

log = structlog.get_logger()

#: Times that nobody was there to see: the last of them is made up for, unless it is older.
LONGEST_ABSENCE = timedelta(days=32)
_LOOK_AHEAD = timedelta(hours=1)
#: times of one rule that wait, the one that is being worked on among them
_MOST_WAITING = 2


class Clock:
    """Looks which cron rules are due."""

    def __init__(
        self,
        client: Client,
        turns: Turns,
        rules: Callable[[], RuleSet],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._turns = turns
        self._rules = rules
        self._now = now
        #: rule as it is written -> nothing happens before this
        self._quiet_until: dict[str, datetime] = {}
        #: the rules that were in force at the last look, as they are written
        self._names: set[str] | None = None
        self._looked: datetime | None = None

    def look(self) -> None:
        """Enter every time that has come since the last look of any worker."""
        now, crons = self._now(), self._rules().crons
        self._forget_others({_name(rule) for rule in crons})
        for rule in crons:
            if self._quiet_until.get(_name(rule), now) <= now:
                self._look_at(rule, now)
        self._looked = now

    def _forget_others(self, names: set[str]) -> None:
        """What is switched off or written otherwise begins anew when it comes back: its times are
        made up for when nobody was there, not when nobody wanted them."""
        if names == self._names:
            return
        known = {text(name) for name in self._client.hkeys(self._client.key.clock)}
        if others := known - names:
            self._client.hdel(self._client.key.clock, *others)
        self._quiet_until = {n: at for n, at in self._quiet_until.items() if n in names}
        self._names = names

    def _look_at(self, rule: Rule, now: datetime) -> None:
        since = max(self._since(rule, now), now - LONGEST_ABSENCE)
        come = occurrences(rule.cron, rule.timezone, after=since, until=now)
        if come:
            self._enter(rule, come, now)
        ahead = occurrences(rule.cron, rule.timezone, after=now, until=now + _LOOK_AHEAD)
        self._quiet_until[_name(rule)] = ahead[0] if ahead else now + _LOOK_AHEAD

    def _enter(self, rule: Rule, come: list[datetime], now: datetime) -> None:
        time = _time(rule, come[-1], now)
        waiting = self._turns.waiting_in(time.lane)
        missed = len(come) - 1
        if waiting < _MOST_WAITING:
            self._turns.enter([time])
        else:
            # Held for long: the times that wait make up for it.
            missed += 1
        if missed:
            log.warning("cron_times_missed", rule=rule.id, missed=missed)
        self._client.hset(self._client.key.clock, _name(rule), _ms(come[-1]))

    def _since(self, rule: Rule, now: datetime) -> datetime:
        """Up to when the rule's times are dealt with; a new rule, or a new time, begins now.

        One that this process has looked at before is not new, even when a worker that does not
        have it (yet, or any more) has forgotten it.
        """
        known = self._client.hget(self._client.key.clock, _name(rule))
        if known is None:
            begins = self._looked if _name(rule) in self._quiet_until and self._looked else now
            self._client.hsetnx(self._client.key.clock, _name(rule), _ms(begins))
            known = self._client.hget(self._client.key.clock, _name(rule))
        return datetime.fromtimestamp(int(text(known)) / 1000, UTC)


def _name(rule: Rule) -> str:
    return f"{rule.id} {rule.cron} {rule.timezone}"


def _time(rule: Rule, at: datetime, now: datetime) -> Event:
    ident = f"cron-{rule.id}-{_ms(at)}"
    body = {"eventType": spread.KIND, "rule": rule.id, "timestamp": at.isoformat()}
    return Event(
        id=ident,
        source=spread.SOURCE,
        kind=spread.KIND,
        entity_id=rule.id,
        occurred_us=_ms(at) * 1000,
        received_ms=_ms(now),
        identity=ident,
        rule=rule.id,
        body=msgspec.json.encode(body),
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
