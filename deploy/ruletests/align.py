"""Which expected action is which action that happened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Expected = TypeVar("_Expected")
_Happened = TypeVar("_Happened")

#: how far a step goes in either list, and what it costs
_Step = tuple[int, int, int]


def aligned(
    expected: Sequence[_Expected],
    happened: Sequence[_Happened],
    *,
    same: Callable[[_Expected, _Happened], bool],
    fits: Callable[[_Expected, _Happened], bool],
    matters: Callable[[_Happened], bool],
) -> list[tuple[_Expected | None, _Happened | None]]:
    """Pair two lists, both in order, so that as little as possible differs or is left over.

    same: may be a pair at all. fits: is one without a difference. matters: False for what may
    happen unexpectedly, and is left out then.
    """

    def steps(i: int, j: int) -> Iterator[_Step]:
        # A pair that differs costs less than one missing and one too many: it tells more.
        if i < len(expected) and j < len(happened) and same(expected[i], happened[j]):
            yield 1, 1, int(not fits(expected[i], happened[j]))
        if i < len(expected):
            yield 1, 0, 1
        if j < len(happened):
            yield 0, 1, int(matters(happened[j]))

    best = _best(len(expected), len(happened), steps)
    pairs: list[tuple[_Expected | None, _Happened | None]] = []
    i = j = 0
    while (i, j) in best:
        more_i, more_j, cost = best[i, j]
        if more_i or cost:
            pairs.append((expected[i] if more_i else None, happened[j] if more_j else None))
        i, j = i + more_i, j + more_j
    return pairs


def _best(
    rows: int, columns: int, steps: Callable[[int, int], Iterator[_Step]]
) -> dict[tuple[int, int], _Step]:
    """For each place the step to take for the least cost from there to the end of both lists."""
    cost = {(rows, columns): 0}
    best: dict[tuple[int, int], _Step] = {}
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            ways = [(step[2] + cost[i + step[0], j + step[1]], step) for step in steps(i, j)]
            if ways:
                cost[i, j], best[i, j] = min(ways, key=lambda way: way[0])
    return best
