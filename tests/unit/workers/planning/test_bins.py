"""What slots can hold, compared with trying every way."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.workers.planning import oracle
from tests.unit.workers.planning.drawn import examples
from workers.planning import dividing
from workers.planning.bins import Bins
from workers.planning.lengths import Lengths, Part

_slots = st.lists(st.integers(0, 14), min_size=1, max_size=6)
_lengths = st.tuples(st.integers(1, 5), st.integers(0, 6)).map(
    lambda each: Lengths(each[0], each[0] + each[1])
)


@examples(1500)
@given(_slots, _lengths, st.integers(1, 60), st.integers(0, 1))
def test_slots_hold_what_some_way_of_filling_them_holds(
    slots: list[int], lengths: Lengths, cells: int, odd: int
) -> None:
    plain = range(lengths.shortest, lengths.longest + 1)
    with_odd = range(lengths.shortest + odd, lengths.longest + 1)

    bins = Bins(slots, lengths)

    most, _ = oracle.sums(slots, plain, cells, plain)
    _, holds = oracle.sums(slots, plain, cells, with_odd)
    assert bins.reach(cells) == most
    assert bins.hold(Part(cells, odd)) == holds


@examples(500)
@given(_slots, _lengths, st.integers(1, 60), st.integers(0, 1))
def test_what_slots_hold_is_divided_among_them_in_blocks_as_wished(
    slots: list[int], lengths: Lengths, cells: int, odd: int
) -> None:
    whole = Part(cells, odd)
    if not Bins(slots, lengths).hold(whole):
        whole = Part(Bins(slots, lengths).reach(cells))
    for parts in (
        dividing.earliest(slots, whole, lengths),
        dividing.latest(slots, whole, lengths),
        dividing.even([[each] for each in slots], whole, lengths),
    ):
        blocks = [lengths.of(part) for part in parts]

        assert (sum(part.cells for part in parts), sum(part.odd for part in parts)) == whole
        assert all(sum(each) <= slot for each, slot in zip(blocks, slots, strict=False))
        assert all(
            lengths.shortest <= length <= lengths.longest for each in blocks for length in each
        )
        odd_ones = [each for part, each in zip(parts, blocks, strict=True) if part.odd]
        assert all(each[-1] > lengths.shortest for each in odd_ones)


@examples(500)
@given(st.integers(1, 12), st.integers(1, 14), st.integers(1, 14), st.integers(1, 120))
def test_days_alike_get_the_same_but_for_a_cell(
    days: int, slot: int, shortest: int, cells: int
) -> None:
    used = min(days, cells // shortest)
    assume(shortest <= slot and used and cells <= used * slot)

    found = dividing.even([[slot]] * days, Part(cells), Lengths(shortest, slot))

    given_to = [at for at, part in enumerate(found) if part.cells]
    amounts = [found[at].cells for at in given_to]
    gaps = [later - earlier for earlier, later in pairwise(given_to)]
    assert len(given_to) == used
    assert max(amounts) - min(amounts) <= 1
    assert not gaps or max(gaps) - min(gaps) <= 1
