"""awork's API as a function: a call goes in, an answer comes out, the world has changed.

Performs no I/O. Everything is judged by the contract first, by the handlers after that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.sandbox import (
    absences,
    activities,
    boards,
    comments,
    entry_batches,
    hooks,
    people,
    planning,
    projects,
    task_batches,
    task_moves,
    task_parts,
    task_tags,
    tasks,
    timers,
    times,
    workload,
)
from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.contract import Contract, Operation, the_contract
from deploy.sandbox.refusals import Refusal, unfit
from deploy.sandbox.shown import without_nulls
from deploy.sandbox.world import World

ROUTES: Routes = {
    **tasks.ROUTES,
    **task_parts.ROUTES,
    **task_tags.ROUTES,
    **task_moves.ROUTES,
    **task_batches.ROUTES,
    **activities.ROUTES,
    **comments.ROUTES,
    **planning.ROUTES,
    **times.ROUTES,
    **timers.ROUTES,
    **entry_batches.ROUTES,
    **absences.ROUTES,
    **workload.ROUTES,
    **people.ROUTES,
    **projects.ROUTES,
    **boards.ROUTES,
    **hooks.ROUTES,
}


@dataclass(frozen=True)
class Wire:
    """A request as it came: nothing judged yet."""

    method: str
    #: below where the API is mounted
    path: str
    query: Mapping[str, str]
    raw_body: bytes
    #: by their names in small letters
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer ready to send."""

    status: int
    raw_body: bytes
    headers: Mapping[str, str]

    @property
    def is_done(self) -> bool:
        return self.status < 400  # noqa: PLR2004 - where HTTP's refusals begin


class Api:
    """The operations of one world."""

    def __init__(self, world: World, contract: Contract | None = None) -> None:
        self._world = world
        self._contract = contract or the_contract()

    def answer(self, wire: Wire, trace_id: str) -> Reply:
        """Do what is asked, or say why not. Safe to call from any thread."""
        # The answer is written down under the lock: it shows models others may change.
        with self._world.lock:
            try:
                answer = self._apply(wire)
            except Refusal as refusal:
                # Handlers judge before they write, so a refused call has changed nothing.
                return refused(refusal, trace_id)
            return Reply(answer.status, _raw(answer.body), answer.headers)

    def _apply(self, wire: Wire) -> Answer:
        found = self._contract.find(wire.method, wire.path)
        if found is None:
            what = f"{wire.method} {wire.path}"
            raise Refusal(404, "not-found", f"The contract has no {what}.")
        operation, path = found
        handler = ROUTES.get((operation.method, operation.template))
        if handler is None:
            what = f"{operation.method} {operation.template}"
            raise Refusal(501, "not-in-sandbox", f"The sandbox does not play {what}.")
        body = _fitting_body(operation, path, wire.raw_body)
        seen = self._world.as_listed() if operation.is_list() else self._world
        query = _spelled(operation, wire.query)
        return handler(Ask(seen, operation, path, query, body, self._world))


def refused(refusal: Refusal, trace_id: str) -> Reply:
    return Reply(refusal.status, _raw(refusal.body(trace_id)), {})


def decoded(raw_body: bytes) -> Any:
    """The JSON in a body; None when there is none, or it is none."""
    try:
        return json.loads(raw_body)
    except ValueError:
        return None


def _fitting_body(operation: Operation, path: Mapping[str, str], raw_body: bytes) -> Any:
    flaws = operation.path_flaws(path)
    if flaws:
        raise unfit(flaws)
    if not operation.takes_body() or not (raw_body or operation.needs_body()):
        return None
    body = decoded(raw_body)
    if body is None:
        raise Refusal(400, "validation-failed", "The body must be JSON.")
    flaws = operation.body_flaws(body)
    if flaws:
        raise unfit(flaws)
    return body


def _spelled(operation: Operation, query: Mapping[str, str]) -> dict[str, str]:
    # As in awork the case of a name does not count: its own n8n node sends `filterBy`.
    parameters = map(operation.contract.resolve, operation.spec.get("parameters", []))
    names = {p["name"].lower(): p["name"] for p in parameters if p["in"] == "query"}
    return {names.get(name.lower(), name): value for name, value in query.items()}


def _raw(body: object) -> bytes:
    return b"" if body is None else json.dumps(without_nulls(body)).encode()
