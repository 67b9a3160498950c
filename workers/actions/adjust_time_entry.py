"""Bring a time entry into shape: its length, its start, its type of work, whether it is billable.

    - adjust_time_entry:
        time_entry: "${entity.id}"
        round_to: 15m
        tolerance: 1m
        minimum: 30m

    - adjust_time_entry:
        time_entry: "${entity.id}"
        minimum: 15m
        rest_as: Minimum charge
        fill_start: true
        billable: true

A length is raised to `minimum` first and rounded to whole steps of `round_to` after that: 7 minutes
are 30 with `minimum: 20m` and `round_to: 15m`. A longer entry keeps its start and ends later, even
where the person's next one begins: awork does not refuse that. With `rest_as`, an entry below the
minimum keeps its length, unrounded; what is missing becomes an entry of that type of work, on the
same task and day, from where the entry ends. An entry gets one such rest, wherever it is moved to,
and a rest gets none.
`fill_start` gives an entry of a mere length the start it had if it ended when it was entered, moved
into its own day where it must be.

A billed entry, a timer that runs or is paused, one on a day before HOOKWORK_CLOSED_BEFORE, and one
of a deleted person are left alone: there is nothing for anybody to do, so the run is done, and its
record says why. Later actions see `adjusted`, and `because` when it is false: billed, ownerless,
running, closed, unchanged, edited.

Writes PUT /timeentries/{id}, with all that it would replace as awork has it now, and POST
/timeentries for the rest. The PUT may be repeated while the entry is as it was when this was worked
out; after a lost answer, what a person edited in the meantime is left as it is. The rest is found
again by user, day and the marker at the end of its note, and remembered.
Source: https://developers.awork.com, "Updates the time entry with the specified id".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from webhooks.errors import RunFailed
from workers import circles
from workers.actions import logged, rests, type_of_work, values
from workers.actions.adjusted import (
    Decision,
    Rest,
    Wish,
    adjusted,
    obstacle,
    without_rest,
)
from workers.actions.base import Context, Parameters, invalid
from workers.actions.entry_form import state
from workers.actions.rounding import Rounding
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request

Item = Mapping[str, Any]

NAME = "adjust_time_entry"
PARAMETERS = {
    "time_entry": Parameter(ParameterKind.ID, required=True, about="the time entry"),
    "round_to": Parameter(
        ParameterKind.DURATION,
        about="its length becomes a multiple of this",
        unless=("minimum", "fill_start", "billable", "type_of_work", "note"),
    ),
    "rounding": Parameter(
        ParameterKind.TEXT,
        about="by default up; half a step goes up to the nearest",
        choices=("up", "down", "nearest"),
        needs=("round_to",),
    ),
    "tolerance": Parameter(
        ParameterKind.DURATION,
        about="so much beyond a whole step is rounded down in any case",
        needs=("round_to",),
    ),
    "minimum": Parameter(ParameterKind.DURATION, about="its length is no less than this"),
    "rest_as": Parameter(
        ParameterKind.REFERENCE,
        about="what is missing to the minimum becomes an entry of this type of work",
        needs=("minimum",),
    ),
    "fill_start": Parameter(ParameterKind.BOOLEAN, about="gives it a start where it has none"),
    "billable": Parameter(ParameterKind.BOOLEAN, about="whether it is billable"),
    "type_of_work": Parameter(ParameterKind.REFERENCE, about="its type of work"),
    "note": Parameter(ParameterKind.TEXT, about="replaces its note"),
}
_EDITED = "no answer came to the change, and the entry was edited since: left as it is"


class _Outdated(RunFailed):
    """The entry is not as it was when the write was worked out; nothing of it was begun."""

    def __init__(self) -> None:
        super().__init__("outdated", "the time entry was edited since this was worked out")


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Adjust one time entry. See Action.run."""
    wish = _wish(parameters, context)
    entry = context.awork.one(f"/timeentries/{values.needed(parameters, 'time_entry')}")
    return _adjusted(entry, wish, context, number=0)


def _adjusted(entry: Item, wish: Wish, context: Context, *, number: int) -> dict[str, Any]:
    """number: how often it was worked out anew before anything was sent."""
    decision = _decided(entry, wish, context, number)
    try:
        return _carried_out(decision, entry, context, number)
    except _Outdated:
        # Not sent, and not to be: the entry as it is now is what counts.
        return _adjusted(entry, wish, context, number=number + 1)


def _wish(parameters: Parameters, context: Context) -> Wish:
    rest_as, kind = (
        None
        if parameters.get(name) is None
        else type_of_work.usable(parameters[name], context, what=name)
        for name in ("rest_as", "type_of_work")
    )
    note = parameters.get("note")
    return Wish(
        rounding=_rounding(parameters),
        rest_as=rest_as,
        fill_start=parameters.get("fill_start") is True,
        fields=values.without_nothing(
            {
                "isBillable": parameters.get("billable"),
                "typeOfWorkId": kind,
                "note": None if note is None else str(note),
            }
        ),
    )


def _rounding(parameters: Parameters) -> Rounding:
    step_s = values.seconds(parameters, "round_to")
    tolerance_s = values.seconds(parameters, "tolerance") or 0
    if step_s == 0:
        raise invalid("round_to", parameters["round_to"], "a duration above zero, such as 15m")
    if step_s and tolerance_s >= step_s:
        expected = f"less than round_to, {parameters['round_to']}: else nothing is rounded up"
        raise invalid("tolerance", parameters["tolerance"], expected)
    return Rounding(
        step_s=step_s or 0,
        direction=parameters.get("rounding", "up"),
        tolerance_s=tolerance_s,
        minimum_s=values.seconds(parameters, "minimum") or 0,
    )


def _decided(entry: Item, wish: Wish, context: Context, number: int) -> Decision:
    """What an earlier try worked out, or now: kept, for after a lost answer it tells our change
    from a person's."""

    def decide() -> Any:
        decision = adjusted(entry, wish, open_from=context.open_from)
        rest = decision.rest
        if rest and rests.is_there(entry, str(rest.body.get("userId")), rest.day, context):
            decision = without_rest(decision)
        return msgspec.to_builtins(decision)

    return msgspec.convert(context.effects.decided(f"entry.{number}", decide), Decision)


def _carried_out(decision: Decision, entry: Item, context: Context, number: int) -> dict[str, Any]:
    """entry: as it was read in this try."""
    changed: dict[str, Any] = {}
    if decision.body is not None:
        changed = _change(decision, decision.body, entry, context, number)
    if changed.get("because"):
        context.effects.notes.append(_EDITED)
        return {**changed, "adjusted": False}
    rest = _add_rest(decision, decision.rest, entry, context, number) if decision.rest else None
    context.effects.notes.extend(decision.notes)
    found = {**entry, **changed, "adjusted": not decision.because}
    return values.without_nothing({**found, "because": decision.because or None, "rest": rest})


def _change(
    decision: Decision, body: Item, entry: Item, context: Context, number: int
) -> dict[str, Any]:
    path = f"/timeentries/{entry['id']}"
    return context.effects.once(
        f"entry.{number}",
        Request("PUT", path, body),
        find=lambda _trail: _find(context.awork.one(path), decision, body, context),
        guard=lambda: _refuse_outdated(entry, [decision.was], context),
        summary=f"time entry of {_name(entry, context)}: {', '.join(decision.changes)}",
        sets=circles.sets("time entry", str(entry["id"]), "duration and fields", state(body)),
    )


def _find(there: Item, decision: Decision, body: Item, context: Context) -> dict[str, Any] | None:
    """The entry unless it still is as it was: there is nothing to write over what a person did."""
    if state(there) == state(body):
        return dict(there)
    if state(there) == decision.was and not obstacle(there, context.open_from):
        return None
    return {**there, "because": "edited"}


def _add_rest(
    decision: Decision, rest: Rest, entry: Item, context: Context, number: int
) -> dict[str, Any]:
    marker = rests.marker(entry)
    # In a later try the entry is as our change has made it.
    known = [decision.was, *([state(decision.body)] if decision.body else [])]
    made = context.effects.once(
        f"rest.{number}",
        Request("POST", "/timeentries", {**rest.body, "note": f"{rest.body['note']} {marker}"}),
        find=lambda trail: logged.found(marker, rest.day, trail, context),
        guard=lambda: _refuse_outdated(entry, known, context),
        summary=f"time entry for {_name(entry, context)}, {rest.day:%a %d %b}"
        f" ({values.hours(rest.seconds)} missing to the minimum)",
    )
    rests.remember(entry, made, context)
    return made


def _refuse_outdated(entry: Item, known: list[dict[str, Any]], context: Context) -> None:
    if state(entry) not in known or obstacle(entry, context.open_from):
        raise _Outdated


def _name(entry: Item, context: Context) -> str:
    return context.directory.name_of(context.awork, str(entry.get("userId")))
