"""The writes of a test, sorted by the actions that made them, and what each of them says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

from deploy.ruletests.inprocess import Sent
from deploy.sandbox.refusals import Model
from webhooks.store.journal import ActionRun, Run, Write
from workers.rules.model import RuleSet
from workers.rules.values import calendar_day, day, instant

#: end of a path whose body is a list -> what the list is of
_LISTS = {
    "setassignees": "assignees",
    "addtags": "tags",
    "setcustomfields": "custom_fields",
    "setplannedefforts": "efforts",
}
#: property of a form in such a list -> what it is called in rules
_PARTS = {"userId": "user", "plannedEffort": "duration", "customFieldDefinitionId": "field"}
#: end of a path -> the id that its answer has
_ANSWERED = {"/timetracking/stop": "timeEntryId"}
#: first and last day or moment of what a body speaks of
_SPANS = (("startDate", "endDate"), ("start", "end"), ("startDateLocal", "startDateLocal"))


@dataclass(frozen=True)
class Acted:
    """One action that ran, and the writes it made."""

    rule: str
    run: ActionRun
    #: of the rule; days are counted in it
    zone: tzinfo
    sent: tuple[Sent, ...]

    @property
    def title(self) -> str:
        """For people: the action, its own id where it has one, and the item it ran for."""
        own = f" ({self.run.id})" if self.run.id != self.run.name else ""
        return f"{self.run.name}{own}{f' for {self.run.item}' if self.run.item else ''}"

    @cached_property
    def fields(self) -> tuple[Model, ...]:
        """What each write says, by awork's names."""
        return tuple(fields_of(sent) for sent in self.sent)

    @property
    def total_s(self) -> int:
        """Seconds that all writes together plan, book or log."""
        return sum(each.get("duration") or 0 for each in self.fields)

    @property
    def days(self) -> list[date]:
        """The days that the writes touch, in order."""
        return sorted({one for each in self.fields for one in _days(each, self.zone)})


def acted(runs: Iterable[Run], sent: Iterable[Sent], rules: RuleSet) -> list[Acted]:
    """The actions that began, in order, each with its writes."""
    left = list(sent)
    found = []
    for run in runs:
        for of_rule in run.rules:
            rule = rules.named(of_rule.rule)
            for action in of_rule.actions:
                if rule and action.outcome not in ("not-started", "skipped"):
                    own = tuple(_taken(action.writes, left))
                    found.append(Acted(rule.id, action, rule.zone, own))
    return found


def fields_of(sent: Sent) -> Model:
    """What a write says: the fields of its body, and the ids in its path."""
    said = _said(sent)
    return {**_derived(said), **sent.ids, **said}


def _said(sent: Sent) -> Model:
    body: Any = sent.body
    if isinstance(body, dict):
        return body
    if not isinstance(body, list):
        return {}
    if body and all(isinstance(part, dict) and "op" in part for part in body):
        # A JSON Patch, as Workiva takes it: each property with its new value.
        return {part["path"].lstrip("/"): part.get("value") for part in body}
    name = _LISTS.get(sent.path.rpartition("/")[2].lower())
    if name:
        return {
            name: [_parts(form) for form in body] if name in ("custom_fields", "efforts") else body
        }
    if len(body) == 1 and isinstance(body[0], dict):
        return body[0]
    return {"items": body}


def _parts(form: Model) -> Model:
    """One form of a list; whatever a custom field holds is its value."""
    return {_PARTS.get(name, "value"): part for name, part in form.items()}


def _derived(said: Model) -> Model:
    """What follows from a body: when it begins and ends as moments, and how long it takes."""
    found: Model = {}
    for side in ("start", "end"):
        if said.get(f"{side}TimeUtc") and said.get(f"{side}DateUtc"):
            found[side] = f"{said[f'{side}DateUtc'][:10]}T{said[f'{side}TimeUtc'][:8]}Z"
    try:
        length = instant(said.get("endDate"), None) - instant(said.get("startDate"), None)
    except ValueError:
        # Days, or no times at all: their length says nothing about the work in them.
        return found
    return {**found, "duration": int(length.total_seconds())}


def _taken(writes: Iterable[Write], left: list[Sent]) -> Iterator[Sent]:
    """The requests behind the writes of one action, taken out of those that are left."""
    for write in writes:
        for index, sent in enumerate(left):
            is_its = (sent.target, sent.method) == (write.target, write.method)
            if is_its and sent.path.endswith(write.path):
                yield _with_answer(left.pop(index), write)
                break


def _with_answer(sent: Sent, write: Write) -> Sent:
    """With the id of what was written, where only the answer names it."""
    names = (name for end, name in _ANSWERED.items() if sent.path.endswith(end))
    return replace(sent, ids={**sent.ids, **dict.fromkeys(names, write.made)})


def _days(fields: Model, zone: tzinfo) -> Iterator[date]:
    for first_name, last_name in _SPANS:
        if fields.get(first_name) and fields.get(last_name):
            first = _day(fields[first_name], zone)
            last = max(first, _day(fields[last_name], zone, is_end=True))
            yield from (first + timedelta(days=n) for n in range((last - first).days + 1))
            return


def _day(text: str, zone: tzinfo, *, is_end: bool = False) -> date:
    """The day of a moment in the zone, or of a day. What ends at midnight ends the day before."""
    if len(text) == len("2026-03-27"):
        return calendar_day(text)
    moment: datetime = instant(text, zone)
    return day(moment - timedelta(microseconds=1) if is_end else moment, zone)
