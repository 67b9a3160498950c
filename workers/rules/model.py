"""What loaded rules are made of. Data and small helpers; nothing here reads or decides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from webhooks.errors import Mistake
from workers.rules.facts import FREE_ROOTS, Facts, Path
from workers.rules.flow import AT_ONCE, Flow
from workers.rules.hours import NO_HOURS, WorkingHours

#: characters that JSON leaves as they are, and that YAML refuses or takes for the end of a line
_NOT_PLAIN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

Mode = Literal["live", "shadow", "off"]
OwnEvents = Literal["ignore", "handle"]
Verdict = Literal["met", "not met", "absent", "not evaluated"]


class Step(msgspec.Struct, frozen=True):
    """What became of one condition. Made for every condition of every event: a Struct takes a
    fifth of the time of a dataclass."""

    #: the condition as written, such as `entity.plannedDuration at_least 1h`
    text: str
    #: what the path held; fit for JSON, text cut to 200 characters, objects as their names
    value: object
    verdict: Verdict
    #: the parts of any, all and not
    children: tuple[Step, ...] = ()
    #: line in the rule's file, counted from 1
    line: int = 0
    #: why there is no verdict, where the value was there but could not be judged
    note: str = ""


@dataclass(frozen=True)
class Effort:
    """How far an evaluation goes."""

    #: False: parts are evaluated to the end, even when others have settled the matter
    stops: bool
    #: False: what would cost a call of another system is left "not evaluated"
    asks: bool

    @cached_property
    def sparing(self) -> Effort:
        """The same, but asking nothing."""
        return Effort(self.stops, asks=False)


UNTIL_SETTLED = Effort(stops=True, asks=True)
TO_THE_END = Effort(stops=False, asks=True)


@dataclass(frozen=True)
class Condition:
    """A condition, compiled."""

    text: str
    line: int
    #: never raises for any value an event can have; what a lazy root raises passes through
    judge: Callable[[Facts, Effort], Step]
    #: what the trace shows when something else had settled the matter before
    skipped: Step
    #: every path it may look at, those of its parts among them
    paths: frozenset[Path] = frozenset()
    #: any, all, not, changed, expr, or the operator of a leaf
    operator: str = ""
    #: as plain values, for leaves; the properties' names for `changed`
    operand: object = None
    #: of any, all and not
    parts: tuple[Condition, ...] = ()

    def evaluate(self, facts: Facts) -> Step:
        """Evaluate it until it is settled, asking for what it takes."""
        return self.judge(facts, UNTIL_SETTLED)

    @cached_property
    def is_free(self) -> bool:
        """True when it never costs a call of another system, whatever the event."""
        return all(path[0] in FREE_ROOTS for path in self.paths)


@dataclass(frozen=True)
class ActionCall:
    """One entry of `do`."""

    #: unique within the rule; the action's name where the author gave none
    id: str
    name: str
    #: plain values; text with `${…}` is a compiled Template, which `template.fill` fills in
    parameters: Mapping[str, object]
    path: str
    line: int
    column: int
    #: conditions of its own; all must be met
    conditions: tuple[Condition, ...] = ()
    #: a path to a list: the action runs for each of its items, as `item`
    for_each: Path | None = None
    #: parameters, conditions or list refer to `done`: it is filled in when its turn comes
    is_late: bool = False


@dataclass(frozen=True)
class Listing:
    """What a cron rule runs over: running_timers, tasks, schedules or users."""

    name: str
    #: such as {"project": "Customer portal"}; plain values
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How much a rule may write before it pauses itself."""

    writes_per_run: int = 50
    writes_per_hour: int = 500


@dataclass(frozen=True)
class Rule:
    """One rule, checked and compiled."""

    id: str
    about: str
    mode: Mode
    #: why the mode is what it is; never empty when the mode is off
    reason: str
    #: awork's names of today; "cron" alone for a rule that the clock starts
    when: frozenset[str]
    #: all must be met
    conditions: tuple[Condition, ...]
    actions: tuple[ActionCall, ...]
    limits: Limits
    #: IANA zone in which days are counted
    timezone: str
    path: str
    line: int
    flow: Flow = AT_ONCE
    #: when the clock starts it, in the rule's zone; empty for rules that listen to events
    cron: str = ""
    #: what a cron rule runs over
    listing: Listing | None = None
    #: what becomes of events that our own API user caused
    own_events: OwnEvents = "ignore"
    working_hours: WorkingHours = NO_HOURS
    #: the file this rule would make by itself, as plain values; see `text`
    written: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The entity's properties, camelCase, that its `changed` conditions ask about."""
        every = (self.conditions, *(call.conditions for call in self.actions))
        return frozenset(n for conditions in every for n in _asked_to_have_changed(conditions))

    @cached_property
    def is_free(self) -> bool:
        """True when none of its conditions ever costs a call of another system."""
        return all(condition.is_free for condition in self.conditions)

    @property
    def zone(self) -> ZoneInfo:
        """In which its days are counted."""
        return ZoneInfo(self.timezone)

    @cached_property
    def text(self) -> str:
        """This rule as a file of its own (JSON, which is YAML): loaded again it is the same."""
        written = json.dumps(self.written, ensure_ascii=False)
        return _NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


@dataclass(frozen=True)
class RuleSet:
    """All rules of all files, in the order in which they run."""

    rules: tuple[Rule, ...]
    #: first 12 hex digits of SHA-256 over the files' contents
    hash: str
    warnings: tuple[Mistake, ...] = field(default=())

    def for_kind(self, kind: str) -> tuple[Rule, ...]:
        """The rules that listen to this kind of event, those that are off among them."""
        return self._by_kind.get(kind, ())

    def named(self, rule_id: str) -> Rule | None:
        """The rule with this id."""
        return self._by_id.get(rule_id)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The entity's properties, camelCase, that any `changed` of the set asks about."""
        return frozenset(name for rule in self.rules for name in rule.changed)

    def ask_what_changed(self, kind: str) -> bool:
        """True when a rule that listens to this kind of event has a `changed`."""
        return any(rule.changed for rule in self.for_kind(kind))

    @cached_property
    def crons(self) -> tuple[Rule, ...]:
        """The rules that the clock starts, those that are off left out."""
        return tuple(rule for rule in self.rules if rule.cron and rule.mode != "off")

    @cached_property
    def _by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Rule, ...]]:
        # What the clock starts is asked for by name: no delivery may call itself "cron".
        kinds = {kind for rule in self.rules for kind in rule.when} - {"cron"}
        return {kind: tuple(rule for rule in self.rules if kind in rule.when) for kind in kinds}


def _asked_to_have_changed(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        if condition.operator == "changed" and isinstance(condition.operand, list):
            yield from condition.operand
        yield from _asked_to_have_changed(condition.parts)
