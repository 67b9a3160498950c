"""From an event to what shall be done about it: which rules match, and their actions filled in.

The plan is stored with the event before the first write, so that a later try carries on with what
was decided, whatever the rule files say by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from webhooks.errors import RunFailed
from webhooks.event import Event
from webhooks.store.journal import RuleRun
from workers.rules.facts import EventFacts, Facts
from workers.rules.match import Considered, match
from workers.rules.model import ActionCall, Rule, RuleSet, Step
from workers.rules.template import fill

_LONGEST_TITLE = 120


class PlannedAction(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One action with its parameters filled in."""

    id: str
    name: str
    parameters: dict[str, Any] = {}
    #: why it cannot be done; empty when it can
    error: str = ""
    reason: str = ""


class PlannedRule(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule that was considered; with actions when it matched."""

    considered: RuleRun
    timezone: str = "UTC"
    writes_per_run: int = 0
    writes_per_hour: int = 0
    actions: tuple[PlannedAction, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was decided about one event."""

    #: milliseconds since 1970 UTC; "now" and "today" of the actions
    decided_ms: int
    rules_hash: str
    title: str
    rules: tuple[PlannedRule, ...]

    @property
    def acts(self) -> bool:
        """True when something is to be done."""
        return any(rule.actions for rule in self.rules)

    @property
    def decided_at(self) -> datetime:
        return datetime.fromtimestamp(self.decided_ms / 1000, UTC)


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Plan).decode


def make(event: Event, rules: RuleSet, *, now: datetime, own_id: Callable[[], str]) -> Plan:
    """Decide what to do about an event.

    now: the moment the rules see. own_id: asked only when a rule matches, for the id of the user
    our API token acts as; what that user causes triggers nothing.
    Raises Unreadable when the body is no JSON object after all.
    """
    payload = event.payload()
    facts = EventFacts(payload, now)
    considered = match(rules, event.kind, facts)
    ours = any(one.verdict == "matched" for one in considered) and _is_ours(payload, own_id)
    return Plan(
        decided_ms=int(now.timestamp() * 1000),
        rules_hash=rules.hash,
        title=_title(payload),
        rules=tuple(_planned(one, facts, ours=ours) for one in considered),
    )


def counts(plan: Plan) -> Counter[str]:
    """How often each rule was considered, by verdict, for the metrics."""
    return Counter(f"rules:{r.considered.rule}:{r.considered.verdict}" for r in plan.rules)


def _is_ours(payload: Mapping[str, Any], own_id: Callable[[], str]) -> bool:
    by = payload.get("triggeredBy")
    return isinstance(by, dict) and bool(by.get("id")) and by.get("id") == own_id()


def _planned(one: Considered, facts: Facts, *, ours: bool) -> PlannedRule:
    rule, matched = one.rule, one.verdict == "matched"
    verdict = "own-event" if matched and ours else one.verdict
    return PlannedRule(
        considered=RuleRun(
            rule=rule.id,
            verdict=verdict,
            mode=rule.mode,
            trace=tuple(_told(step) for step in one.trace),
        ),
        timezone=rule.timezone,
        writes_per_run=rule.limits.writes_per_run,
        writes_per_hour=rule.limits.writes_per_hour,
        actions=_filled(rule, facts) if verdict == "matched" else (),
    )


def _filled(rule: Rule, facts: Facts) -> tuple[PlannedAction, ...]:
    facts = facts.in_zone(rule.timezone)
    return tuple(_action(call, facts) for call in rule.actions)


def _action(call: ActionCall, facts: Facts) -> PlannedAction:
    try:
        return PlannedAction(id=call.id, name=call.name, parameters=fill(call.parameters, facts))
    except RunFailed as failed:
        # Known now, told when its turn comes: what stands before it in the rule is still done.
        return PlannedAction(id=call.id, name=call.name, error=str(failed), reason=failed.reason)


def _told(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"text": step.text, "verdict": step.verdict, "value": step.value}
    if step.note:
        told["note"] = step.note
    if step.children:
        told["children"] = [_told(child) for child in step.children]
    return told


def _title(payload: Mapping[str, Any]) -> str:
    """What people call the object of the event."""
    entity = payload.get("entity")
    if not isinstance(entity, dict):
        return ""
    nested = [entity.get(name) for name in ("task", "project", "user")]
    for one in (entity, *[n for n in nested if isinstance(n, dict)]):
        name = one.get("name") or " ".join(
            str(one[part]) for part in ("firstName", "lastName") if one.get(part)
        )
        if name:
            return str(name)[:_LONGEST_TITLE]
    return ""
