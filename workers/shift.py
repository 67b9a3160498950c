"""The workspaces that one process works for, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webhooks.store.inbox import Claim
from webhooks.store.rounds import Rounds
from workers.deps import Deps
from workers.seats import Seats


@dataclass(frozen=True)
class Shift:
    """What the threads of a process work off; each workspace has one place in all of it."""

    deps: Sequence[Deps]
    rounds: Rounds
    seats: Seats
    #: false while a workspace has no rules to judge by: its events wait
    is_ready: Callable[[int], bool] = lambda _place: True

    @property
    def stopping(self) -> bool:
        """True once the process was told to end."""
        return self.deps[0].stopping()

    def claim(self, limit: int, slots: int) -> tuple[int, list[Claim]]:
        """Events of the workspace whose turn it is, and its place, whose seat has to be left; of
        none when nothing is due."""
        with self.seats.choosing:
            order = [place for place in self.seats.order() if self.is_ready(place)]
            if not order:
                return -1, []
            place, claims = self.rounds.claim(order, limit, slots=slots)
            if claims:
                self.seats.take(place)
            return place, claims


def alone(deps: Deps, slots: int) -> Shift:
    """The shift of a process that works for one workspace."""
    return Shift([deps], Rounds([deps.inbox]), Seats(1, slots))
