"""The plan of an undo: a line for each write of the run, from its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.errors import RunFailed
from webhooks.event import Event
from webhooks.store import records
from webhooks.store.inbox import Claim
from webhooks.store.journal import RuleRun, Run
from webhooks.store.undos import NOT_UNDONE
from workers import apart, ledger, written
from workers import plan as plans
from workers.deps import Deps
from workers.entries import Begun, Done, Entry, Unknown
from workers.plan import Plan, PlannedAction, PlannedRule
from workers.targets.workiva import NAME as WORKIVA
from workers.undo.removal import NAME
from workers.undo.things import KINDS, Thing, kind_of

#: an undo is no rule: nothing limits it but awork
_NO_LIMIT = 10**9
#: target -> whose it is, for people
_OWNERS = {"awork": "awork", WORKIVA: "Workiva"}


@dataclass(frozen=True)
class _Part:
    """The run, or a turn it was handed on to."""

    id: str
    run: Run | None
    effects: Mapping[str, Begun]

    def summary(self, effect: str) -> str:
        """What a write is called, for people; empty when the record does not say."""
        return next((told for name, told in _named(self.run) if name == effect), "")


@dataclass(frozen=True)
class _Line:
    """One write of the run."""

    part: _Part
    effect: str
    entry: Entry

    @property
    def rule(self) -> str:
        return self.effect.partition("/")[0]

    @property
    def kind(self) -> str:
        """What it has created; empty when it has created nothing that can be undone."""
        return kind_of(self.entry.path, self.entry.target) if self.entry.made else ""


def plan(claim: Claim, event: Event, deps: Deps) -> Plan:
    """What is to be removed, and what is not undone: decided once, and stored before it begins.

    Raises RunFailed when the run is not on record any more.
    """
    if claim.plan:
        return apart.plan_of(claim.plan)
    run_id = str(event.payload().get("run"))
    whole = records.entry(deps.redis, run_id)
    if whole is None:
        raise RunFailed("run-forgotten", f"run {run_id} is not on record any more")
    parts = [_part(one, deps) for one in (run_id, *deps.turns.of(run_id).values())]
    made = Plan(
        decided_ms=deps.now_ms(),
        rules_hash="",
        title=whole.run.title if whole.run else "",
        rules=tuple(_rules(parts, about=event.entity_id)),
        message=f"undoes {run_id}",
    )
    deps.inbox.renew(claim, plan=plans.encode(made))
    return made


def _part(ident: str, deps: Deps) -> _Part:
    found = records.entry(deps.redis, ident)
    return _Part(ident, found.run if found else None, ledger.on_record(deps.redis, ident))


def _rules(parts: Iterable[_Part], *, about: str) -> Iterator[PlannedRule]:
    """One for each object: what becomes of one holds up no other."""
    lines = [
        _Line(part, effect, begun.entry)
        for part in parts
        for effect, begun in part.effects.items()
        if isinstance(begun, Done | Unknown)
    ]
    lines.sort(key=lambda line: (line.entry.begun_ms, line.effect))
    made = [line for line in reversed(lines) if line.kind]
    order = list(KINDS)
    made.sort(key=lambda line: order.index(line.kind))
    for line in made:
        yield _removed(line, lines, about)
    ours = {line.entry.made.lower() for line in made}
    for line in lines:
        if not line.kind and not ours & written.request(line.entry).named:
            yield _not_undone(line)


def _removed(line: _Line, lines: Iterable[_Line], about: str) -> PlannedRule:
    entry = line.entry
    thing = Thing(
        kind=line.kind,
        id=entry.made,
        path=entry.path,
        rule=line.rule,
        answer=_last_answer(entry, lines),
        written_ms=entry.begun_ms,
        entity_id=about,
    )
    considered = _considered(line, "matched", line.part.summary(line.effect) or _called(thing))
    return PlannedRule(
        considered=considered,
        timezone=str((entry.body or {}).get("timezone") or "UTC"),
        writes_per_run=_NO_LIMIT,
        writes_per_hour=_NO_LIMIT,
        actions=(
            PlannedAction(id=NAME, name=NAME, parameters={"thing": msgspec.to_builtins(thing)}),
        ),
    )


def _last_answer(entry: Entry, lines: Iterable[_Line]) -> dict[str, Any]:
    """What was shown of an object after the last write of the run that changed it."""
    shown = [
        answer
        for line in lines
        if str((answer := written.result(line.entry.result)).get("id")) == entry.made
    ]
    return shown[-1]


def _not_undone(line: _Line) -> PlannedRule:
    told = line.part.summary(line.effect) or f"{line.entry.method} {line.entry.path}"
    considered = _considered(line, NOT_UNDONE, f"{told}: {_why(line)}")
    return PlannedRule(considered=replace(considered, outcome="skipped"))


def _why(line: _Line) -> str:
    if isinstance(line.part.effects[line.effect], Unknown):
        whose = _OWNERS.get(line.entry.target, "the receiver")
        return f"{whose} never answered; look there whether it was written"
    if line.entry.target not in _OWNERS:
        return "sent, and cannot be taken back"
    if line.entry.method == "DELETE":
        return "the run removed it, and it is not put back"
    return "changed, not created"


def _considered(line: _Line, verdict: str, message: str) -> RuleRun:
    # Named by its write; a turn's own ledger may have the same names.
    return RuleRun(rule=f"{line.part.id}/{line.effect}", verdict=verdict, message=message)


def _called(thing: Thing) -> str:
    return f"{KINDS[thing.kind].noun} {thing.id}"


def _named(run: Run | None) -> Iterator[tuple[str, str]]:
    """The names and summaries of the writes in a record."""
    for rule in run.rules if run else ():
        for action in rule.actions:
            ident = f"{action.id}[{action.item}]" if action.item else action.id
            for write in action.writes:
                yield f"{rule.rule}/{ident}/{write.item}", write.summary
