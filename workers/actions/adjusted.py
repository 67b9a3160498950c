"""What has to be written so that a time entry is as it is wished. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from workers.actions import values
from workers.actions.entry_form import Times, kept, state, times_of
from workers.actions.rounding import Rounding
from workers.rules.values import instant

Item = Mapping[str, Any]

#: what the entry for the rest has in common with the entry
_SHARED = ("timezone", "userId", "projectId", "taskId", "isBillable")
_CALLED = {"typeOfWorkId": "type of work", "note": "note"}
_WHY = {
    "billed": "nothing is written: the entry is billed",
    "running": "nothing is written: its timer has not ended",
    "closed": "nothing is written: HOOKWORK_CLOSED_BEFORE closes its day",
    "ownerless": "nothing is written: the person it is of was deleted in awork",
    "unchanged": "nothing is written: the entry is as it should be",
}


@dataclass(frozen=True)
class Wish:
    """What a time entry should be like."""

    rounding: Rounding
    #: id of the type of work of the entry that fills up to the minimum; None to lengthen this one
    rest_as: str | None = None
    fill_start: bool = False
    #: awork's fields to set, whatever they were
    fields: Mapping[str, Any] = field(default_factory=dict)


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing to the minimum."""

    #: of the POST; its note has no marker yet
    body: dict[str, Any]
    #: in the entry's zone
    day: date
    seconds: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is going to be written."""

    #: the entry's state when it was decided
    was: dict[str, Any]
    #: of the PUT; None to leave the entry as it is
    body: dict[str, Any] | None = None
    rest: Rest | None = None
    #: what the PUT changes, for people
    changes: list[str] = []
    #: why nothing is written, in one word; empty when something is
    because: str = ""
    #: what people should know
    notes: list[str] = []


def obstacle(entry: Item, open_from: date | None) -> str:
    """Why an entry must be left alone, in one word; empty when it need not be."""
    if entry.get("isBilled"):
        return "billed"
    if not entry.get("userId"):
        # awork would take what is written without one for our API user's.
        return "ownerless"
    times = times_of(entry)
    if times is None:
        return "running"
    return "closed" if open_from is not None and times.day < open_from else ""


def adjusted(entry: Item, wish: Wish, *, open_from: date | None) -> Decision:
    """Work out what to write.

    entry: as awork has it. open_from: the first day that may be written on; None for any.
    """
    was, times = state(entry), times_of(entry)
    because = obstacle(entry, open_from)
    if because or times is None:
        return _nothing(was, because)
    length_s, rest_s = _lengths(entry, times, wish)
    new = times.lasting(length_s)
    if wish.fill_start and times.start is None and entry.get("createdOn"):
        # The start is that of the work itself; what is added to it comes after.
        made = instant(entry["createdOn"])
        new = times.made_at(made, room_s=length_s + rest_s).lasting(length_s)
    body = {**kept(entry), **wish.fields, **new.fields()}
    rest = _rest(body, new, rest_s, wish) if rest_s else None
    if state(body) == was:
        return Decision(was=was, rest=rest) if rest else _nothing(was, "unchanged")
    return Decision(was=was, body=body, rest=rest, changes=list(_changes(was, state(body))))


def without_rest(decision: Decision) -> Decision:
    """The same, when the entry for the rest is there already."""
    if decision.body is None:
        return _nothing(decision.was, "unchanged")
    there = ["the entry for what is missing to the minimum is there already"]
    return msgspec.structs.replace(decision, rest=None, notes=there)


def _nothing(was: dict[str, Any], because: str) -> Decision:
    return Decision(was=was, because=because, notes=[_WHY[because]])


def _lengths(entry: Item, times: Times, wish: Wish) -> tuple[int, int]:
    """Seconds of the entry, and of the one for the rest."""
    missing_s = wish.rounding.minimum_s - times.duration_s
    if wish.rest_as is None or missing_s <= 0:
        return wish.rounding.of(times.duration_s), 0
    is_rest = entry.get("typeOfWorkId") == wish.rest_as
    return times.duration_s, 0 if is_rest else missing_s


def _rest(body: Item, times: Times, rest_s: int, wish: Wish) -> Rest:
    minimum = values.hours(wish.rounding.minimum_s)
    when = Times(times.zone, times.day, times.end, rest_s)
    of_entry = {name: body[name] for name in _SHARED if name in body}
    note = f"up to the minimum of {minimum}"
    whole = {**of_entry, "typeOfWorkId": wish.rest_as, "note": note, **when.fields()}
    return Rest(body=whole, day=when.first_day, seconds=rest_s)


def _changes(was: Item, new: Item) -> Iterator[str]:
    if new["duration"] != was["duration"]:
        yield f"{values.hours(was['duration'])} to {values.hours(new['duration'])}"
    if new["start"] != was["start"]:
        yield f"start {new['start']}"
    if new["isBillable"] != was["isBillable"]:
        yield "billable" if new["isBillable"] else "not billable"
    yield from (told for name, told in _CALLED.items() if new[name] != was[name])
