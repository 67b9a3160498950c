"""Create a task in Workiva, once for what the event is about.

    - create_workiva_task:
        title: "Please approve: ${entity.name}"
        description: "https://app.awork.com/tasks/${entity.id}"
        assignees: [V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD]
        due_date: "${add_workdays(now, 5)}"
        location:
          resource: 124efa2a142f472ba1ceab34ed18915f
          segment: 465ttdh2a142y75ehsft5ab34edf5675
        approval_steps:
          - completion_mode: ALL
            participants: [V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD]
            due_date: 2026-12-18T17:00

    - create_workiva_task:
        title: "Quarterly checklist"
        due_date: null
        status: Completed
        notifications_disabled: true
        once_per: ["${format(today, 'yyyy-MM')}", "${entity.projectId}"]
        marker: false

People are ids of Workiva users, or maps such as {id: …, type: USER}. A day is midnight UTC; a time
without an offset is one of the rule's zone; `due_date: null` is sent as null. What is left out is
not sent. `completion_mode` is ONE (one participant approves) or ALL. The prototype (WORKIVA_API)
takes titles of 500 characters, and descriptions of 2,000 with their marker.

`once_per` says for what there is one Workiva task at most: by default the object of awork that the
event is about, else the values it has, each rule's action counting for itself. A later event makes
none, and its result is that of the one there is. That is known for a year, also of one that people
have deleted in Workiva since. `hookwork undo` removes one, and lets the next event make it again.

The result is what Workiva answered: `${done.create_workiva_task.sourceUrl}`, `id`, `dueDate`, and
so on. sync_workiva_task keeps the task as awork has it from then on.

Writes POST /tasks. Must not be repeated: Workiva knows no id of ours. Ours is found again by the
marker at the end of its description; with `marker: false`, which leaves the description as it is
given, by its title, description, location and assignees, created at or after the attempt.
Source: https://developers.workiva.com, "Create a new task", 2022-01-01 and 2026-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workers import versions
from workers.actions import values, workiva_alike, workiva_form
from workers.actions.base import Context, Parameters, invalid
from workers.actions.workiva_lost import looking
from workers.mirrors import Mirror, Mirrors
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.workiva import NAME as WORKIVA
from workers.trail import Trail

NAME = "create_workiva_task"
PARAMETERS = {
    "title": Parameter(ParameterKind.TEXT, required=True, about="what it is called"),
    **workiva_form.SHARED,
    "approval_steps": workiva_form.STEPS,
    "status": Parameter(ParameterKind.TEXT, about="by default Created"),
    "notifications_disabled": Parameter(ParameterKind.BOOLEAN, about="true: nobody is told"),
    "once_per": Parameter(
        ParameterKind.LIST, about="what there is one for at most; by default the awork object"
    ),
    "marker": Parameter(
        ParameterKind.BOOLEAN, about="false: no marker at the end of the description"
    ),
}
_ITEM = "task"


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one Workiva task, or give the one there is. See Action.run."""
    effects = context.effects
    mirrors = Mirrors(context.holdings, effects, context.now)
    once = mirrors.once(_once_per(parameters, context))
    body = _body(parameters, context)
    begun: list[bool] = []
    with mirrors.alone([once], was_sent=lambda: not begun):
        made = mirrors.made(once)
        if made is not None and made.run != mirrors.run:
            effects.notes.append(f"there is one already: {made.id}")
            return made.answer
        answer = effects.once(
            _ITEM,
            Request("POST", "/tasks", body, target=WORKIVA),
            find=lambda trail: _find(trail, context),
            # Asked for right before a first try: what ends busy then was not begun at all.
            guard=lambda: begun.append(True),
            summary=f"Workiva task {body['title']!r}",
        )
        result = workiva_alike.answered(answer)
        mirror = Mirror(
            rule=effects.rule,
            entity=_entity_id(context),
            once=once,
            task=body,
            done=_is_done(context),
        ).told([*body, "done"], versions.of_event(context.cause.payload))
        mirrors.made_now(result, mirror.answered(result))
    return result


def _body(parameters: Parameters, context: Context) -> dict[str, Any]:
    is_marked = parameters.get("marker", True) is not False
    form = workiva_form.Form(
        timezone=context.timezone,
        api=context.workiva.api,
        marker=context.effects.marker(_ITEM) if is_marked else "",
    )
    return workiva_form.body(parameters, form)


def _once_per(parameters: Parameters, context: Context) -> list[str]:
    if "once_per" not in parameters:
        return [_entity_id(context)]
    given = parameters["once_per"]
    told = [_told(one) for one in values.several(given)]
    if not any(told):
        raise invalid("once_per", given, "a text or values that tell one from another")
    return told


def _told(value: object) -> str:
    """A value as text; an object goes by its id."""
    if isinstance(value, Mapping) and value.get("id"):
        value = value["id"]
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value, order="sorted").decode()


def _entity_id(context: Context) -> str:
    """What the event is about; where it is about nothing, the event itself."""
    payload = context.cause.payload
    told = _entity(context).get("id") or payload.get("entityId")
    return str(told or context.effects.event_id).lower()


def _is_done(context: Context) -> bool:
    """Whether the event is about a task that is done."""
    status = _entity(context).get("taskStatus")
    return isinstance(status, Mapping) and status.get("type") == "done"


def _entity(context: Context) -> Mapping[str, Any]:
    entity = context.cause.payload.get("entity")
    return entity if isinstance(entity, Mapping) else {}


def _find(trail: Trail, context: Context) -> dict[str, Any] | None:
    """Of two writes of the same the one begun first must not take the other's: so the oldest."""
    title = str(trail.body["title"]).replace("'", "''")
    # People may have changed its title since. What goes by its marker is looked for among all there
    # are before it is written again.
    is_among_all = trail.is_last and _marker(trail)
    with looking("POST /tasks"):
        ours = context.workiva.found(
            "" if is_among_all else f"title eq '{title}'",
            lambda task: _is_ours(task, trail),
            between=context.effects.ledger.hold,
        )
    ours.sort(key=workiva_alike.created)
    return ours[0] if ours else None


def _is_ours(task: Mapping[str, Any], trail: Trail) -> bool:
    marker = _marker(trail)
    if marker:
        same = marker in str(task.get("description"))
    else:
        is_older = workiva_alike.is_older(task, trail.since)
        same = not is_older and workiva_alike.looks_as_sent(task, trail.body)
    return same and not trail.is_taken(str(task.get("id")))


def _marker(trail: Trail) -> str:
    return workiva_alike.marker_of(trail.body.get("description"))
