"""When somebody may work, found by looking at the clock every five minutes.

Written from the rules alone: it shares nothing with the code it judges but the shapes of hours,
absences and spans. All that it is given lies on five minutes, and halves of windows do so as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workers.planning.days import Person
from workers.planning.lengths import Block
from workers.planning.spans import Span
from workers.rules.hours import WEEKDAYS

TICK_S = 300
_TICK = timedelta(seconds=TICK_S)
#: a window, tick by tick: how many five minutes there are since 1970
_Ticks = list[int]


@dataclass(frozen=True)
class Calendar:
    """What a person's days look like."""

    #: windows without absences and without what is busy, each tick with its window
    free: dict[date, dict[int, int]]
    #: seconds
    room: dict[date, int]
    #: what the clock shows at a tick
    shown: dict[int, datetime]

    def usable(self) -> dict[int, tuple[date, int]]:
        """The first free ticks of each day, as far as there is room; each with day and window."""
        return {
            tick: (on, free[tick])
            for on, free in self.free.items()
            for tick in sorted(free)[: self.room[on] // TICK_S]
        }


def tick(at: datetime) -> int:
    """The five minutes a moment lies in."""
    return int(at.timestamp()) // TICK_S


def look(person: Person, reach: Span) -> Calendar:
    """Look at every day that a reach touches."""
    begin, end = tick(reach.start - timedelta(days=2)), tick(reach.end + timedelta(days=2))
    shown = {
        each: datetime.fromtimestamp(each * TICK_S, tz=person.zone).replace(tzinfo=None)
        for each in range(begin, end)
    }
    days: dict[date, _Ticks] = defaultdict(list)
    for each, clock in shown.items():
        days[clock.date()].append(each)
    whole = sorted(days)[1:-1]
    busy = [range(tick(one.start), tick(one.end)) for one in person.busy]
    free: dict[date, dict[int, int]] = {}
    room: dict[date, int] = {}
    for on in whole:
        ticks, halves = days[on], _halves_left(person, on)
        full_s = person.capacity_s.get(WEEKDAYS[on.weekday()], 0)
        windows = _windows(person, on, ticks, shown, full_s)
        open_ = windows if len(halves) == 2 else [w for h in halves for w in _split(windows)[h]]
        taken = sum(each in range(ticks[0], ticks[-1] + 1) for one in busy for each in one)
        room[on] = max(0, full_s * len(halves) // 2 - taken * TICK_S)
        free[on] = {
            each: number
            for number, window in enumerate(open_)
            for each in window
            if not any(each in one for one in busy)
        }
    return Calendar(free, room, shown)


def _windows(
    person: Person, on: date, ticks: _Ticks, shown: dict[int, datetime], full_s: int
) -> list[_Ticks]:
    def since(at: time) -> int:
        """The first tick at which the clock shows so late a time of this day."""
        return next((each for each in ticks if shown[each].time() >= at), ticks[-1] + 1)

    if not person.hours.windows:
        return [list(range(since(time(9)), since(time(21))))[: full_s // TICK_S]]
    found = [
        list(range(since(begin), since(end) if end != time() else ticks[-1] + 1))
        for begin, end in person.hours.windows.get(on.weekday(), ())
    ]
    return [window for window in found if window]


def _halves_left(person: Person, on: date) -> list[int]:
    off: set[int] = set()
    for one in person.absences:
        if one.first == one.last == on and one.half_on_start != one.half_on_end:
            off.add(0 if one.half_on_start else 1)
        elif one.first < one.last and on == one.first and one.half_on_start:
            off.add(1)
        elif one.first < one.last and on == one.last and one.half_on_end:
            off.add(0)
        elif one.first <= on <= one.last:
            off |= {0, 1}
    return [half for half in (0, 1) if half not in off]


def _split(windows: list[_Ticks]) -> tuple[list[_Ticks], list[_Ticks]]:
    if len(windows) == 1:
        half = len(windows[0]) // 2
        return [windows[0][:half]], [windows[0][half:]]
    best, whole = 0, sum(map(len, windows))
    for pause in range(1, len(windows)):
        off = abs(whole / 2 - sum(map(len, windows[:pause])))
        if not best or off < abs(whole / 2 - sum(map(len, windows[:best]))):
            best = pause
    return windows[:best], windows[best:]


def complaints(calendar: Calendar, reach: Span, block: Block, spans: Sequence[Span]) -> list[str]:
    """What is wrong with some blocks, but for their lengths."""
    found: list[str] = []
    of_day: dict[date, int] = defaultdict(int)
    seen: set[int] = set()
    usable = calendar.usable()
    for span in spans:
        ticks = range(tick(span.start), tick(span.end - timedelta(seconds=1)) + 1)
        where = {usable.get(each) for each in ticks}
        if None in where or len(where) > 1:
            found.append(f"{span} is not in one window, free, with room")
            continue
        if span.start < reach.start or span.end > reach.end:
            found.append(f"{span} is out of reach")
        if seen & set(ticks):
            found.append(f"{span} lies over another block")
        if not _is_on_grid(calendar.shown[ticks[0]], block):
            found.append(f"{span} does not start on the grid")
        seen |= set(ticks)
        of_day[calendar.shown[ticks[0]].date()] += span.seconds
    found += [f"{on}: no room" for on, seconds in of_day.items() if seconds > calendar.room[on]]
    return found


def _is_on_grid(shown: datetime, block: Block) -> bool:
    return (shown.hour * 3600 + shown.minute * 60 + shown.second) % block.round_s == 0


def slots(calendar: Calendar, reach: Span, block: Block) -> list[int]:
    """How many whole cells of the grid each free slot holds."""
    cell = block.round_s // TICK_S
    usable = {
        each: where
        for each, where in calendar.usable().items()
        if reach.start <= _at(each) and _at(each + 1) <= reach.end
    }
    found: list[int] = []
    runs: list[_Ticks] = []
    for each in sorted(usable):
        steady = runs and calendar.shown[each] - calendar.shown[each - 1] == _TICK
        if runs and each - 1 in usable and usable[each] == usable[each - 1] and steady:
            runs[-1].append(each)
        else:
            runs.append([each])
    for run in runs:
        on_grid = [at for at, each in enumerate(run) if _is_on_grid(calendar.shown[each], block)]
        found.append((len(run) - on_grid[0]) // cell if on_grid else 0)
    return found


def sums(cells: Sequence[int], lengths: range, whole: int, odd: range) -> tuple[int, bool]:
    """The most cells that blocks fill without more than the whole, trying every way.

    lengths: of a block. odd: of the one that leaves its last cell in part.
    Returns that, and whether the whole can be filled with one block that is odd.
    """
    plain, with_odd = 1, 0
    for slot in cells:
        inside, inside_odd = _inside(slot, lengths), 0
        for upto in odd:
            inside_odd |= _added(_inside(slot - upto, lengths), 1 << upto, slot)
        with_odd = _added(with_odd, inside, whole) | _added(plain, inside_odd, whole)
        plain = _added(plain, inside, whole)
    return plain.bit_length() - 1, bool(with_odd >> whole & 1)


def _inside(slot: int, lengths: range) -> int:
    """What blocks can fill of one slot, as bits."""
    found = 1 if slot >= 0 else 0
    for upto in range(1, slot + 1):
        if any(length <= upto and found >> (upto - length) & 1 for length in lengths):
            found |= 1 << upto
    return found


def _added(one: int, other: int, whole: int) -> int:
    """The sums of two sets of numbers, as bits, as far as the whole."""
    found = 0
    for number in range(other.bit_length()):
        if other >> number & 1:
            found |= one << number
    return found & ((1 << (whole + 1)) - 1)


def _at(each: int) -> datetime:
    return datetime.fromtimestamp(each * TICK_S, tz=UTC)
