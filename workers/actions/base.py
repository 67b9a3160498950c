"""What every action is given, and what it must have. No base class: a module with constants and
one function, checked against Action where it is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from webhooks.errors import RunFailed
from workers.effects import Effects
from workers.rules.vocabulary import Parameter
from workers.targets.awork import Awork
from workers.targets.directory import Directory

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What an action works with."""

    #: makes each write exist once
    effects: Effects
    #: for reading
    awork: Awork
    #: names to ids
    directory: Directory
    #: IANA zone of the rule
    timezone: str
    #: when the rule matched; stays the same over retries, so "today" does too
    decided_at: datetime
    #: first day that time may be written on; None when every day is open
    open_from: date | None


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
