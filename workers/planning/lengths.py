"""How long the blocks of an effort are, in cells of the grid. Performs no I/O.

A cell is as long as `round`; blocks fill whole cells. Only where the effort is no multiple of a
cell, one block stops within its last one: the odd block, which therefore needs a cell more than
the shortest, when the shortest is a multiple of a cell itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Block:
    """What is wanted of the blocks; seconds."""

    #: none is shorter, unless the whole effort is
    min_s: int = 15 * 60
    #: none is longer; two that touch are two. None: as long as a window
    max_s: int | None = None
    #: they start and end at multiples of it, on the clock and from midnight on
    round_s: int = 15 * 60


class Part(NamedTuple):
    """A part of an effort."""

    cells: int
    #: cells that a block needs beyond the shortest to be the odd one; 0 when the part has no odd
    #: block, or when the shortest may be it
    odd: int = 0

    def without(self, other: Part) -> Part:
        """What is left of it."""
        return Part(self.cells - other.cells, self.odd - other.odd)


@dataclass(frozen=True)
class Lengths:
    """The shortest and the longest block, in cells."""

    shortest: int
    longest: int

    def of(self, part: Part) -> list[int]:
        """The lengths of the fewest blocks that make a part, long ones first.

        The last has the odd cells to spare. None is so long that a later one gets too short.
        """
        found: list[int] = []
        left, blocks = part.cells, -(-part.cells // self.longest)
        for later in reversed(range(blocks)):
            found.append(min(self.longest, left - later * self.shortest - part.odd * bool(later)))
            left -= found[-1]
        return found
