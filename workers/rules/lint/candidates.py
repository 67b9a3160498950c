"""Values to try conditions with: if any value at all meets them together, one of these does. Pure.

The operators themselves decide about each value, so that nothing is said twice about what they
mean. What is needed for an order lies at, between and beyond its bounds; for texts, the operands
and what can be built of them; for lists, every choice of the items that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise, product
from zoneinfo import ZoneInfo

from workers.rules.conditions.comparing import number
from workers.rules.conditions.operands import window_s
from workers.rules.facts import ABSENT
from workers.rules.fields.types import Holds
from workers.rules.lint.literals import EQUALS, LISTS, ORDERS, TEXTS, Literal
from workers.rules.values import duration_s, moment

#: a moment for conditions that do not depend on it
SOME_TIME = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
#: no rule has this in a text
_FILLER = "\u2400"
_NEAR = tuple(timedelta(seconds=s) for s in (-172_800, -1, 0, 1, 172_800))


@dataclass(frozen=True)
class Asked:
    """The operands of all literals about one path, sorted by what they ask for."""

    zone: ZoneInfo
    #: of is, is_not, in and not_in
    singles: list[object] = field(default_factory=list)
    #: of has, has_any, has_all and has_none
    items: list[object] = field(default_factory=list)
    #: of starts_with, contains and ends_with
    begins: list[str] = field(default_factory=list)
    middles: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    #: numbers, and durations in seconds, of the orders
    amounts: list[float] = field(default_factory=list)
    #: bounds that are the same whenever the event comes
    fixed: list[datetime] = field(default_factory=list)
    #: bounds that move with the clock: seconds after now
    moving_s: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, literals: Iterable[Literal], zone: ZoneInfo) -> Asked:
        """Sort the operands."""
        asked = cls(zone)
        for literal in literals:
            # a text that must not begin so is any other, and needs no building
            if literal.met or literal.operator not in TEXTS:
                asked._take(literal.operator, literal.condition.operand)
        return asked

    def _take(self, operator: str, operand: object) -> None:
        if operator in ORDERS:
            self._bound(operand)
        elif operator == "within":
            last_s, next_s = window_s(operand)
            self.moving_s.extend((-last_s, 0, next_s))
        elif operator in EQUALS:
            singles = operand if isinstance(operand, list) else [operand]
            self.singles.extend(singles)
            self.fixed.extend(bound for single in singles for bound in self._bounds(single))
        elif operator in LISTS:
            self.items.extend(operand if isinstance(operand, list) else [operand])
        elif operator in TEXTS:
            places = {"starts_with": self.begins, "ends_with": self.ends}
            places.get(operator, self.middles).append(str(operand))

    def _bound(self, operand: object) -> None:
        seconds = _amount(operand)
        if operand in ("now", "today"):
            self.moving_s.append(0)
        elif seconds is not None:
            self.amounts.append(seconds)
        else:
            self.fixed.extend(self._bounds(operand))

    def _bounds(self, operand: object) -> list[datetime]:
        """A moment, or where a day begins and ends; none for anything else."""
        try:
            found = moment(operand, self.zone)
        except ValueError:
            return []
        return [found] if isinstance(found, datetime) else self._day(found)

    def _day(self, found: date) -> list[datetime]:
        return [
            datetime.combine(day, time(), self.zone).astimezone(UTC)
            for day in (found, found + timedelta(days=1))
        ]

    def _day_of(self, at: datetime) -> list[datetime]:
        return self._day(at.astimezone(self.zone).date())

    @property
    def has_order(self) -> bool:
        """True when something is asked about an amount, a day or a moment."""
        amounts = (_amount(single) is not None for single in self.singles)
        return bool(self.amounts or self.fixed or self.moving_s) or any(amounts)

    def clocks(self) -> Iterator[datetime]:
        """Moments at which the event may come; one is enough when nothing moves with the clock."""
        if not self.moving_s:
            yield SOME_TIME
            return
        bounds = self.fixed or [SOME_TIME]
        begun = [*bounds, *(begins for at in bounds for begins in self._day_of(at))]
        yield from _around(at - timedelta(seconds=s) for at in begun for s in {0, *self.moving_s})

    def moments(self, now: datetime) -> Iterator[datetime]:
        """Moments around every bound."""
        moving = [now + timedelta(seconds=s) for s in self.moving_s]
        days = self._day_of(now) if moving else []
        yield from _around([*self.fixed, *moving, *days] or [now])


def _amount(operand: object) -> float | None:
    """An operand that is a number or a duration, as a number."""
    try:
        return number(operand) if not isinstance(operand, str) else duration_s(operand)
    except ValueError:
        return None


def _around(bounds: Iterable[datetime]) -> Iterator[datetime]:
    found = sorted({bound + near for bound in bounds for near in _NEAR})
    yield from found
    yield from (one + (other - one) / 2 for one, other in pairwise(found))


def _numbers(asked: Asked, _: datetime) -> Iterator[object]:
    found = sorted({*asked.amounts, *(n for n in map(_amount, asked.singles) if n is not None), 0})
    yield from found
    yield from ((one + other) / 2 for one, other in pairwise(found))
    yield from (found[0] - 1, found[-1] + 1)


def _texts(asked: Asked, _: datetime) -> Iterator[object]:
    begin, end = (max(texts, key=len, default="") for texts in (asked.begins, asked.ends))
    yield _FILLER.join([begin, *asked.middles, end])
    yield from (str(single) for single in asked.singles if not isinstance(single, bool))


def _texts_of_all(asked: Asked, now: datetime) -> Iterator[object]:
    yield from _texts(asked, now)
    if asked.has_order:
        yield from map(str, _numbers(asked, now))
        yield from _moments(asked, now)
        yield from _days(asked, now)


def _moments(asked: Asked, now: datetime) -> Iterator[object]:
    for at in asked.moments(now):
        yield at.isoformat().replace("+00:00", "Z")
    yield from (s for s in asked.singles if isinstance(s, str) and "T" in s)


def _days(asked: Asked, now: datetime) -> Iterator[object]:
    yield from sorted({at.astimezone(asked.zone).date().isoformat() for at in asked.moments(now)})
    yield from (s for s in asked.singles if isinstance(s, str))


def _lists(asked: Asked, _: datetime) -> Iterator[object]:
    items = list({repr(item): item for item in asked.items}.values())
    for size in range(len(items), -1, -1):
        yield from map(list, combinations(items, size))


def _objects(asked: Asked, _: datetime) -> Iterator[object]:
    names = [_FILLER, *(str(s) for s in asked.singles if not isinstance(s, bool))]
    for name, person, identity in product(names, repeat=3):
        yield {"name": name, "firstName": person, "id": identity}


def _booleans(_: Asked, __: datetime) -> Iterator[object]:
    yield from (True, False)


_Make = Callable[[Asked, datetime], Iterator[object]]

#: what a field holds -> the values to try
_VALUES: Mapping[Holds, tuple[_Make, ...]] = {
    "text": (_texts_of_all,),
    "id": (_texts,),
    "number": (_numbers,),
    "duration": (_numbers,),
    "boolean": (_booleans,),
    "moment": (_moments,),
    "day": (_days,),
    "list": (_lists,),
    "object": (_objects,),
    "any": (_texts, _numbers, _booleans, _moments, _days, _lists, _objects),
}


def values(asked: Asked, holds: Holds, now: datetime) -> Iterator[object]:
    """The values to try, absence first."""
    yield ABSENT
    for make in _VALUES[holds]:
        yield from make(asked, now)
