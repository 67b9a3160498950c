"""One request and its answer as plain values, and the type of what stands between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.sandbox.contract import Operation
from deploy.sandbox.refusals import Model, Refusal, invalid, not_found
from deploy.sandbox.world import World


@dataclass(frozen=True)
class Ask:
    """A request that fits the contract."""

    #: as it is seen: a list may lag behind
    world: World
    operation: Operation
    #: path parameters by their names in the contract
    path: Mapping[str, str]
    #: the last value of each query parameter
    query: Mapping[str, str]
    #: decoded JSON; None when the operation takes no body
    body: Any
    #: the world as it is, in which what the path names is looked up
    present: World

    def subject(self, table: str, parameter: str, noun: str) -> Model:
        """The model the path names. Raises a 404 refusal when there is none."""
        return self.present.find(table, self.path[parameter], noun)

    def referred(self, table: str, property_: str) -> Model | None:
        """The model a property of the body refers to; None when the property is not given.

        Raises a refusal when it refers to nothing.
        """
        return None if self.body.get(property_) is None else self.need(table, property_)

    def need(self, table: str, property_: str) -> Model:
        """The model a property of the body refers to; a refusal when there is none."""
        ident = self.body.get(property_)
        if ident is None:
            raise invalid(property_, "is required")
        found = self.world.tables[table].get(ident.lower())
        if found is None:
            raise self.dangling(property_, ident)
        return found

    def dangling(self, property_: str, ident: str) -> Refusal:
        """The refusal of an id that refers to nothing: 404 where the contract documents one."""
        if self.operation.documents(404):
            return not_found(property_.removesuffix("Id"), ident)
        return invalid(property_, f"refers to nothing: {ident}")


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int = 200
    #: None for an empty answer
    body: Any = None
    #: on top of those every answer has
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(204)

Handler = Callable[[Ask], Answer]

#: Handlers by method and path template, as in the contract.
Routes = dict[tuple[str, str], Handler]
