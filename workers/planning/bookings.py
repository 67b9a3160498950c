"""Which days of a range a person is booked on, and for how long. Performs no I/O.

awork spreads the duration of a booking over the days of its range in proportion to what a person
can work on each, and so does what is worked out here:

    capacity of a day     what awork has for its weekday, half of it for half a day off
    a share               of the capacity of the whole range; never more than there is
    around absences       the range falls into pieces between whole days off; each piece begins and
                          ends on a day that can be worked on, and gets its part of the duration.
                          The parts add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from workers.planning.absences import halves_off
from workers.planning.freetime import Booking, Week
from workers.planning.walltime import days


@dataclass(frozen=True)
class Range:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Each of them; no more than ten years."""
        return days(self.first, self.last)


def capacity_s(range_: Range, week: Week) -> int:
    """Seconds a person can work in a range."""
    return sum(week.on(day) for day in range_.days())


def booked(
    range_: Range, week: Week, amount: int | Fraction, *, around_absences: bool
) -> tuple[Booking, ...]:
    """The bookings that are wanted, in order of their days.

    amount: seconds in all, or a share of the capacity. Nothing can be booked around absences
    where every day is off; without it, seconds are booked whatever the days hold.
    """
    total_s = amount if isinstance(amount, int) else int(capacity_s(range_, week) * amount)
    if total_s <= 0:
        return ()
    if not around_absences:
        return (Booking(range_.first, range_.last, total_s),)
    pieces = _pieces(range_, week)
    parts = in_proportion(total_s, [capacity_s(piece, week) for piece in pieces])
    return tuple(
        Booking(piece.first, piece.last, part_s)
        for piece, part_s in zip(pieces, parts, strict=True)
        if part_s
    )


def _pieces(range_: Range, week: Week) -> list[Range]:
    """The range without its whole days off. Days that nobody works on, such as weekends, do not
    cut it, but no piece begins or ends with one."""
    pieces: list[list[date]] = [[]]
    for day in range_.days():
        if len(halves_off(day, week.absences)) == 2:  # noqa: PLR2004  a day has two
            pieces.append([])
        elif pieces[-1] or week.on(day):
            pieces[-1].append(day)
    found = []
    for piece in pieces:
        worked = [day for day in piece if week.on(day)]
        if worked:
            found.append(Range(worked[0], worked[-1]))
    return found


def in_proportion(total_s: int, weights: Sequence[int]) -> list[int]:
    """A whole number shared out in proportion to weights; the parts add up to it.

    What is left by rounding down goes to the largest remainders, a second each.
    """
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    parts = [total_s * weight // whole for weight in weights]
    short = total_s - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_s * weights[i] % whole), i))
    for i in by_remainder[:short]:
        parts[i] += 1
    return parts
