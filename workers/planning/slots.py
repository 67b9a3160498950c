"""The free slots of a person, laid on the grid that blocks start and end on. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from workers.planning.days import Person, calendar
from workers.planning.spans import Span
from workers.planning.walltime import since_midnight, steady


@dataclass(frozen=True)
class Slot:
    """Free time within one window of one day, and on one side of a change of the clock."""

    on: date
    #: a moment of the grid; UTC
    start: datetime
    cells: int


def slots(person: Person, reach: Span, cell: timedelta) -> list[Slot]:
    """What a person has free within a reach of time, in order; whole cells of the grid.

    reach: none when it ends before it starts.
    """
    if reach.end <= reach.start:
        return []
    return [
        slot
        for day in calendar(person, reach)
        for free in day.open()
        if (part := free.within(reach))
        for piece in steady(part, person.zone)
        if (slot := _on_grid(day.on, piece, person, cell)).cells > 0
    ]


def by_day(some: Sequence[Slot]) -> Iterator[list[Slot]]:
    """The slots of each day together."""
    for _, each in groupby(some, key=lambda slot: slot.on):
        yield list(each)


def _on_grid(on: date, piece: Span, person: Person, cell: timedelta) -> Slot:
    shown = since_midnight(piece.start, person.zone)
    wait = -(-shown // cell) * cell - shown
    last = shown + (piece.end - piece.start)
    return Slot(on, piece.start + wait, (last - shown - wait) // cell)
