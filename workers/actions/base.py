"""What every action is given, and what it must have. No base class: a module with constants and
one function, checked against Action where it is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from webhooks.errors import RunFailed
from workers.effects import Effects
from workers.holdings import Holdings
from workers.rules.hours import WorkingHours
from workers.rules.vocabulary import Parameter
from workers.targets.awork import Awork
from workers.targets.directory import Directory
from workers.targets.workiva import Workiva

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """The event that the rule matched."""

    #: awork's name of today, or `cron:` and the list's name
    kind: str
    #: the body of the delivery, read when it is needed
    read: Callable[[], Mapping[str, Any]]

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """The body of the delivery; a turn's has the changes of all events it has gathered."""
        return self.read()

    def was(self, property_: str) -> object:
        """What a property was before the event, as far as the event tells; None when it does not.

        property_: camelCase.
        """
        name = property_[:1].upper() + property_[1:]
        for change in self.payload.get("changes") or []:
            if isinstance(change, Mapping) and change.get("property") == name:
                return change.get("old")
        return None


@dataclass(frozen=True)
class Context:
    """What an action works with."""

    #: makes each write exist once
    effects: Effects
    #: for reading
    awork: Awork
    #: for reading
    workiva: Workiva
    #: names to ids
    directory: Directory
    #: IANA zone of the rule
    timezone: str
    #: when the rule matched; stays the same over retries, so "today" does too
    decided_at: datetime
    #: first day that time may be written on; None when every day is open
    open_from: date | None
    #: when this try is made; aware
    now: datetime
    #: the rule's
    hours: WorkingHours
    #: what desired-state actions have made
    holdings: Holdings
    #: why the action runs
    cause: Cause
    #: a task as it is now, by its id; raises what awork raises
    task: Callable[[str], Mapping[str, Any]]


class Action(Protocol):
    """A module in this folder. Its docstring says what it does, with an example in YAML, whether
    it may be repeated, and how its own earlier effect is found again."""

    @property
    def NAME(self) -> str:  # noqa: N802  a constant of the module
        """As written in rules."""

    @property
    def PARAMETERS(self) -> Mapping[str, Parameter]:  # noqa: N802  a constant of the module
        """What a rule may, and must, give."""

    def run(self, parameters: Parameters, context: Context) -> dict[str, Any]:
        """Do it. Returns what later actions may refer to.

        Raises RunFailed when the parameters make no sense, else what Effects.once raises.
        """


def invalid(name: str, value: object, expected: str) -> RunFailed:
    """The error for a parameter whose value makes no sense."""
    return RunFailed("invalid-value", f"{name} is {value!r}; expected {expected}")
