"""The Workiva tasks that a test gives: `given: {workiva_tasks: {w1: {title: Check, for: t1}}}`.

Performs no I/O. A task has Workiva's own properties, and what only we know of it: `for`, the object
of awork it was made for; `made_by`, the rule that made it; `done`, whether that object was done in
awork when it was written last. All that is given counts as written by us.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from deploy.ruletests.names import Names
from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva import forms
from deploy.sandbox.workiva.refusals import Refused
from deploy.sandbox.workiva.versions import CURRENT
from workers.holdings import Held, PresumedHoldings
from workers.mirrors import Item, Mirror, thing

#: what tests call it
TABLE = "workiva_tasks"
_OURS = ("for", "made_by", "done")
FIELDS = frozenset({*forms.TASK, *_OURS, "id"})
_DAY = len("2026-03-27")


class GivenHoldings(PresumedHoldings):
    """What a test gives was made by us; beside that, what can be presumed."""

    def __init__(self, given: Iterable[tuple[str, Mirror]]) -> None:
        """given: mirrors with the ids of their Workiva tasks."""
        self._known: dict[str, dict[str, Held]] = defaultdict(dict)
        for ident, mirror in given:
            wrote = msgspec.to_builtins(mirror)
            self._known[thing(ident)][ident] = Held(rule=mirror.rule, wrote=wrote)
            self._known[f"workiva:{mirror.entity}"][ident] = Held(rule=mirror.rule, wrote={})

    def of(self, thing: str, found: Iterable[Item], me: Callable[[], str]) -> Mapping[str, Held]:
        return {**super().of(thing, found, me), **self._known.get(thing, {})}


def flaws(parts: Mapping[str, object]) -> list[str]:
    """What is wrong with the values that a test gives of one task."""
    try:
        _judged(parts, "")
    except Refused as refused:
        return [f"{flaw.property} {flaw.message}" for flaw in refused.flaws]
    return []


def task(parts: Mapping[str, object], ident: str, name: str) -> Model:
    """A task as Workiva has it, as far as it is given. name: its title, where none is given."""
    return {**_judged(parts, name), "id": ident}


def mirror(parts: Mapping[str, object], task: Model, names: Names) -> Mirror | None:
    """What we know of a task that we made; None of one that nobody says we did."""
    if not parts.get("for"):
        return None
    return Mirror(
        rule=str(parts.get("made_by") or ""),
        entity=names.id(str(parts["for"])).lower(),
        once="",
        task={name: task[name] for name in forms.TASK if name in task},
        done=bool(parts.get("done")),
        status=str(task.get("status") or "Created"),
    )


def _judged(parts: Mapping[str, object], name: str) -> Model:
    """The properties as Workiva keeps them. Raises Refused with what it would not take."""
    given = {key: value for key, value in parts.items() if key not in (*_OURS, "id")}
    status = given.pop("status", "Created")
    whole = {"title": name or "Task", **{key: _spelled(key, value) for key, value in given.items()}}
    return {**forms.new_task(whole, CURRENT), "status": forms.changed("status", status, CURRENT)}


def _spelled(name: str, value: Any) -> Any:
    """A value in full: a bare name stands for a user, a day for its midnight."""
    match name, value:
        case (("assignees" | "participants"), list()):
            return [{"id": one, "type": "USER"} if isinstance(one, str) else one for one in value]
        case "approvalSteps", list():
            return [_step(one) if isinstance(one, dict) else one for one in value]
        case "dueDate", str() if len(value) == _DAY:
            return f"{value}T00:00:00Z"
    return value


def _step(given: Mapping[str, Any]) -> Model:
    return {name: _spelled(name, value) for name, value in given.items()}
