"""From the blocks that are there to those that are wanted, in the fewest writes. Performs no I/O.

What is the same in start and end stays. Of the rest, blocks that are there become blocks that are
wanted, the closest in time first; what is left is deleted, or created.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from workers.planning.spans import Span


@dataclass(frozen=True)
class Made:
    """A block of ours that is there."""

    #: of the schedule in awork
    id: str
    span: Span


@dataclass(frozen=True)
class Difference:
    """What has to be written; each in order of time."""

    creates: tuple[Span, ...] = ()
    #: a block, and where it goes
    moves: tuple[tuple[Made, Span], ...] = ()
    deletes: tuple[Made, ...] = ()


def difference(wanted: Iterable[Span], made: Iterable[Made]) -> Difference:
    """What turns the blocks that are there into those that are wanted.

    Writes: as many as there are blocks wanted, or blocks there, whichever are more, not counting
    those that stay. The same blocks give the same writes, in whatever order they are told.
    """
    missing = Counter(wanted)
    surplus: list[Made] = []
    for one in sorted(made, key=lambda each: (each.span, each.id)):
        if missing[one.span]:
            missing[one.span] -= 1
        else:
            surplus.append(one)
    lacking = sorted(missing.elements())
    moves = sorted(_pairs(surplus, lacking))
    moved, met = ({pair[side] for pair in moves} for side in (0, 1))
    return Difference(
        creates=tuple(span for at, span in enumerate(lacking) if at not in met),
        moves=tuple((surplus[ours], lacking[theirs]) for ours, theirs in moves),
        deletes=tuple(one for at, one in enumerate(surplus) if at not in moved),
    )


def _pairs(surplus: Sequence[Made], lacking: Sequence[Span]) -> list[tuple[int, int]]:
    """Numbers of blocks that belong together, the closest starts first, until one side is out.

    On a line of all starts the closest two of different sides are always neighbours; when they
    are taken out, their neighbours become neighbours. That is fast for thousands of blocks.
    """
    line = _Line(
        [(one.span, 0, number) for number, one in enumerate(surplus)]
        + [(span, 1, number) for number, span in enumerate(lacking)]
    )
    queue = [pair for at in range(len(line.points)) for pair in line.pair(at, at + 1)]
    heapify(queue)
    found: list[tuple[int, int]] = []
    while queue:
        _, left, right = heappop(queue)
        if line.has(left) and line.has(right):
            found.append(line.numbers(left, right))
            for pair in line.pair(*line.take_out(left, right)):
                heappush(queue, pair)
    return found


#: where a block is, 0 when it is there and 1 when it is wanted, and its number among those
_Point = tuple[Span, int, int]


class _Line:
    """Blocks in order of time, from which neighbours are taken out."""

    def __init__(self, points: Iterable[_Point]) -> None:
        self.points = sorted(points)
        self._before = list(range(-1, len(self.points) - 1))
        self._after = list(range(1, len(self.points) + 1))
        self._gone: set[int] = set()

    def has(self, at: int) -> bool:
        return at not in self._gone

    def pair(self, left: int, right: int) -> Iterator[tuple[float, int, int]]:
        """Two neighbours with the seconds between their starts; none when of one side."""
        if left < 0 or right >= len(self.points) or self._side(left) == self._side(right):
            return
        apart = self.points[right][0].start - self.points[left][0].start
        yield apart.total_seconds(), left, right

    def numbers(self, left: int, right: int) -> tuple[int, int]:
        """Of the block that is there, and of the one that is wanted."""
        there, wanted = sorted((left, right), key=self._side)
        return self.points[there][2], self.points[wanted][2]

    def take_out(self, left: int, right: int) -> tuple[int, int]:
        """Take out two neighbours; those around them, which are neighbours from now on."""
        self._gone |= {left, right}
        before, after = self._before[left], self._after[right]
        if before >= 0:
            self._after[before] = after
        if after < len(self.points):
            self._before[after] = before
        return before, after

    def _side(self, at: int) -> int:
        return self.points[at][1]
