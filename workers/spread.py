"""A time of a rule's clock: what the rule runs over is listed, and each item gets a turn.

The turns are events of the inbox like any other: each is judged, retried and recorded by itself,
in the rule's own line of its entity or key. An item that still waits for an earlier turn gets no
other: however long awork is away or a rule is paused, there is one for each item at the most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from msgspec.structs import replace

from webhooks.errors import RunFailed, RunHeld
from webhooks.event import Event
from webhooks.store.inbox import Claim
from webhooks.store.journal import RuleRun
from webhooks.store.reply import text
from workers import judge
from workers.deps import Deps
from workers.effects import HELD_RETRY_S
from workers.facts.lazy import LazyFacts
from workers.facts.listing import listing
from workers.facts.reads import Reads
from workers.plan import Plan, PlannedRule, title, told
from workers.rules.facts import EventFacts, Facts
from workers.rules.match import Considered, free_verdict
from workers.rules.model import Listing, Rule, RuleSet
from workers.targets.awork import Awork

log = structlog.get_logger()

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
    if why := text(deps.redis.hget(deps.redis.key.paused, rule.id)):
        raise RunHeld("rule-paused", f"rule {rule.id} is paused: {why}", HELD_RETRY_S)
    today = deps.now().astimezone(rule.zone).date()
    items = listing(rule.listing, awork, deps.directory, today, zone=rule.zone)
    reads = Reads(awork, deps.directory)
    judged = [(item, *_judged(event, rule, item, reads, deps)) for item in items]
    ruled_out = [(item, one) for item, one, _ in judged if one.verdict == "not-matched"]
    turns = [
        _turn(event, rule, item, facts)
        for item, one, facts in judged
        if one.verdict != "not-matched"
    ]
    answers: list[str] = []
    for begin in range(0, len(turns), _BATCH):
        deps.inbox.renew(claim)
        answers += deps.turns.enter(turns[begin : begin + _BATCH])
    spoilt = [turn for turn, how in zip(turns, answers, strict=True) if how == "spoilt"]
    if spoilt:
        _tell(rule, spoilt, deps)
    counts = (len(turns), answers.count("held"), len(spoilt))
    return _ran(rules, deps, _run(rule, counts, ruled_out))


def _tell(rule: Rule, spoilt: Sequence[Event], deps: Deps) -> None:
    log.error(
        "turns_not_entered",
        rule=rule.id,
        items=len(spoilt),
        entity_ids=[turn.entity_id for turn in spoilt[:_MOST_SHOWN]],
        problem=f"{deps.redis.key.lane(spoilt[0].lane)} is no zset, or what is kept of its earlier"
        " turn no string",
        way_out="see who else writes to this Redis, and delete the key; the rule's next time gives"
        " these items a turn",
    )


def _judged(
    event: Event, rule: Rule, item: Mapping[str, Any], reads: Reads, deps: Deps
) -> tuple[Considered, Facts]:
    """reads: shared by all items, which are often of few projects."""
    own = EventFacts(_payload(event, item), deps.now())
    facts = LazyFacts(own, _kind(rule), reads).in_zone(rule.timezone)
    return free_verdict(rule, facts), facts


def kind_of(what: Listing) -> str:
    """The kind of event that one item of a list is."""
    return f"{KIND}:{what.name}"


def _payload(event: Event, item: Mapping[str, Any]) -> dict[str, Any]:
    return {**event.payload(), "entity": dict(item)}


def _kind(rule: Rule) -> str:
    return kind_of(rule.listing) if rule.listing else KIND


def _turn(event: Event, rule: Rule, item: Mapping[str, Any], facts: Facts) -> Event:
    item_id = str(item.get("id", ""))
    turn = replace(
        event,
        id=f"{event.id}.{item_id}",
        identity=f"{event.id}.{item_id}",
        source="awork",
        kind=_kind(rule),
        entity_id=item_id,
        body=msgspec.json.encode(_payload(event, item)),
    )
    try:
        return replace(turn, line=judge.line(turn, rule, facts))
    except RunFailed:
        # Its key cannot be read: that one item fails when its turn comes, the others go on.
        return replace(turn, line=f"turn:{rule.id}:{turn.entity_lane}")


def _run(
    rule: Rule,
    counts: tuple[int, int, int],
    ruled_out: Sequence[tuple[Mapping[str, Any], Considered]],
) -> RuleRun:
    """counts: items that a turn was wanted for; those of them that were held, and spoilt."""
    wanted, held, spoilt = counts
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
        message=f"{wanted - held - spoilt} of {wanted + len(ruled_out)} get a turn"
        + (f"; {held} still wait for an earlier one" if held else "")
        + (f"; of {spoilt} the line in Redis was overwritten: see the log" if spoilt else ""),
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
