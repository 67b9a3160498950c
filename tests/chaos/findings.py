"""What is in the sandbox after a run, beside what the deliveries should have made of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from tests.chaos.driver import Sent
from tests.chaos.people import Edit
from tests.chaos.rules import COMMENTING, KIND_OF, PLAIN, PLANNED, SHADOW
from webhooks.store.journal import Run

Wrong = Literal["missing", "doubled", "out of order", "else"]
#: rules of which every event has one effect
EACH = ("say", "keyed", "log", "follow", "block", "tag", "tell", "file")
#: rules whose effects on one entity have the order of its events
ORDERED = ("say", "keyed", "settled", "log", "follow", "block")
STALE = "stale"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    wrong: Wrong
    rule: str
    event_id: str
    name: str
    message: str = ""


@dataclass
class Told:
    """One event that was acknowledged, and its record."""

    sent: Sent
    edit: Edit
    run: Run

    @property
    def is_stale(self) -> bool:
        return self.run.outcome == STALE


@dataclass
class Found:
    """The effects of one run, by rule."""

    #: rule -> entity -> the names that were written, in order
    names: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, rule: str, entity: str, name: str) -> None:
        self.names[rule][entity].append(name)

    def all_of(self, rule: str) -> list[str]:
        return [name for names in self.names[rule].values() for name in names]


@dataclass
class Verdict:
    """Everything that was compared."""

    findings: list[Finding] = field(default_factory=list)
    expected: int = 0
    stale: int = 0

    def count(self, wrong: Wrong) -> int:
        return sum(one.wrong == wrong for one in self.findings)


def judge(told: Sequence[Told], found: Found) -> Verdict:
    """Compare what was written with what should have been."""
    verdict = Verdict(stale=sum(one.is_stale for one in told))
    for rule in EACH:
        verdict.findings += _each_once(rule, _wanted(rule, told, verdict), found)
    for rule in ORDERED:
        verdict.findings += _in_order(rule, told, found)
    verdict.findings += _once_for_each_entity(told, found, verdict)
    verdict.findings += _last_said(told, found, verdict)
    verdict.findings += _mirrored(told, found, verdict)
    verdict.findings += [
        Finding("else", SHADOW, "", name, "a shadow rule wrote") for name in found.all_of(SHADOW)
    ]
    verdict.findings += _rightly_stale(told)
    return verdict


def is_for(rule: str, edit: Edit) -> bool:
    """Whether a rule acts on an edit."""
    wanted = {"block": PLAIN, "plan": PLANNED}.get(rule)
    return KIND_OF[rule] == edit.kind and wanted in (None, edit.entity.get("description"))


def _wanted(rule: str, told: Iterable[Told], verdict: Verdict) -> dict[str, Told]:
    wanted = {one.edit.name: one for one in told if is_for(rule, one.edit) and not one.is_stale}
    verdict.expected += len(wanted)
    return wanted


def _each_once(rule: str, wanted: Mapping[str, Told], found: Found) -> Iterator[Finding]:
    names = found.all_of(rule)
    for name, one in wanted.items():
        if name not in names:
            yield Finding("missing", rule, one.sent.event_id, name, _outcome(one, rule))
    seen = set[str]()
    for name in names:
        event_id = wanted[name].sent.event_id if name in wanted else ""
        if name in seen:
            yield Finding("doubled", rule, event_id, name)
        elif not event_id:
            yield Finding("doubled", rule, "", name, "written, and no event asked for it")
        seen.add(name)


def _in_order(rule: str, told: Iterable[Told], found: Found) -> Iterator[Finding]:
    versions = {one.edit.name: one for one in told}
    for names in found.names[rule].values():
        known = [versions[name] for name in names if name in versions]
        for before, after in pairwise(known):
            if after.edit.version < before.edit.version:
                late = after.run.received_ms >= before.run.settled_ms
                message = f"after {before.edit.name} ({before.sent.event_id})"
                message += ", which was settled before it came" if late else ""
                yield Finding("out of order", rule, after.sent.event_id, after.edit.name, message)


def _once_for_each_entity(
    told: Iterable[Told], found: Found, verdict: Verdict
) -> Iterator[Finding]:
    """`once_within`: one effect for each entity, whichever of its events made it."""
    entities = {o.edit.entity_id for o in told if is_for("once", o.edit) and not o.is_stale}
    verdict.expected += len(entities)
    for entity in entities:
        names = found.names["once"][entity]
        if not names:
            yield Finding("missing", "once", "", entity)
        for name in names[1:]:
            yield Finding("doubled", "once", "", name, f"on {entity}, beside {names[0]}")


def _last_said(told: Iterable[Told], found: Found, verdict: Verdict) -> Iterator[Finding]:
    """`settle`: at most one effect for each event, and one for the last of each entity."""
    last: dict[str, Told] = {}
    for one in told:
        if is_for("settled", one.edit) and not one.is_stale:
            before = last.get(one.edit.entity_id)
            if before is None or before.edit.version < one.edit.version:
                last[one.edit.entity_id] = one
    verdict.expected += len(last)
    for entity, one in last.items():
        names = found.names["settled"][entity]
        if one.edit.name not in names:
            message = f"the last of its burst; {_outcome(one, 'settled')}"
            yield Finding("missing", "settled", one.sent.event_id, one.edit.name, message)
        for name in {n for n in names if names.count(n) > 1}:
            yield Finding("doubled", "settled", "", name)


def _mirrored(told: Iterable[Told], found: Found, verdict: Verdict) -> Iterator[Finding]:
    """One task in Workiva for each entity, called as its last event says."""
    newest = sorted((one for one in told if not one.is_stale), key=lambda one: one.edit.version)
    last = {one.edit.entity_id: one for one in newest if is_for("mirror", one.edit)}
    verdict.expected += len(last)
    for entity, one in last.items():
        names = found.names["mirror"][entity]
        if names != [one.edit.name]:
            wrong: Wrong = "doubled" if len(names) > 1 else "missing"
            message = f"called {names}; {_outcome(one, 'mirror')}"
            yield Finding(wrong, "mirror", one.sent.event_id, one.edit.name, message)


def _rightly_stale(told: Sequence[Told]) -> Iterator[Finding]:
    """Stale is only what came after something newer of its entity and kind had been handled."""
    handled = defaultdict[tuple[str, str], list[Told]](list)
    for one in told:
        if not one.is_stale:
            handled[(one.edit.entity_id, one.edit.kind)].append(one)
    for one in told:
        newer = [
            other
            for other in handled[(one.edit.entity_id, one.edit.kind)]
            if other.edit.version > one.edit.version and other.run.settled_ms <= one.run.settled_ms
        ]
        if one.is_stale and not newer:
            message = "stale, and nothing newer was handled before"
            yield Finding("missing", "*", one.sent.event_id, one.edit.name, message)


def inversions(told: Iterable[Told], found: Found) -> tuple[int, int]:
    """Of neighbours in a key, how many were written the other way round than they happened and
    came; and of how many. Told, not judged: each entity's events wait for their own retries."""
    by_name = {one.edit.name: one for one in told}
    lines = defaultdict[str, list[Told]](list)
    for name in found.all_of("keyed in order"):
        if name in by_name:
            lines[by_name[name].edit.entity["projectId"]].append(by_name[name])
    pairs = [(a, b) for line in lines.values() for a, b in pairwise(line)]
    turned = [
        b.edit.version < a.edit.version and b.run.received_ms < a.run.received_ms for a, b in pairs
    ]
    return sum(turned), len(pairs)


def _outcome(one: Told, rule: str) -> str:
    ran = [r for r in one.run.rules if r.rule == rule]
    said = ", ".join(f"{r.verdict}/{r.outcome} {r.message} {r.turn}".strip() for r in ran)
    return f"event {one.run.outcome}; rule {said or 'not considered'}"


def rule_of(text: str) -> tuple[str, str]:
    """The rule and the name in a comment."""
    rule, _, name = text.partition(" ")
    return (rule, name) if rule in (*COMMENTING, SHADOW) else ("", "")
