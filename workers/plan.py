"""What was decided about an event: data, as it is stored with the event before the first write.

A later try carries on with what was decided, whatever the rule files say by then. judge.py makes
plans, work.py carries them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from webhooks.event import NewerWire
from webhooks.store.journal import RuleRun
from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.model import Step

_LONGEST_TITLE = 120

#: Raised when an older worker would carry a plan out wrongly or in part, though every word of its
#: rules is known to it: a field that changes what is done, another form of what is kept beside the
#: plan (the record of its tries, what its actions decided).
PLAN_VERSION = 1
#: Raised with whatever rules may newly say: an action, a parameter, a value, a function, a field.
#: tests/unit/workers/test_language.py notices.
LANGUAGE = 1


class PlannedAction(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One action, for one item where it has `for_each`, with its parameters filled in."""

    id: str
    name: str
    parameters: dict[str, Any] = {}
    #: names the item of `for_each`, unique within the action; empty without one
    item: str = ""
    #: why it cannot be done; empty when it can
    error: str = ""
    reason: str = ""
    #: why it is left out: its own `if` is not met, or there is no item
    skipped: str = ""
    #: its own conditions
    trace: tuple[dict[str, Any], ...] = ()
    #: it refers to the results of earlier actions, and is filled in when its turn comes
    late: bool = False


class PlannedRule(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule that was considered; with actions when it matched and runs here."""

    considered: RuleRun
    timezone: str = "UTC"
    hours: WorkingHours = NO_HOURS
    writes_per_run: int = 0
    writes_per_hour: int = 0
    #: how many writes of ours led to the event, each answering the one before
    hop: int = 0
    actions: tuple[PlannedAction, ...] = ()
    #: awork could not say now what it needs: it is judged again in the next try
    undecided: bool = False
    #: for late actions: the rule as a file of its own, and the values they need beside results
    text: str = ""
    frozen: dict[str, Any] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that was decided about one event."""

    #: milliseconds since 1970 UTC; "now" and "today" of the actions
    decided_ms: int
    rules_hash: str
    title: str
    rules: tuple[PlannedRule, ...]
    #: why no rule was considered, where that needs saying
    reason: str = ""
    message: str = ""
    #: PLAN_VERSION and LANGUAGE of the newest worker that had a hand in it
    v: int = 1
    language: int = 1

    @property
    def acts(self) -> bool:
        """True when something is to be done that must not be decided twice."""
        return any(rule.actions for rule in self.rules)

    @property
    def undecided(self) -> frozenset[str]:
        """The rules that are still to be judged."""
        return frozenset(rule.considered.rule for rule in self.rules if rule.undecided)

    @property
    def decided_at(self) -> datetime:
        return datetime.fromtimestamp(self.decided_ms / 1000, UTC)


class _Version(msgspec.Struct, frozen=True, kw_only=True):
    v: int = 1


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Plan).decode
_decode_version = msgspec.json.Decoder(_Version).decode


def encode(plan: Plan) -> bytes:
    """As it is stored, with the versions that a worker needs who reads it."""
    language = max(plan.language, LANGUAGE)
    return _encode(msgspec.structs.replace(plan, v=PLAN_VERSION, language=language))


def decode(stored: bytes) -> Plan:
    """Read a plan back. apart.py says whether all of it can be carried out here.

    Raises NewerWire when it has a version this process does not know.
    """
    # The version first: a newer plan may lack what this one needs.
    version = _decode_version(stored).v
    if version > PLAN_VERSION:
        raise NewerWire(f"plan version {version}, this process knows {PLAN_VERSION}")
    return _decode(stored)


def completed(before: Plan, later: Plan) -> Plan:
    """A plan with what was undecided in it decided; a rule that is gone meanwhile is left out."""
    found = {rule.considered.rule: rule for rule in later.rules}
    rules = tuple(
        found[rule.considered.rule] if rule.undecided else rule
        for rule in before.rules
        if not rule.undecided or rule.considered.rule in found
    )
    return msgspec.structs.replace(before, rules=rules)


def kept_apart(plan: Plan, turns: Mapping[str, str]) -> Plan:
    """A plan in which rules that were handed on in an earlier try keep their turn, whatever their
    flow is now: what they write is in that turn's ledger, and would be written again here.

    turns: rule -> the turn that the event was handed on to.
    """
    rules = tuple(
        PlannedRule(
            considered=msgspec.structs.replace(one.considered, verdict="handed-on", turn=handed)
        )
        if (handed := turns.get(one.considered.rule)) and one.actions
        else one
        for one in plan.rules
    )
    return msgspec.structs.replace(plan, rules=rules)


def counts(plan: Plan) -> Counter[str]:
    """How often each rule was considered, by verdict, for the metrics."""
    return Counter(f"rules:{r.considered.rule}:{r.considered.verdict}" for r in plan.rules)


def told(step: Step) -> dict[str, Any]:
    """A step of a trace, as it is stored."""
    told_: dict[str, Any] = {"text": step.text, "verdict": step.verdict, "value": step.value}
    if step.note:
        told_["note"] = step.note
    if step.children:
        told_["children"] = [told(child) for child in step.children]
    return told_


def title(entity: object) -> str:
    """What people call the object of an event."""
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
