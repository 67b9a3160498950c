"""What a test says of awork's objects, brought together by their ids. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.ruletests import defaults
from deploy.ruletests.merge import completed
from deploy.ruletests.names import Names
from deploy.ruletests.tables import OF_ENTITY, TABLES
from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import pick

#: what nested people show of themselves
OF_PERSON = ("firstName", "lastName", "hasImage")

#: where people stand in an object -> which of a person's properties is their id
PEOPLE: Mapping[str, str] = {"assignees": "id", "members": "userId"}


@dataclass
class Said:
    """What is known of each object before anything is filled in. Who says it first is right."""

    names: Names
    #: table -> id -> properties
    tables: dict[str, dict[str, Model]] = field(
        default_factory=lambda: {name: {} for name in TABLES}
    )

    def say(self, table: str, model: Model) -> None:
        """Tell of an object and of those nested in it. model: has an id."""
        known = self.tables[table].get(model["id"], {})
        self.tables[table][model["id"]] = completed(known, self.flat(table, model))

    def flat(self, table: str, model: Model) -> Model:
        """The object with ids in place of the objects nested in it, which are told of."""
        flat = dict(model)
        for name, id_name in TABLES[table].nested.items():
            inner = flat.pop(name, None)
            if isinstance(inner, dict):
                of_old = self.tables[table].get(model["id"], {}).get(id_name)
                new = self.names.id(f"{name} of {self.names.told(model['id'])}")
                flat[id_name] = flat.get(id_name) or inner.get("id") or of_old or new
                nested = {**inner, "id": flat[id_name]}
                self.say(TABLES[table].refers[id_name], _moved(name, nested, flat))
        for name, id_name in PEOPLE.items():
            for person in flat.get(name) or []:
                self.say("users", {**pick(person, OF_PERSON), "id": person[id_name]})
        for ident in flat.get("assignedUsers") or []:
            self.say("users", {"id": ident})
        return flat

    def first(self, table: str, otherwise: str) -> str:
        """The id of the first object told of; of a new one when there is none."""
        if not self.tables[table]:
            self.say(table, {"id": self.names.id(otherwise)})
        return next(iter(self.tables[table]))

    def make_whole(self) -> None:
        """Tell of whatever is referred to; tables come after those that refer to them."""
        for name, table in TABLES.items():
            waiting = list(self.tables[name])
            for ident in waiting:
                model = self.tables[name][ident]
                defaults.refer(name, model, self.first)
                for id_name, target in table.refers.items():
                    if model.get(id_name) and model[id_name] not in self.tables[target]:
                        self.say(target, {"id": model[id_name]})
                        waiting += [model[id_name]] if target == name else []
        # A new task takes the first type of work.
        self.first("types_of_work", "type of work")


def carry(payload: Model, said: Said) -> None:
    """Tell of what an event carries. What it says was deleted is not there any more."""
    entity = payload.get("entity")
    if isinstance(by := payload.get("triggeredBy"), dict) and by.get("id"):
        said.say("users", pick(by, ("id", *OF_PERSON)))
    if not isinstance(entity, dict):
        return
    kind = str(payload.get("entityType"))
    ident = entity.get("id") or payload.get("entityId")
    if kind not in OF_ENTITY or not ident:
        _carry_references(entity, said)
    elif payload.get("eventType") == f"{kind}_deleted":
        said.flat(OF_ENTITY[kind], {**entity, "id": ident})
    else:
        said.say(OF_ENTITY[kind], {**entity, "id": ident})


def _carry_references(entity: Model, said: Said) -> None:
    """A comment, a member: what they refer to is there."""
    about = {"tasks": "tasks", "projects": "projects"}.get(str(entity.get("entityType")))
    if about and entity.get("entityId"):
        said.say(about, {"id": entity["entityId"]})
    for name, target in (("projectId", "projects"), ("userId", "users"), ("taskId", "tasks")):
        nested = entity.get(name.removesuffix("Id"))
        if entity.get(name):
            said.say(target, {**(nested if isinstance(nested, dict) else {}), "id": entity[name]})


def _moved(name: str, nested: Model, outer: Model) -> Model:
    """A status belongs to the project of its task, whatever its sample belonged to."""
    moves = name == "taskStatus" and outer.get("projectId")
    return {**nested, "projectId": outer["projectId"]} if moves else nested
