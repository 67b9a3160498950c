"""A time of a rule's clock: what the rule runs over is listed, and each item gets a turn.

The turns are events of the inbox like any other: each is judged, retried and recorded by itself,
in the lane of its entity, so that a cron rule and a webhook never work on one task at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import RuleRun
from workers import judge
from workers.deps import Deps
from workers.facts.lazy import lazy_facts
from workers.facts.listing import listing
from workers.plan import Plan, PlannedRule, title, told
from workers.rules.facts import Facts
from workers.rules.match import Considered, free_verdict
from workers.rules.model import Listing, Rule, RuleSet
from workers.targets.awork import Awork

#: who sends the times of a clock
SOURCE = "clock"
KIND = "cron"

_BATCH = 100
#: items that a run's record names as ruled out
_MOST_SHOWN = 50


def over(
    claim: Claim, event: Event, rules: RuleSet, awork: Awork, deps: Deps
) -> tuple[Plan, tuple[RuleRun, ...]]:
    """List the items and give each a turn, unless what the list says rules it out.

    Doing it again, after a crash, gives no item a second turn.
    Raises what awork raised, and LeaseLost.
    """
    rule = rules.named(event.rule)
    if rule is None or rule.listing is None:
        return _plan(rules, deps, reason="rule-gone"), ()
    if rule.mode == "off":
        return _ran(rules, deps, RuleRun(rule=rule.id, verdict="off", mode=rule.mode))
    today = deps.now().astimezone(rule.zone).date()
    items = listing(rule.listing, awork, deps.directory, today, zone=rule.zone)
    judged = [
        (item, _judged(event, rule, rule.listing, item, awork=awork, deps=deps)) for item in items
    ]
    waiting = [
        _turn(event, rule, rule.listing, item, facts)
        for item, (one, facts) in judged
        if one.verdict != "not-matched"
    ]
    for begin in range(0, len(waiting), _BATCH):
        deps.inbox.renew(claim)
        deps.turns.enter(waiting[begin : begin + _BATCH])
    ruled_out = [(item, one) for item, (one, _) in judged if one.verdict == "not-matched"]
    return _ran(rules, deps, _run(rule, len(waiting), ruled_out))


def _judged(
    event: Event,
    rule: Rule,
    what: Listing,
    item: Mapping[str, Any],
    *,
    awork: Awork,
    deps: Deps,
) -> tuple[Considered, Facts]:
    facts = lazy_facts(
        _payload(event, item),
        kind_of(what),
        deps.now(),
        awork=awork,
        directory=deps.directory,
    ).in_zone(rule.timezone)
    return free_verdict(rule, facts), facts


def kind_of(what: Listing) -> str:
    """The kind of event that one item of a list is."""
    return f"{KIND}:{what.name}"


def _payload(event: Event, item: Mapping[str, Any]) -> dict[str, Any]:
    return {**event.payload(), "entity": dict(item)}


def _turn(event: Event, rule: Rule, what: Listing, item: Mapping[str, Any], facts: Facts) -> Event:
    """The turn of one item; without a key it waits in the lane of its entity."""
    item_id = str(item.get("id", ""))
    turn = replace(
        event,
        id=f"{event.id}.{item_id}",
        identity=f"{event.id}.{item_id}",
        source="awork",
        kind=kind_of(what),
        entity_id=item_id,
        body=msgspec.json.encode(_payload(event, item)),
    )
    return replace(turn, line=judge.line(turn, rule, facts)) if rule.flow.key else turn


def _run(
    rule: Rule, waiting: int, ruled_out: Sequence[tuple[Mapping[str, Any], Considered]]
) -> RuleRun:
    trace = tuple(
        {
            "text": title(item) or str(item.get("id", "")),
            "verdict": "not met",
            "value": None,
            "children": [told(step) for step in one.trace],
        }
        for item, one in ruled_out[:_MOST_SHOWN]
    )
    return RuleRun(
        rule=rule.id,
        verdict="handed-on",
        mode=rule.mode,
        outcome="handed-on",
        message=f"{waiting} of {waiting + len(ruled_out)} get a turn",
        trace=trace,
    )


def _ran(rules: RuleSet, deps: Deps, run: RuleRun) -> tuple[Plan, tuple[RuleRun, ...]]:
    return _plan(rules, deps, run), (run,)


def _plan(rules: RuleSet, deps: Deps, *runs: RuleRun, reason: str = "") -> Plan:
    return Plan(
        decided_ms=deps.now_ms(),
        rules_hash=rules.hash,
        title="",
        rules=tuple(PlannedRule(considered=run) for run in runs),
        reason=reason,
    )
