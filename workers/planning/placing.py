"""Puts an effort that fits into free slots, as blocks with a start and an end. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from workers.planning import dividing
from workers.planning.lengths import Lengths, Part
from workers.planning.slots import Slot, by_day
from workers.planning.spans import Span

Place = Literal["earliest", "latest", "even"]


class Share(NamedTuple):
    """A part of the effort, in a row of cells."""

    start: datetime
    part: Part


def shares(
    slots: Sequence[Slot], part: Part, place: Place, lengths: Lengths, cell: timedelta
) -> list[Share]:
    """Where the parts begin, in order. slots: they can hold the part."""
    parts = _divided(slots, part, place, lengths)
    late = place == "latest"
    return [
        Share(slot.start + (slot.cells - each.cells) * late * cell, each)
        for slot, each in zip(slots, parts, strict=False)
        if each.cells
    ]


def blocks(
    placed: Iterable[Share], lengths: Lengths, cell: timedelta, unused: timedelta
) -> tuple[Span, ...]:
    """The blocks of some shares, in order.

    unused: of the last cell of the odd block, which is the last block where any may be it.
    """
    found: list[Span] = []
    odd = -1
    for start, part in placed:
        for length in lengths.of(part):
            begin = max(start, found[-1].end) if found else start
            found.append(Span(begin, begin + length * cell))
        odd = len(found) - 1 if part.odd else odd
    if found:
        found[odd] = Span(found[odd].start, found[odd].end - unused)
    return tuple(found)


def _divided(slots: Sequence[Slot], part: Part, place: Place, lengths: Lengths) -> Sequence[Part]:
    if place == "even":
        days = [[slot.cells for slot in day] for day in by_day(slots)]
        return dividing.even(days, part, lengths)
    way = dividing.latest if place == "latest" else dividing.earliest
    return way([slot.cells for slot in slots], part, lengths)
