"""What loaded rules are made of. Data and small helpers; nothing here reads or decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Literal

from webhooks.errors import Mistake
from workers.rules.facts import Facts

Mode = Literal["live", "shadow", "off"]
Verdict = Literal["met", "not met", "absent", "not evaluated"]


class ParameterKind(Enum):
    """What an action wants in a parameter."""

    TEXT = auto()
    #: text with units, such as 1h30m
    DURATION = auto()
    #: text such as 2026-03-27, or `today`
    DAY = auto()
    #: text such as 2026-03-27T18:00:00Z
    INSTANT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    #: an id or a name, or an object with an id
    REFERENCE = auto()
    #: a list; a single value stands for a list of one
    LIST = auto()
    MAP = auto()
    ANY = auto()


@dataclass(frozen=True)
class Parameter:
    """One parameter of one action, as the action declares it."""

    kind: ParameterKind
    required: bool = False
    #: one sentence for people
    about: str = ""
    #: the only values allowed, as they are written; empty: any
    choices: tuple[str, ...] = ()


#: action name -> parameter name -> what it takes
Vocabulary = Mapping[str, Mapping[str, Parameter]]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one condition."""

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
class Condition:
    """A condition, compiled. `evaluate` never raises for any value an event can have."""

    text: str
    line: int
    evaluate: Callable[[Facts], Step]
    #: what the trace shows when something else had settled the matter before
    skipped: Step


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
    #: awork's names of today
    when: frozenset[str]
    #: all must be met
    conditions: tuple[Condition, ...]
    actions: tuple[ActionCall, ...]
    limits: Limits
    #: IANA zone in which days are counted
    timezone: str
    path: str
    line: int


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

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Rule, ...]]:
        kinds = {kind for rule in self.rules for kind in rule.when}
        return {kind: tuple(rule for rule in self.rules if kind in rule.when) for kind in kinds}
