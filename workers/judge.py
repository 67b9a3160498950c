"""From an event to a plan: which rules match, what they will do, and which wait their turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from webhooks.errors import RunFailed
from webhooks.event import Event
from webhooks.store.journal import RuleRun
from workers import plan as plans
from workers import prepare
from workers.plan import Plan, PlannedRule, PlannedTurn, told
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.match import Considered, consider, free_verdict
from workers.rules.model import Once, Rule, RuleSet

#: a longer value of a key is shortened to its digest
_LONGEST_KEY = 100


class Gates(Protocol):
    """What a plan needs from outside beside the facts."""

    def is_ours(self) -> bool:
        """True when our own API user caused the event. Asked only when a rule matches."""
        ...

    def take_window(self, rule: str, values: str, *, time_s: int) -> str:
        """Take a window of `once_within`; returns the id of the event that has it."""
        ...


def make(
    event: Event,
    rules: RuleSet,
    facts: Facts,
    gates: Gates,
    *,
    now: datetime,
    here: bool = False,
    whole: bool = False,
) -> Plan:
    """Decide what to do about an event.

    now: the moment the rules see. here: no rule waits its turn elsewhere, as in a rehearsal.
    whole: every condition is evaluated, also after one has settled the matter.
    What lazy facts raise while they read passes through.
    """
    made = [
        _judged(event, rule, facts.in_zone(rule.timezone), gates, here=here, whole=whole)
        for rule in _asked(event, rules)
    ]
    gone = event.rule and not made
    return Plan(
        decided_ms=int(now.timestamp() * 1000),
        rules_hash=rules.hash,
        title=plans.title(facts.root("entity")),
        rules=tuple(made),
        reason="rule-gone" if gone else "",
        message=f"the rule '{event.rule}' is not in the rule files any more" if gone else "",
    )


def line(event: Event, rule: Rule, facts: Facts) -> str:
    """The lane of the rule's runs with this key; without a value, that of the entity alone."""
    value = _key(facts, rule.flow.key) if rule.flow.key else ""
    return f"turn:{rule.id}:{value or event.entity_lane}"


def _asked(event: Event, rules: RuleSet) -> tuple[Rule, ...]:
    if not event.rule:
        return rules.for_kind(event.kind)
    rule = rules.named(event.rule)
    return (rule,) if rule else ()


def _judged(
    event: Event, rule: Rule, facts: Facts, gates: Gates, *, here: bool, whole: bool
) -> PlannedRule:
    try:
        if rule.flow.hands_on and rule.mode != "off" and not (event.rule or here):
            return _handed_on(event, rule, facts, gates)
        return _acting(event, consider(rule, facts, whole=whole), facts, gates)
    except RunFailed as failed:
        # Its key, say, cannot be read: that rule has failed, the others go on.
        return _planned(Considered(rule, "failed", (), failed))


def _acting(event: Event, one: Considered, facts: Facts, gates: Gates) -> PlannedRule:
    rule = one.rule
    if one.verdict != "matched":
        return _planned(one)
    # A turn's events were asked before they were handed on.
    if rule.own_events == "ignore" and not event.rule and gates.is_ours():
        return _planned(one, "own-event")
    if rule.flow.once and (holder := _holder(rule, rule.flow.once, facts, gates)) != event.id:
        return _planned(one, "skipped", message=f"event {holder} ran within once_within already")
    return _with_actions(one, facts)


def _handed_on(event: Event, rule: Rule, facts: Facts, gates: Gates) -> PlannedRule:
    """What is at hand decides whether the run waits its turn; the rest is judged then, on what
    awork says then."""
    one = free_verdict(rule, facts)
    ruled_out = one.verdict == "not-matched"
    if ruled_out and not rule.flow.settle_s:
        return _planned(one)
    if rule.own_events == "ignore" and gates.is_ours():
        return _planned(one, "not-matched" if ruled_out else "own-event")
    changes = _changes(facts)
    turn = PlannedTurn(
        line=line(event, rule, facts),
        settle_s=rule.flow.settle_s,
        settle_at_most_s=rule.flow.settle_at_most_s,
        changes=changes or (),
        tells_changes=changes is not None,
        join_only=ruled_out,
    )
    planned = _planned(one, "not-matched" if ruled_out else "handed-on")
    return msgspec.structs.replace(planned, turn=turn)


def _planned(one: Considered, verdict: str = "", message: str = "") -> PlannedRule:
    failed = one.error
    return PlannedRule(
        considered=RuleRun(
            rule=one.rule.id,
            verdict=verdict or one.verdict,
            mode=one.rule.mode,
            reason=failed.reason if failed else "",
            message=str(failed) if failed else message,
            trace=tuple(told(step) for step in one.trace),
        ),
        timezone=one.rule.timezone,
        writes_per_run=one.rule.limits.writes_per_run,
        writes_per_hour=one.rule.limits.writes_per_hour,
    )


def _with_actions(one: Considered, facts: Facts) -> PlannedRule:
    rule, planned = one.rule, _planned(one)
    is_late = any(call.is_late for call in rule.actions)
    return msgspec.structs.replace(
        planned,
        considered=msgspec.structs.replace(planned.considered, text=rule.text),
        actions=prepare.prepared(rule, facts),
        text=rule.text if is_late else "",
        frozen=prepare.freeze(rule, facts) if is_late else {},
    )


def _holder(rule: Rule, once: Once, facts: Facts, gates: Gates) -> str:
    """Who has the window. Shadow runs take windows of their own: a rule that goes live must not be
    held back by what it never wrote."""
    values = [_key(facts, path) for path in once.per]
    digest = hashlib.sha256(json.dumps([rule.mode, *values]).encode()).hexdigest()[:24]
    return gates.take_window(rule.id, digest, time_s=once.time_s)


def _key(facts: Facts, path: Path) -> str:
    """A value as a short text; an object goes by its id."""
    value = resolve(facts, path)
    if isinstance(value, Mapping):
        value = value.get("id") or json.dumps(dict(value), sort_keys=True, default=str)
    if value is ABSENT:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST_KEY else hashlib.sha256(text.encode()).hexdigest()


def _changes(facts: Facts) -> tuple[tuple[str, Any, Any], ...] | None:
    """What the event says it changed; else what differs from when the entity was last seen."""
    listed = facts.root("changes")
    if isinstance(listed, Mapping):
        return tuple((name, one.get("old"), one.get("new")) for name, one in listed.items())
    seen, entity = facts.root("seen"), facts.root("entity")
    if not isinstance(seen, Mapping) or not isinstance(entity, Mapping):
        return None
    return tuple(
        (name[:1].upper() + name[1:], old, entity.get(name))
        for name, old in seen.items()
        if entity.get(name) != old
    )
