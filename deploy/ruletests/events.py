"""The event of a test: a fixture as it is, or an inline one completed from the sample of its type.

Performs no I/O beside reading the samples once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import msgspec

from deploy.ruletests.merge import Nested, merged, overlaid
from deploy.ruletests.names import Names
from deploy.ruletests.tables import OF_ENTITY, TABLES, dated
from deploy.ruletests.timing import timed
from deploy.ruletests.workspace import assigned, member, totals
from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import OWN_DOING, sample, samples
from deploy.sandbox.shown import pick
from deploy.sandbox.stamps import event_stamp
from deploy.sandbox.world import World

Given = Mapping[str, Sequence[Model]]


@dataclass(frozen=True)
class Told:
    """An event before the world it happens in is known."""

    payload: Model
    #: what the test itself says of the entity
    entity: Model
    #: property with a nested object -> what the sample shows of it; None: the event is whole
    shapes: Mapping[str, Sequence[str]] | None


@cache
def our_id() -> str:
    """The id of the user our API token acts as, where a test does not say."""
    return str(sample("task_status_changed", OWN_DOING)["triggeredBy"]["id"])


def sample_of(kind: str) -> Model:
    """A copy of the first sample of a type."""
    found: Model = msgspec.json.decode(_samples()[kind])
    return found


def of_fixture(payload: Model, names: Names) -> Told:
    """A delivery as it was captured; short names in it stand for ids."""
    wired = names.wired(payload)
    entity = wired.get("entity")
    return Told(wired, entity if isinstance(entity, dict) else {}, None)


def inline(parts: Mapping[str, object], given: Given, now: datetime | None, names: Names) -> Told:
    """The sample of its type, with what is given of its entity and what the test says on top.

    parts: `eventType` among them. now: when it happened, unless the test says otherwise.
    """
    base = sample_of(str(parts["eventType"]))
    said = names.wired(dict(parts))
    table = OF_ENTITY.get(said.get("entityType") or base["entityType"], "")
    own = dated(TABLES[table], said.get("entity") or {}) if table else said.get("entity") or {}
    ident = str(own.get("id") or said.get("entityId") or base["entityId"])
    own = with_status({**own, "id": ident}, names)
    of_given = next((model for model in given.get(table, ()) if model["id"] == ident), {})
    payload = {
        **base,
        **({"timestamp": event_stamp(now)} if now else {}),
        "entityId": ident,
        "entityLink": str(base.get("entityLink", "")).replace(base["entityId"], ident),
        **said,
        "entity": _entity(table, base["entity"], of_given, own),
        "triggeredBy": _trigger(base["triggeredBy"], said.get("triggeredBy")),
        **_changes(base, said),
    }
    shapes = {
        name: tuple(base["entity"][name])
        for name in _nested(table)
        if isinstance(base["entity"].get(name), dict)
    }
    return Told({n: v for n, v in payload.items() if v not in (None, "")}, own, shapes)


def with_status(model: Model, names: Names) -> Model:
    """A task whose status is told by type or name alone has a status of its own."""
    status = model.get("taskStatus")
    if not isinstance(status, dict) or status.get("id") or model.get("taskStatusId"):
        return model
    told = status.get("name") or status.get("type") or "status"
    ident = names.id(f"{told} of {names.told(model['id'])}")
    return {**model, "taskStatus": {**status, "id": ident}}


def completed_in(told: Told, world: World) -> Model:
    """An inline event with the objects and people in it shown as the world has them."""
    if told.shapes is None:
        return told.payload
    entity, by = dict(told.payload["entity"]), told.payload["triggeredBy"]
    for name, shape in told.shapes.items():
        table = TABLES[OF_ENTITY[told.payload["entityType"]]]
        target = TABLES[table.refers[table.nested[name]]]
        kept = world.tables[target.key].get(entity.get(table.nested[name], ""))
        if kept is not None:
            own = told.entity.get(name) or {}
            entity[name] = merged(pick(kept, shape), {**own, "id": kept["id"]})
    if "assignees" in entity:
        entity["assignees"] = assigned(
            world, entity["assignees"], entity.get("plannedDuration") or 0
        )
    if "members" in entity:
        entity["members"] = [member(world, each) for each in entity["members"]]
    person = pick(world.users[by["id"]], ("firstName", "lastName"))
    return {**told.payload, "entity": entity, "triggeredBy": {**person, **by}}


def _entity(table: str, base: Model, of_given: Model, own: Model) -> Model:
    """The sample's entity; on top of it what is given of it, and what the test says of it."""
    nested = _nested(table)
    entity = overlaid(overlaid(base, of_given, nested), own, nested)
    said = {**of_given, **own}
    # The sample's sums and spans fit the sample's parts only.
    if table == "time_entries":
        return timed(entity, said, base)
    return {**entity, **totals(said)} if table == "tasks" else entity


def _changes(base: Model, said: Model) -> Model:
    """What changed: what the test says. The sample's changes are about the sample's own entity;
    beside another they would meet a `changed` that the test never wrote."""
    if "changes" in said or "entity" not in said or "changes" not in base:
        return {}
    return {"changes": []}


def _nested(table: str) -> Nested:
    return TABLES[table].nested if table else {}


def _trigger(base: Model, said: Model | None) -> Model:
    """Who caused it. Whoever is not the sample's person has none of their names."""
    is_other = said and said.get("id", base["id"]) != base["id"]
    return dict(said or {}) if is_other else {**base, **(said or {})}


@cache
def _samples() -> Mapping[str, bytes]:
    """The first sample of each type, as JSON."""
    first = {each["event"]: each["payload"] for each in reversed(samples())}
    return {kind: msgspec.json.encode(payload) for kind, payload in first.items()}
