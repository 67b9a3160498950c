"""What must be set before a worker starts, or before new rules are in force. Performs no I/O.

A recipe in shadow mode loads anywhere; a live rule that writes to Workiva needs a grant of its.
`hookwork check` does not ask: it is given where the rules are written, not where they run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webhooks.settings import WORKIVA_GRANT, Settings, example
from workers.rules.model import RuleSet
from workers.targets.workiva_api import APIS, gone

#: the settings that an action cannot do without, by its name
NEEDED: Mapping[str, tuple[str, ...]] = {
    "create_workiva_task": WORKIVA_GRANT,
    "sync_workiva_task": WORKIVA_GRANT,
}
WAY_OUT = "set it and restart the workers, or make the rule shadow"


@dataclass(frozen=True)
class Need:
    """A setting, and the first live rule that cannot do without it."""

    setting: str
    rule: str
    action: str
    #: of the action
    path: str
    #: counted from 1
    line: int

    @property
    def message(self) -> str:
        """What is wrong where it is not set."""
        return (
            f"{self.setting} is missing, and the live rule '{self.rule}' needs it for"
            f" {self.action} ({self.path}:{self.line})"
        )

    def __str__(self) -> str:
        return f"{self.message}: {WAY_OUT}. {example(self.setting)}"


def needs(rules: RuleSet) -> tuple[Need, ...]:
    """What the live rules of a set need to be set, each once."""
    found: dict[str, Need] = {}
    calls = ((rule, call) for rule in rules.rules if rule.mode == "live" for call in rule.actions)
    for rule, call in calls:
        for setting in NEEDED.get(call.name, ()):
            found.setdefault(setting, Need(setting, rule.id, call.name, call.path, call.line))
    return tuple(found.values())


def unmet(rules: RuleSet, settings: Settings) -> list[Need]:
    """The settings that the live rules need and that are not set."""
    return [need for need in needs(rules) if not is_set(settings, need.setting)]


def is_set(settings: Settings, name: str) -> bool:
    """True when it has a value. name: of a setting that may be left out."""
    return getattr(settings, name.lower()) is not None


def refusals(settings: Settings, rules: RuleSet, today: date) -> list[str]:
    """Why no worker starts with these; a line for each reason. today: in UTC."""
    api = APIS[settings.workiva_api]
    ended = ["; ".join(gone(api))] if api.is_gone(today) else []
    return [*ended, *map(str, unmet(rules, settings))]
