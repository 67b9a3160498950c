"""Which host is cut off from what, when, and for how long: chosen by the seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random

from tests.chaos.mishaps import Times
from tests.hosts.house import LAYOUT
from tests.hosts.network import Cable

#: what is pulled. A host without `inside` may write to awork and cannot record it; one without
#: `outside` hears bells and claims events, and cannot write.
_WAYS: Sequence[tuple[Cable, ...]] = (("inside", "outside"), ("inside",), ("outside",))
#: parts of the longest cut. By default that is longer than a lease (60 s).
_LENGTHS = (1.0, 0.4, 0.22)
#: seconds before the first cut, and between two
_APART_S = 6.0
#: Seconds after a return at which it is asked how many bells each worker has heard. In between,
#: whatever it worked on at the first has ended, so one that hears has heard.
LOOKS_S = (5.0, 25.0)


@dataclass
class Cut:
    """One host without one cable or both, for a while."""

    host: str
    cables: tuple[Cable, ...]
    #: seconds since the run began
    begins_s: float = 0.0
    lasts_s: float = 0.0
    #: monotonic seconds at which it was done and undone; 0 before
    pulled: float = 0.0
    plugged: float = 0.0
    #: seconds since 1970 at which it was undone
    plugged_at: float = 0.0
    #: at each look: process id of a worker -> bells it has heard
    heard: list[dict[int, int]] = field(default_factory=list)

    @property
    def ends_s(self) -> float:
        return self.begins_s + self.lasts_s

    def __str__(self) -> str:
        length = f" for {self.lasts_s:.0f} s" if self.lasts_s else ""
        return f"{self.host} without {' and '.join(self.cables)}{length}"


def planned(seed: int, longest_s: float) -> list[Cut]:
    """A cut for each host. Those with an edge are away one after the other, so that there always
    is one that takes deliveries; the others at the same time as those."""
    chance = Random(f"{seed} cuts")
    ways, lengths, hosts = list(_WAYS), list(_LENGTHS), list(LAYOUT)
    for each in (ways, lengths, hosts):
        chance.shuffle(each)
    cuts, free_s = [], _APART_S
    for host, way, length in zip(hosts, ways, lengths, strict=True):
        has_edge = "edge" in LAYOUT[host]
        cuts.append(Cut(host, way, free_s if has_edge else 1.5 * _APART_S, length * longest_s))
        free_s = cuts[-1].ends_s + _APART_S if has_edge else free_s
    return cuts


def over_s(cuts: Sequence[Cut]) -> float:
    """Seconds from the beginning of the run until the last look at who was away."""
    return max(cut.ends_s for cut in cuts) + LOOKS_S[-1] + 1.0


def played(
    cuts: Sequence[Cut],
    began: float,
    *,
    pull: Callable[[Cut], None],
    plug: Callable[[Cut], None],
    heard: Callable[[], dict[int, int]],
) -> Times:
    """Pulls, plugs and looks, each at its time. began: monotonic seconds."""

    def looked(cut: Cut) -> None:
        cut.heard.append(heard())

    steps: list[tuple[float, Callable[[Cut], None], Cut]] = []
    for cut in cuts:
        steps += [(cut.begins_s, pull, cut), (cut.ends_s, plug, cut)]
        steps += [(cut.ends_s + later_s, looked, cut) for later_s in LOOKS_S]
    for at_s, step, cut in sorted(steps, key=lambda one: one[0]):
        yield began + at_s
        step(cut)
    yield inf
