"""Days off, whole and half. Performs no I/O.

awork writes an absence as two moments of UTC that stand for days: what counts is the day each one
names, in every zone. Two flags cut halves off (contract: Absence, WorkspaceAbsenceModel):

    one day        isHalfDayOnStart: its first half is off     isHalfDayOnEnd: its second half is
    several days   isHalfDayOnStart: the first day is off      isHalfDayOnEnd: the last day is off
                   from its second half on                     until its second half begins
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from workers.rules.values import day

Half = Literal["first", "second"]

_WHOLE: frozenset[Half] = frozenset({"first", "second"})
_FIRST: frozenset[Half] = frozenset({"first"})
_SECOND: frozenset[Half] = frozenset({"second"})
_NONE: frozenset[Half] = frozenset()


@dataclass(frozen=True)
class Absence:
    """Days on which somebody does not work."""

    first: date
    last: date
    half_on_start: bool = False
    half_on_end: bool = False

    def halves(self, on: date) -> frozenset[Half]:
        """The halves of a day that are off."""
        if not self.first <= on <= self.last:
            return _NONE
        if self.first == self.last:
            return self._of_the_only_day()
        if on == self.first and self.half_on_start:
            return _SECOND
        return _FIRST if on == self.last and self.half_on_end else _WHOLE

    def _of_the_only_day(self) -> frozenset[Half]:
        if self.half_on_start == self.half_on_end:
            return _WHOLE
        return _FIRST if self.half_on_start else _SECOND


def of_awork(item: Mapping[str, Any]) -> Absence:
    """Read an absence of a person or of the workspace; without an end it lasts one day."""
    start = item.get("startOn")
    return Absence(
        first=day(start, "UTC"),
        last=day(item.get("endOn") or start, "UTC"),
        half_on_start=bool(item.get("isHalfDayOnStart")),
        half_on_end=bool(item.get("isHalfDayOnEnd")),
    )


def of_person(
    user_id: str,
    own: Iterable[Mapping[str, Any]],
    everybodys: Iterable[Mapping[str, Any]],
    regions: Callable[[], Iterable[Mapping[str, Any]]],
) -> tuple[Absence, ...]:
    """A person's absences, the workspace's days off, and those of the region they belong to.

    regions: awork's, with `assignedUsers`; asked for only when a day off is of one.
    """
    days_off = list(everybodys)
    theirs: set[object] = {None}
    if any(one.get("regionId") for one in days_off):
        theirs |= {r.get("id") for r in regions() if user_id in (r.get("assignedUsers") or [])}
    items = [one for one in own if not one.get("deletedOn")]
    items += [one for one in days_off if one.get("regionId") in theirs]
    return tuple(of_awork(item) for item in items if item.get("startOn"))


def halves_off(on: date, absences: Iterable[Absence]) -> frozenset[Half]:
    """The halves of a day that any of these absences takes."""
    return frozenset(half for absence in absences for half in absence.halves(on))
