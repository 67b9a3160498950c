"""When a rule runs, beside its conditions: the clock, its flow. Performs no I/O."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.reasons import duration
from webhooks.sources.kinds import KINDS
from workers.rules.cron import occurrences
from workers.rules.facts import Path
from workers.rules.findings import way_out
from workers.rules.model import Rule
from workers.rules.values import quoted

#: days to look ahead for the clock's next time, growing: most clocks strike within a week
_AHEAD_DAYS = (7, 400, 3660)


def deaf(rule: Rule | None, kind: str, now: datetime) -> str:
    """Why no rule is asked about an event of this kind; empty when there is nothing to add.

    rule: the only one to consider, if there is one.
    """
    if kind not in KINDS:
        return f"awork has no event {quoted(kind)}; {way_out(kind, KINDS)}"
    if rule is None or kind in rule.when:
        return ""
    off = f" It is off: {rule.reason}." if rule.mode == "off" else ""
    if rule.cron:
        return f"{rule.id} listens to no event: {_clock(rule, now)}.{off}"
    return f"{rule.id} does not listen to {kind}, only to {', '.join(sorted(rule.when))}.{off}"


def flow(rule: Rule) -> str:
    """How its runs follow each other, in one line; empty when each goes ahead at once."""
    one, parts = rule.flow, []
    if one.hands_on:
        parts.append(f"in a line of its own by {_written(one.key) if one.key else 'its entity'}")
    if one.settle_s:
        settle, at_most = duration(one.settle_s), duration(one.settle_at_most_s)
        parts.append(f"after nothing came for {settle} (at most {at_most})")
    told = ", ".join(parts)
    if one.once:
        per = ", ".join(map(_written, one.once.per))
        once = f"once within {duration(one.once.time_s)} per {per}"
        return f"{told}; {once}" if told else once
    return told


def _clock(rule: Rule, now: datetime) -> str:
    told = f"the clock starts it, {quoted(rule.cron)} in {rule.timezone}"
    for days in _AHEAD_DAYS:
        try:
            until = now + timedelta(days=days)
            found = occurrences(rule.cron, rule.timezone, after=now, until=until)
        except OverflowError:
            # The calendar ends before it strikes.
            return told
        if found:
            return f"{told}; the next time is {found[0].astimezone(rule.zone):%a %Y-%m-%d %H:%M}"
    return told


def _written(path: Path) -> str:
    return ".".join(map(str, path))
