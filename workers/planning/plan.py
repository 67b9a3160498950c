"""Plans an effort into a person's working time. Performs no I/O; knows nothing of what is there.

    fits         every second of the effort is in blocks, from `start` to `until`
    does not fit, and on_overload is
      report     what fits is planned, the rest is missing
      shift      what does not fit goes on after `until`, as soon as possible, for a year
      split      what does not fit fills the gaps that are left, in blocks of any length
      skip       nothing is planned, all of it is missing

What is planned and what is missing add up to the effort, to the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from workers.planning.bins import Bins
from workers.planning.days import Person
from workers.planning.lengths import Block, Lengths, Part
from workers.planning.placing import Place, Share, blocks, shares
from workers.planning.slots import Slot, slots
from workers.planning.spans import Span
from workers.planning.walltime import foreseeable

Overload = Literal["report", "shift", "split", "skip"]

#: how far is looked where nothing bounds it
HORIZON = timedelta(days=366)
_NOTHING = timedelta()


@dataclass(frozen=True)
class Wish:
    """An effort, and how it shall be planned."""

    effort_s: int
    #: aware, as is `until`; without that, a year is looked ahead
    start: datetime
    until: datetime | None = None
    place: Place = "earliest"
    block: Block = field(default_factory=Block)
    on_overload: Overload = "report"

    def reach(self) -> Span:
        """From when until when it shall be planned; the end is within ten years of the start."""
        start = self.start.astimezone(UTC)
        return Span(start, foreseeable(start, self.until or start + HORIZON))

    def beyond(self) -> Span:
        """Where it may go on; empty when it is not to be shifted."""
        begin = max(self.start.astimezone(UTC), self.reach().end)
        return Span(begin, begin + HORIZON if self.on_overload == "shift" else begin)


@dataclass(frozen=True)
class Planned:
    """What came of a wish."""

    #: in order, none over another; UTC
    spans: tuple[Span, ...]
    #: seconds of the effort that are in none of them
    missing_s: int


def plan(wish: Wish, person: Person) -> Planned:
    """Place an effort into the free working time of a person.

    The same wish and the same person give the same plan, in whatever order they are told.
    """
    spans = _spans(wish, person) if wish.effort_s > 0 else ()
    return Planned(spans, max(0, wish.effort_s) - sum(span.seconds for span in spans))


def _spans(wish: Wish, person: Person) -> tuple[Span, ...]:
    cell = timedelta(seconds=wish.block.round_s)
    within, beyond = (slots(person, reach, cell) for reach in (wish.reach(), wish.beyond()))
    lengths = _lengths(wish, [*within, *beyond])
    effort = _Effort(wish.effort_s, wish.block, lengths)
    if lengths.shortest > lengths.longest:
        return ()
    if effort.bins(within).hold(effort.whole):
        return effort.blocks([(within, effort.whole, wish.place)])
    match wish.on_overload:
        case "skip":
            return ()
        case "shift":
            before, after = _shifted(effort, within, beyond)
            return effort.blocks([(within, before, wish.place), (beyond, after, "earliest")])
        case "split":
            return _split(wish, person, effort.blocks([(within, effort.most(within), wish.place)]))
        case "report":
            return effort.blocks([(within, effort.most(within), wish.place)])


def _lengths(wish: Wish, free: Sequence[Slot]) -> Lengths:
    block = wish.block
    shortest = -(-min(block.min_s, wish.effort_s) // block.round_s)
    if block.max_s is not None:
        return Lengths(shortest, block.max_s // block.round_s)
    return Lengths(shortest, max((shortest, *(slot.cells for slot in free))))


@dataclass(frozen=True)
class _Effort:
    """An effort in cells of the grid, and back."""

    seconds: int
    block: Block
    lengths: Lengths

    @property
    def unused_s(self) -> int:
        """Seconds that the odd block leaves of its last cell."""
        return -self.seconds % self.block.round_s

    @property
    def whole(self) -> Part:
        """All of it, with the odd block."""
        odd_s = min(self.block.min_s, self.seconds) + self.unused_s
        odd = -(-odd_s // self.block.round_s) - self.lengths.shortest
        return Part((self.seconds + self.unused_s) // self.block.round_s, odd)

    def bins(self, free: Sequence[Slot]) -> Bins:
        return Bins([slot.cells for slot in free], self.lengths)

    def most(self, free: Sequence[Slot], besides: int = 0) -> Part:
        """As much as fits, in whole cells. besides: cells that are planned elsewhere."""
        return Part(self.bins(free).reach(self.seconds // self.block.round_s - besides))

    def blocks(self, parts: Sequence[tuple[Sequence[Slot], Part, Place]]) -> tuple[Span, ...]:
        """The blocks of parts that fit where they shall go."""
        cell = timedelta(seconds=self.block.round_s)
        placed: list[Share] = []
        for free, part, place in parts:
            placed += shares(free, part, place, self.lengths, cell)
        is_all = sum(part.cells for _, part, _ in parts) == self.whole.cells
        unused = timedelta(seconds=self.unused_s) if is_all else _NOTHING
        return blocks(placed, self.lengths, cell, unused)


def _shifted(effort: _Effort, within: Sequence[Slot], beyond: Sequence[Slot]) -> tuple[Part, Part]:
    """As much as fits now, but so little less that all the rest can go on later."""
    now, later, whole = effort.bins(within), effort.bins(beyond), effort.whole
    most = effort.most(within)
    for part in _down_from(most.cells, effort.lengths):
        if now.hold(part) and later.hold(whole.without(part)):
            return part, whole.without(part)
    return most, effort.most(beyond, besides=most.cells)


def _down_from(cells: int, lengths: Lengths) -> Iterator[Part]:
    """Two blocks less leave room for every rest that there can be room for."""
    lowest = max(0, cells - 2 * lengths.longest)
    yield from (Part(each) for each in range(cells, lowest - 1, -1))


def _split(wish: Wish, person: Person, placed: tuple[Span, ...]) -> tuple[Span, ...]:
    rest_s = wish.effort_s - sum(span.seconds for span in placed)
    rest = replace(wish, effort_s=rest_s, block=replace(wish.block, min_s=1), on_overload="report")
    busier = replace(person, busy=[*person.busy, *placed])
    return tuple(sorted((*placed, *plan(rest, busier).spans)))
