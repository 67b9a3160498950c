"""What is wrong with our subscription in awork, each with the way out. Performs no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from webhooks.sources.kinds import KINDS
from workers.targets.subscriptions import Gate, Subscription, Subscriptions

MISSING = "subscription:missing"
PAUSED = "subscription:paused"
FAILING = "subscription:failing"
EVENTS = "subscription:events"
NESTED = "subscription:nested"
#: the API user may not read subscriptions: nothing is known of ours
NOT_ALLOWED = "subscription:not-allowed"
#: all that may be found, for who has to tell what is gone
CAUSES = (MISSING, PAUSED, FAILING, EVENTS, NESTED, NOT_ALLOWED)

_IN_AWORK = "in awork: Settings, Integrations, Integration Library, Webhooks"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    #: names it for good, as in `Problem.cause`
    cause: str
    #: one line for people: what is wrong
    message: str
    #: one line for people: what to do
    way_out: str

    def __str__(self) -> str:
        return f"{self.message}; {self.way_out}"


def findings(found: Subscriptions, kinds: Collection[str], gate: Gate) -> list[Finding]:
    """What is wrong, the worst first; empty when all is well.

    kinds: the events that rules listen to. gate: that of our edge.
    """
    if not found.ours:
        return [_missing(found, gate)]
    every = [*_paused(found.ours), *_failing(found.ours), *_lacking(found.ours, kinds)]
    return [*every, *_nested(found.ours)]


def not_allowed(why: str) -> Finding:
    """awork refuses to show subscriptions. why: in its words."""
    return Finding(
        NOT_ALLOWED,
        f"awork does not show our subscription: {why}",
        "give the API user workspace-manage-config, or set HOOKWORK_WATCH=off",
    )


def _missing(found: Subscriptions, gate: Gate) -> Finding:
    header = gate.header
    wrong = [f"'{one.name}' ({one.place})" for one in found.others]
    if wrong:
        return Finding(
            MISSING,
            f"no subscription in awork sends our secret in the header {header}:"
            f" not {', '.join(wrong)}",
            f"{_IN_AWORK}: give it the header {header} with AWORK_WEBHOOK_SECRET as its value",
        )
    return Finding(
        MISSING,
        f"no subscription in awork has an address that ends in {gate.path}: nothing is delivered",
        f"{_IN_AWORK}: add one, with the header {header} and AWORK_WEBHOOK_SECRET as its value",
    )


def _paused(ours: Collection[Subscription]) -> Iterator[Finding]:
    paused = [one for one in ours if not one.is_active]
    if paused:
        yield Finding(
            PAUSED,
            f"awork has paused {_named(paused)}: nothing is delivered",
            "`hookwork doctor --fix` makes it active again, and says what to backfill",
        )


def _failing(ours: Collection[Subscription]) -> Iterator[Finding]:
    failing = [one for one in ours if one.is_active and one.failure]
    if failing:
        yield Finding(
            FAILING,
            f"deliveries fail: {_named(failing)}; after more than 10 in a row awork pauses it",
            "see whether the edge can be reached there: /health/ready of the same host",
        )


def _lacking(ours: Collection[Subscription], kinds: Collection[str]) -> Iterator[Finding]:
    """Only what awork has: another name is a mistake in a rule, and no setting in awork."""
    listed = {kind for one in ours for kind in one.events}
    lacking = sorted(set(kinds) & set(KINDS) - listed)
    if lacking:
        yield Finding(
            EVENTS,
            f"rules listen to what the subscription does not send: {', '.join(lacking)}",
            f"{_IN_AWORK}: select these events too",
        )


def _nested(ours: Collection[Subscription]) -> Iterator[Finding]:
    nested = [one for one in ours if not one.is_first_level_only]
    if nested:
        names = ", ".join(f"'{one.name}'" for one in nested)
        yield Finding(
            NESTED,
            f"{names} sends an event for whatever holds what changed: one for each time entry of"
            " a project when its tags change",
            f"{_IN_AWORK}: switch on 'Only events from first level properties'",
        )


def _named(some: Collection[Subscription]) -> str:
    return ", ".join(
        f"the subscription '{one.name}' ({one.failure})"
        if one.failure
        else f"the subscription '{one.name}'"
        for one in some
    )
