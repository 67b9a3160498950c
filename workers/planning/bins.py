"""What a row of free slots can hold of an effort. Performs no I/O.

With k blocks a row holds every number of cells from k times the shortest block up to a most, and
nothing else: blocks can be made longer one cell at a time. The most grows with each block by the
longest block, as long as some slot has room for another of that length, and then by what is left
in the slots, the largest rests first. So whether a row can hold a number is told without trying
out how, for the row from any of its slots on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest
from itertools import accumulate

from workers.planning.lengths import Lengths, Part


class Bins:
    """A row of slots. slots: the cells of each."""

    def __init__(self, slots: Sequence[int], lengths: Lengths) -> None:
        short, long = self._short, self._long = lengths.shortest, lengths.longest
        # A rest holds a block only when the slot can be cut into one block more.
        self._rests = [cells % long * (cells // short > cells // long) for cells in slots]
        self._blocks = _from_each(cells // short for cells in slots)
        self._longest = _from_each(cells // long for cells in slots)
        self._with_rest = _from_each(rest > 0 for rest in self._rests)
        self._in_rests = _from_each(self._rests)
        self._largest = [*accumulate(reversed(self._rests), max, initial=0)][::-1]
        some = (rest or long for rest in reversed(self._rests))
        self._smallest = [*accumulate(some, min, initial=long)][::-1]

    def hold(self, part: Part, start: int = 0) -> bool:
        """Whether the slots from one on can be filled with exactly this part."""
        if part.cells == 0:
            return part.odd == 0
        blocks = min((part.cells - part.odd) // self._short, self._blocks[start])
        rests = blocks - self._longest[start]
        if 0 < rests < self._with_rest[start]:
            # Most often two rests tell, and adding up the largest of all of them can be spared.
            lacking = part.cells - self._longest[start] * self._long
            if self._largest[start] + (rests - 1) * self._smallest[start] >= lacking:
                return True
        return blocks > 0 and self._most(blocks, start) >= part.cells

    def reach(self, cells: int) -> int:
        """The largest number they hold that is not above this one."""
        return min(cells, self._most(cells // self._short, 0))

    def _most(self, blocks: int, start: int) -> int:
        """Cells that so many blocks, or fewer, fill at most."""
        whole = self._longest[start]
        blocks = min(blocks, self._blocks[start])
        if blocks <= whole:
            return blocks * self._long
        if blocks - whole >= self._with_rest[start]:
            return whole * self._long + self._in_rests[start]
        return whole * self._long + sum(nlargest(blocks - whole, self._rests[start:]))


def _from_each(numbers: Iterable[int]) -> list[int]:
    """The sum from each of the numbers on, and 0 behind the last."""
    return list(accumulate(reversed(list(numbers)), initial=0))[::-1]
