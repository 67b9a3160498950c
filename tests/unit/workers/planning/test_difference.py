"""From the blocks that are there to those that are wanted: which writes, and how many."""

from __future__ import annotations

import pytest

from tests.unit.workers.planning.people import span
from workers.planning.difference import Difference, Made, difference
from workers.planning.spans import Span

NINE, TEN, ELEVEN, NOON = (
    span(f"23 {text}") for text in ("09:00-10:00", "10:00-11:00", "11:00-12:00", "12:00-13:00")
)
LONG_TEN, TOMORROW = span("23 10:00-12:00"), span("24 09:00-10:00")
A, B, C = Made("a", NINE), Made("b", TEN), Made("c", ELEVEN)

ROWS = [
    ([], [], Difference()),
    ([NINE], [], Difference(creates=(NINE,))),
    ([], [A], Difference(deletes=(A,))),
    # what is the same stays, whatever happens around it
    ([NINE, TEN], [A, B], Difference()),
    ([TEN, NINE], [B, C], Difference(moves=((C, NINE),))),
    # another end is another block
    ([LONG_TEN], [B], Difference(moves=((B, LONG_TEN),))),
    # the closest start first: c is an hour from noon, b two
    ([NOON], [B, C], Difference(moves=((C, NOON),), deletes=(B,))),
    ([TOMORROW, TEN], [A], Difference(moves=((A, TEN),), creates=(TOMORROW,))),
    # as close on both sides: the earlier one
    ([TEN], [C, A], Difference(moves=((A, TEN),), deletes=(C,))),
    # with b and its neighbour out of the way, a and tomorrow are what is left
    ([LONG_TEN, TOMORROW], [A, B], Difference(moves=((A, TOMORROW), (B, LONG_TEN)))),
    # two of ours at the same time: one of them stays
    ([NINE], [A, Made("z", NINE)], Difference(deletes=(Made("z", NINE),))),
    ([NINE, NINE], [A], Difference(creates=(NINE,))),
]


@pytest.mark.parametrize(("wanted", "made", "expected"), ROWS)
def test_blocks_stay_move_come_and_go(
    wanted: list[Span], made: list[Made], expected: Difference
) -> None:
    assert difference(wanted, made) == expected
    assert difference(wanted[::-1], made[::-1]) == expected
