"""How much of an effort goes into which free slot. Performs no I/O.

Each way goes through the slots in an order of its own and takes the first choice after which the
slots to come can still hold the rest. So what can be held is always divided to the last cell, and
a slot that was not used may be gone the next time: the division stays the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from workers.planning.bins import Bins
from workers.planning.lengths import Lengths, Part

#: number of a group, what is left, most cells of the group -> its parts, the best first
_Choices = Callable[[int, Part, int], Iterator[Part]]


def earliest(slots: Sequence[int], whole: Part, lengths: Lengths) -> list[Part]:
    """Divide among the fewest slots from the first on; the first get the most.

    slots: cells of each, in order; together they hold the whole. The odd block comes last.
    """
    few = slots[: _fewest(slots, whole, lengths)]
    return _divide([[cells] for cells in few], whole, lengths, _most_first)


def latest(slots: Sequence[int], whole: Part, lengths: Lengths) -> list[Part]:
    """Divide among the fewest slots up to the last; the last get the most, and the odd block.

    Returns a part for each slot, in order.
    """
    backwards = slots[::-1]
    few = backwards[: _fewest(backwards, whole, lengths)]
    parts = _divide([[cells] for cells in few], whole, lengths, _most_and_odd_first)
    return [Part(0)] * (len(slots) - len(parts)) + parts[::-1]


def even(days: Sequence[Sequence[int]], whole: Part, lengths: Lengths) -> list[Part]:
    """Divide as evenly as the days allow: the cells of the slots of each, in order.

    Returns a part for each slot. What is too little for a block on each day goes to as many days
    as it is enough for, spread over the range.
    """
    chosen = _spread(len(days), (whole.cells - whole.odd) // lengths.shortest)
    some = [day if number in chosen else [] for number, day in enumerate(days)]
    if not _bins(some, lengths).hold(whole):
        some = [*days]
    ideal = _ideal([Bins(day, lengths).reach(whole.cells) for day in some], whole.cells)

    def nearest(number: int, rest: Part, most: int) -> Iterator[Part]:
        return _nearest(ideal[number] - (whole.cells - rest.cells), rest, most)

    found: list[Part] = []
    for day, part in zip(days, _divide(some, whole, lengths, nearest), strict=True):
        within = earliest(day, part, lengths) if part.cells else []
        found += within + [Part(0)] * (len(day) - len(within))
    return found


def _divide(
    groups: Sequence[Sequence[int]], rest: Part, lengths: Lengths, choices: _Choices
) -> list[Part]:
    bins, behind = _bins(groups, lengths), 0
    found: list[Part] = []
    for number, group in enumerate(groups):
        own, behind = Bins(group, lengths), behind + len(group)
        found.append(
            next(
                part
                for part in choices(number, rest, own.reach(rest.cells))
                if own.hold(part) and bins.hold(rest.without(part), behind)
            )
        )
        rest = rest.without(found[-1])
    return found


def _fewest(slots: Sequence[int], whole: Part, lengths: Lengths) -> int:
    """How many slots from the first on hold the whole."""
    enough = 1
    while enough < len(slots) and not Bins(slots[:enough], lengths).hold(whole):
        enough *= 2
    tried = range(enough // 2, min(enough, len(slots)))
    return tried.start + bisect_left(
        tried, x=True, key=lambda number: Bins(slots[:number], lengths).hold(whole)
    )


def _most_first(_: int, rest: Part, most: int) -> Iterator[Part]:
    yield from (Part(cells) for cells in range(most, -1, -1))
    yield from (Part(cells, rest.odd) for cells in range(most, 0, -1) if rest.odd)


def _most_and_odd_first(_: int, rest: Part, most: int) -> Iterator[Part]:
    yield from (Part(cells, rest.odd) for cells in range(most, 0, -1))
    yield from (Part(cells) for cells in range(most, -1, -1))


def _nearest(target: int, rest: Part, most: int) -> Iterator[Part]:
    """Parts of about so many cells; the smaller of two that are as near."""
    target = max(0, min(target, most))
    for off in range(most + 1):
        for cells in (target - off, target + off)[: 1 + bool(off)]:
            if 0 <= cells <= most:
                yield Part(cells)
                yield Part(cells, rest.odd)


def _spread(days: int, blocks: int) -> set[int]:
    """So many days, or all, each from the middle of its part of the range."""
    number = min(days, blocks)
    return {(2 * each + 1) * days // (2 * number) for each in range(number)}


def _ideal(most: Sequence[int], whole: int) -> list[int]:
    """Cells up to the end of each day, were every day given the same, or its most."""
    cells, days = _level(most, whole)
    upto = accumulate(min(each * days, cells) for each in most)
    return [(2 * each + days) // (2 * days) for each in upto]


def _level(most: Sequence[int], whole: int) -> tuple[int, int]:
    """What each day is given, as a fraction: those that hold less are filled."""
    given, level = 0, sorted(most)
    for days, each in zip(range(len(level), 0, -1), level, strict=True):
        if each * days >= whole - given:
            return whole - given, days
        given += each
    return max(level, default=0), 1


def _bins(groups: Sequence[Sequence[int]], lengths: Lengths) -> Bins:
    return Bins([cells for group in groups for cells in group], lengths)
