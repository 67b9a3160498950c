"""Which cuts a run has, whatever its seed."""

from __future__ import annotations

from itertools import pairwise

from tests.hosts.cuts import planned
from tests.hosts.house import LAYOUT


def test_each_host_is_cut_off_once_and_each_way_comes_once() -> None:
    for seed in range(50):
        cuts = planned(seed, 90.0)

        assert sorted(cut.host for cut in cuts) == sorted(LAYOUT)
        assert sorted(cut.cables for cut in cuts) == [
            ("inside",),
            ("inside", "outside"),
            ("outside",),
        ]
        assert max(cut.lasts_s for cut in cuts) == 90.0


def test_there_is_always_an_edge() -> None:
    for seed in range(50):
        away = [cut for cut in planned(seed, 90.0) if "edge" in LAYOUT[cut.host]]
        away.sort(key=lambda cut: cut.begins_s)

        assert all(before.ends_s < after.begins_s for before, after in pairwise(away))
