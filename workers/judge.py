"""From an event to a plan: which rules match, what they will do, and which wait their turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import msgspec

from webhooks.errors import RunFailed, TargetBusy
from webhooks.event import Event
from webhooks.store.journal import RuleRun
from webhooks.store.turns import Change, HandedOn
from workers import plan as plans
from workers import prepare
from workers.gates import Gates
from workers.plan import Plan, PlannedRule, told
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.flow import Once
from workers.rules.match import Considered, consider, free_verdict
from workers.rules.model import Rule, RuleSet
from workers.turn import Turn

Judge = Callable[[Event, Rule, Facts, Gates], PlannedRule]

#: a longer value of a key is shortened to its digest
_LONGEST_KEY = 100


def make(
    event: Event,
    rules: RuleSet,
    facts: Facts,
    gates: Gates,
    *,
    now: datetime,
    whole: bool = False,
    only: frozenset[str] | None = None,
) -> Plan:
    """Decide what to do about an event, and hand it on to the rules whose runs wait their turn.

    Handing on comes first: what another rule has to read, and awork cannot say now, must not let
    a later event overtake this one in a line. It may be done again, as all of this may.
    now: the moment the rules see. whole: every condition is evaluated, also after one has settled
    the matter. only: judge just these rules. A rule for which awork cannot say now what it needs is
    left undecided. Raises LeaseLost when another worker has the event.
    """
    asked = [r for r in _asked(event, rules) if only is None or r.id in only]
    settled = {rule.id: planned for rule in asked if (planned := _too_old(rule, gates))}
    settled |= {
        rule.id: _judged(_handed_on, event, rule, facts, gates)
        for rule in asked
        if rule.id not in settled and _waits_its_turn(rule, gates)
    }
    acting = partial(_acting, whole=whole)
    made = [settled.get(rule.id) or _judged(acting, event, rule, facts, gates) for rule in asked]
    gone = event.rule and not made and only is None
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


def _too_old(rule: Rule, gates: Gates) -> PlannedRule | None:
    if rule.mode == "off" or not (why := gates.stale(rule)):
        return None
    planned = _planned(Considered(rule, "undecided"), "stale", why.message)
    considered = msgspec.structs.replace(planned.considered, reason=why.reason)
    return msgspec.structs.replace(planned, considered=considered)


def _waits_its_turn(rule: Rule, gates: Gates) -> bool:
    return rule.flow.hands_on and rule.mode != "off" and not gates.runs_here(rule)


def _judged(judge: Judge, event: Event, rule: Rule, facts: Facts, gates: Gates) -> PlannedRule:
    try:
        return judge(event, rule, facts.in_zone(rule.timezone), gates)
    except RunFailed as failed:
        # Its key, say, cannot be read: that rule has failed, the others go on.
        return _planned(Considered(rule, "failed", (), failed))
    except TargetBusy as busy:
        # Only this rule waits for awork; what the others do does not.
        gates.waits(rule.id, busy)
        undecided = _planned(Considered(rule, "undecided"), message=str(busy))
        return msgspec.structs.replace(undecided, undecided=True)


def _acting(
    event: Event, rule: Rule, facts: Facts, gates: Gates, *, whole: bool = False
) -> PlannedRule:
    # A turn's events were asked before they were handed on.
    ignores_ours = rule.own_events == "ignore" and not event.rule
    if ignores_ours and not rule.is_free and not whole:
        # Before anything is read for it: every write of ours comes back as an event.
        free = free_verdict(rule, facts)
        if free.verdict == "undecided" and gates.is_ours():
            return _planned(free, "own-event")
    one = consider(rule, facts, whole=whole)
    if one.verdict != "matched":
        return _planned(one)
    if ignores_ours and gates.is_ours():
        return _planned(one, "own-event")
    if rule.flow.once:
        holder = _holder(event, rule, rule.flow.once, facts, gates)
        if holder != event.id:
            return _planned(one, "skipped", f"event {holder} ran within once_within already")
    # What answers our own events could go round: how often it has is asked once it matches.
    handles_ours = rule.own_events == "handle" and rule.mode == "live"
    return _with_actions(one, facts, hop=gates.hop() if handles_ours else 0)


def _handed_on(event: Event, rule: Rule, facts: Facts, gates: Gates) -> PlannedRule:
    """What is at hand decides whether the run waits its turn; the rest is judged then, on what
    awork says then."""
    one = free_verdict(rule, facts)
    ruled_out = one.verdict == "not-matched"
    if ruled_out and not rule.flow.settle_s:
        return _planned(one)
    if rule.own_events == "ignore" and gates.is_ours():
        return _planned(one, "not-matched" if ruled_out else "own-event")
    turn = Turn(rule.id, line(event, rule, facts), rule.flow, _changes(facts), join_only=ruled_out)
    handed = gates.hand_on(turn)
    if handed is None:
        return _planned(one)
    verdict = "not-matched" if ruled_out else "handed-on"
    planned = _planned(one, verdict, _waits(handed, rule.flow.settle_s))
    considered = msgspec.structs.replace(planned.considered, outcome="handed-on", turn=handed.turn)
    return msgspec.structs.replace(planned, considered=considered)


def _waits(handed: HandedOn, settle_s: int) -> str:
    how = "joins a run that still waits" if handed.how == "joined" else "waits its turn"
    return f"{how}, until nothing came for {settle_s} s" if settle_s else how


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
        hours=one.rule.working_hours,
        writes_per_run=one.rule.limits.writes_per_run,
        writes_per_hour=one.rule.limits.writes_per_hour,
    )


def _with_actions(one: Considered, facts: Facts, *, hop: int) -> PlannedRule:
    rule, planned = one.rule, _planned(one)
    considered = msgspec.structs.replace(planned.considered, text=rule.text)
    actions = prepare.prepared(rule, facts)
    planned = msgspec.structs.replace(planned, considered=considered, actions=actions, hop=hop)
    if not any(action.late for action in actions):
        return planned
    try:
        frozen = prepare.freeze(rule, facts)
    except RunFailed as failed:
        return msgspec.structs.replace(planned, actions=prepare.without_late(actions, failed))
    return msgspec.structs.replace(planned, text=rule.text, frozen=frozen)


def _holder(event: Event, rule: Rule, once: Once, facts: Facts, gates: Gates) -> str:
    """Who has the window. What has no value is like nothing but its own entity. Shadow runs take
    windows of their own: a rule that goes live must not be held back by what it never wrote."""
    values = [_key(facts, path) or event.entity_lane for path in once.per]
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


def _changes(facts: Facts) -> tuple[Change, ...] | None:
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
