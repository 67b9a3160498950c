"""One operation on many things: what became of each, in awork's four buckets.

Performs no I/O. Source: the contract's MultiStatusResult.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from deploy.sandbox.ask import Answer, Ask
from deploy.sandbox.refusals import Model, Refusal, invalid

#: Does it to one thing, or raises why not.
Edit = Callable[[Model], object]
#: Judges the form, and says what is to be done to each thing.
Operation = Callable[[Ask], Edit]

_BUCKETS = {404: "notFound", 401: "unauthorized", 400: "badRequest"}


def batch(
    ask: Ask, operations: Mapping[str, Operation], *, table: str, ids: str, noun: str
) -> Answer:
    """Do the operation the path names to each thing whose id the body lists under `ids`.

    Answers 207 with every id in one bucket. Raises a refusal of an operation that is none, and
    of a form that lacks what the operation needs.
    """
    operation = operations.get(ask.path["operation"].lower())
    if operation is None:
        what = f"There is no {ask.path['operation']}; there are {', '.join(sorted(operations))}."
        raise Refusal(400, "invalid-batch-operation", what)
    edit = operation(ask)
    buckets: dict[str, list[str]] = {name: [] for name in ("ok", *_BUCKETS.values())}
    for ident in dict.fromkeys(ident.lower() for ident in ask.body[ids]):
        find = partial(ask.world.find, table, ident, noun)
        buckets[_tried(edit, find)].append(ident)
    return Answer(207, {name: {"ids": found} for name, found in buckets.items()})


def required(ask: Ask, property_: str) -> Any:
    """A property of the body this operation cannot do without."""
    value = ask.body.get(property_)
    if value is None:
        operation = ask.path["operation"]
        raise invalid(property_, f"is required for {operation}", code="invalid-batch-operation")
    return value


def _tried(edit: Edit, find: Callable[[], Model]) -> str:
    try:
        edit(find())
    except Refusal as refusal:
        # The thing is as it was; its id goes to the bucket of the reason.
        return _BUCKETS[refusal.status]
    return "ok"
