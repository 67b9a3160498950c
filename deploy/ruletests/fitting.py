"""Whether awork's objects can be as a test says: the contract knows their properties. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from deploy.ruletests import events, workiva_given
from deploy.ruletests.names import Names
from deploy.ruletests.said import PEOPLE
from deploy.ruletests.tables import OF_ENTITY, TABLES, dated, properties
from deploy.sandbox.contract import the_contract
from deploy.sandbox.refusals import Model
from workers.rules.cron import occurrences
from workers.rules.facts import Path
from workers.rules.findings import Findings, Spot, unknown
from workers.rules.model import Rule
from workers.rules.registry import problem
from workers.rules.testing.model import RuleTest
from workers.rules.values import quoted

#: in a flaw of a value that is of the wrong type altogether
_OF_TYPE = " is not of type "
_OF_CHANGE = ("property", "old", "new")
#: days on either side of a moment in which the clock's next is looked for, growing
_AROUND_DAYS = (8, 400, 3660)
#: parts of an inline event -> what each is
_SHAPES: Mapping[str, tuple[type, str]] = {
    "entity": (dict, "a map, the object of the event"),
    "triggeredBy": (dict, "a map with 'id'"),
    "changes": (list, "a list of maps with 'property', 'old' and 'new'"),
}


def check(test: RuleTest, findings: Findings) -> None:
    """Note what cannot be in `given` and in an inline event."""
    names = Names(events.our_id())
    for table, rows in test.given.items():
        for row in rows:
            for flaw in _flaws(table, dict(row.parts), names):
                findings.refuse(row.place, f"'{table}': {flaw}", "bad-value")
    if test.event.how == "inline":
        for message, code in _wrong_event(test.event.parts, names):
            findings.refuse(test.event.place, message, code)


def check_clock(test: RuleTest, rule: Rule | None, findings: Findings) -> None:
    """Note a moment at which the clock does not start the rule: there its test would show nothing.

    rule: the one that the test names.
    """
    if test.event.how != "cron" or test.now is None or rule is None or not rule.cron:
        return
    now = test.now.replace(second=0, microsecond=0)
    near = _nearest(rule, now)
    if near and near != now:
        local = near.astimezone(rule.zone)
        message = (
            f"'now' is no moment of {quoted(rule.cron)} in {rule.timezone}; the nearest is"
            f" {local:%Y-%m-%dT%H:%M} ({local:%a})"
        )
        findings.refuse(test.event.place, message, "wrong-now")


def _nearest(rule: Rule, now: datetime) -> datetime | None:
    """The time at which the clock strikes that is nearest to a moment."""
    for days in _AROUND_DAYS:
        around = timedelta(days=days)
        try:
            found = occurrences(rule.cron, rule.timezone, after=now - around, until=now + around)
        except OverflowError:
            # At an end of the calendar the test may be as it is.
            return None
        if found:
            return min(found, key=lambda at: abs(at - now))
    return None


def check_fixture(payload: Model, place: Spot, findings: Findings) -> None:
    """Note what no captured event is like. Beyond that awork may send what it likes."""
    table, entity = OF_ENTITY.get(str(payload.get("entityType"))), payload.get("entity")
    if not isinstance(entity, dict):
        return
    mistyped = [flaw for flaw in _unfit(table, entity) if _OF_TYPE in flaw] if table else []
    for flaw in (*_nameless(entity), *mistyped):
        findings.refuse(place, f"'entity': {flaw}", "bad-value")


def _wrong_event(parts: Mapping[str, object], names: Names) -> Iterator[tuple[str, str]]:
    for name, (shape, what) in _SHAPES.items():
        if name in parts and parts[name] is not None and not isinstance(parts[name], shape):
            yield f"'{name}' of an event is {what}", "bad-value"
    yield from ((message, "unknown-property") for message in _misspelt(parts))
    base, entity = events.sample_of(str(parts["eventType"])), parts.get("entity")
    table = OF_ENTITY.get(str(parts.get("entityType") or base["entityType"]))
    if table is None or not isinstance(entity, dict):
        return
    allowed = sorted({*properties(TABLES[table].schema), *base["entity"]})
    for name in entity:
        if name not in allowed:
            yield unknown("property in 'entity':", name, allowed), "unknown-property"
    for flaw in _flaws(table, entity, names):
        yield f"'entity': {flaw}", "bad-value"


def _misspelt(parts: Mapping[str, object]) -> Iterator[str]:
    """Names below the entity's own, in `triggeredBy` and in `changes`, that no event has."""
    kind, entity, by = str(parts["eventType"]), parts.get("entity"), parts.get("triggeredBy")
    if isinstance(entity, dict):
        for name, value in entity.items():
            yield from _unknown_below(("entity", name), value, kind)
    if isinstance(by, dict):
        yield from _unknown_below(("event", "triggeredBy"), by, kind)
    changes = parts.get("changes")
    for number, change in enumerate(changes if isinstance(changes, list) else (), 1):
        yield from _wrong_change(number, change)


def _unknown_below(path: Path, value: object, kind: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unknown_below((*path, 0), item, kind)
    for name, below in value.items() if isinstance(value, dict) else ():
        wrong = problem((*path, str(name)), [kind])
        if wrong:
            yield wrong
        else:
            yield from _unknown_below((*path, str(name)), below, kind)


def _wrong_change(number: int, change: object) -> Iterator[str]:
    if not isinstance(change, dict) or not isinstance(change.get("property"), str):
        yield f"entry {number} of 'changes' is a map with 'property', 'old' and 'new'"
        return
    for name in change:
        if name not in _OF_CHANGE:
            yield unknown("key in 'changes':", str(name), _OF_CHANGE)


def _flaws(table: str, parts: Model, names: Names) -> Iterator[str]:
    """What is wrong with the values that a test gives."""
    if table == workiva_given.TABLE:
        yield from workiva_given.flaws(parts)
        return
    yield from _nameless(parts)
    try:
        wired = dated(TABLES[table], names.wired(parts))
    except ValueError as error:
        yield str(error)
        return
    yield from _unfit(table, wired)


def _unfit(table: str, model: Model) -> Iterator[str]:
    """The plain values that the contract does not allow; nested objects may be there in part."""
    contract = the_contract()
    schema = contract.resolve(contract.schema(TABLES[table].schema))["properties"]
    for name, value in model.items():
        part = schema.get(name)
        if part is not None and value is not None and not _is_inner(name, value, part):
            for flaw in contract.flaws(part, value):
                yield f"{name} {flaw.message}"


def _is_inner(name: str, value: object, part: Model) -> bool:
    kind = the_contract().resolve(part).get("type")
    inner = isinstance(value, dict) and kind in ("object", None)
    return inner or name in PEOPLE or (isinstance(value, list) and kind in ("array", None))


def _nameless(parts: Mapping[str, object]) -> Iterator[str]:
    """People that nobody can be told by."""
    for name, id_name in PEOPLE.items():
        people = parts.get(name) or []
        if not isinstance(people, list) or not all(_has_id(one, id_name) for one in people):
            yield f"'{name}' is a list of maps with '{id_name}', or of names of users"


def _has_id(person: object, id_name: str) -> bool:
    return isinstance(person, str) or (isinstance(person, dict) and bool(person.get(id_name)))
