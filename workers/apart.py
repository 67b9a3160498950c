"""Versions apart: what a newer version of hookwork has written, while two run side by side.

A worker does whole what it understands. What a newer one has written, and this one would do only in
part, is given back as it is until a newer one comes for it:

    the event      has a higher version, or a sender or a kind of ours that is not known here
    its plan       has a higher version, or says in a rule what cannot be said here

What waits so is a problem: after a way back there may be nobody who comes.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from msgspec.structs import replace
from redis.exceptions import RedisError

from webhooks.errors import RuleFilesRejected
from webhooks.event import Event, NewerWire
from webhooks.store import undos
from webhooks.store.inbox import Claim
from webhooks.store.problems import Problems
from workers import plan as plans
from workers import prepare, spread
from workers.actions import ACTIONS
from workers.deps import Deps
from workers.plan import Plan, PlannedAction, PlannedRule
from workers.stale import SOURCE as AWORK
from workers.undo import removal

log = structlog.get_logger()

CAUSE = "version:newer"
#: seconds for which it is told after it was met last: what waits is met every 30 s
TOLD_S = 120
#: seconds that one waits for a newer worker; what waits behind it waits as long
LONGEST_S = 7 * 24 * 3600

_SENDERS = (AWORK, undos.SOURCE, spread.SOURCE)
_DOABLE = (*ACTIONS, removal.NAME)


def heed(event: Event) -> None:
    """Raises NewerWire for an event whose meaning is not known here. awork's own new kinds are
    none: they are settled as "no rule" by every version."""
    unknown = event.source not in _SENDERS
    if unknown or (event.source == undos.SOURCE and not undos.is_undo(event)):
        raise NewerWire(f"an event of the kind {event.kind!r} of {event.source!r}")


def plan_of(stored: bytes) -> Plan:
    """The plan of an earlier try, all of which can be carried out here.

    Raises NewerWire when a newer worker has to do it. What this version cannot do any more fails
    when its turn comes, as whatever else cannot be done.
    """
    plan = plans.decode(stored)
    if plan.language > plans.LANGUAGE:
        for rule in plan.rules:
            _heed_rule(rule)
    return replace(plan, rules=tuple(map(_without_what_is_gone, plan.rules)))


def tell(newer: NewerWire, deps: Deps) -> None:
    """Say that something waits for a newer worker; in the log when that is news."""
    message = f"events wait for a worker of a newer version: {newer}"
    way_out = "finish the rolling change; after a way back, run one worker of that version until"
    way_out += " nothing waits"
    try:
        if Problems(deps.redis).raised(CAUSE, message, way_out=way_out):
            log.warning("newer_version_waits", problem=str(newer), way_out=way_out)
    except (RedisError, OSError):
        # It is given back, or its lease ends: it is met again, and told then.
        log.debug("newer_version_not_told")


def has_waited_too_long(claim: Claim, deps: Deps) -> bool:
    """True when no newer worker has come for it in all that time."""
    since_ms = deps.redis.zscore(deps.redis.key.waiting, claim.id)
    return since_ms is not None and deps.now_ms() - float(since_ms) > LONGEST_S * 1000


def _heed_rule(rule: PlannedRule) -> None:
    if not rule.actions:
        return
    unknown = [action.name for action in rule.actions if action.name not in _DOABLE]
    if unknown:
        raise NewerWire(f"the action '{unknown[0]}' of rule '{rule.considered.rule}'")
    if text := rule.considered.text:
        try:
            prepare.loaded(text)
        except RuleFilesRejected as rejected:
            raise NewerWire(f"rule '{rule.considered.rule}': {rejected}") from rejected


def _without_what_is_gone(rule: PlannedRule) -> PlannedRule:
    if all(action.name in _DOABLE for action in rule.actions):
        return rule
    return replace(rule, actions=tuple(_or_failed(rule.actions)))


def _or_failed(actions: tuple[PlannedAction, ...]) -> Iterator[PlannedAction]:
    for action in actions:
        if action.name in _DOABLE:
            yield action
        else:
            why = f"this version has no action '{action.name}' any more"
            yield replace(action, late=False, error=why, reason="action-gone")
