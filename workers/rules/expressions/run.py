"""One evaluation of an expression, and what it may cost. Performs no I/O."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo

from workers.rules.facts import Facts
from workers.rules.values import instant

#: steps: about one for each part of an expression that is evaluated, loops included; they take a
#: few tenths of a second at the very most
MOST_STEPS = 500_000
#: characters of a text that an expression puts together
LONGEST_TEXT = 65_000
#: items of a list that an expression puts together
LONGEST_LIST = 10_000

#: characters that are looked through in the time of a step
_CHARACTERS_A_STEP = 200


class Undecided(ValueError):
    """A value is absent or does not fit, so there is no answer."""


class TooMuch(Exception):
    """The expression took more steps than it may; nothing can make up for that."""


class Run:
    """The state of one evaluation; each has its own, so that many can go on at once."""

    __slots__ = ("_left", "facts", "scope")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        #: the variables of the loops that are running; a ValueError stands for a value that could
        #: not be worked out
        self.scope: dict[str, object] = {}
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Account for work. Raises TooMuch when nothing is left."""
        self._left -= steps
        if self._left < 0:
            raise TooMuch

    def spend_on_text(self, text: str, times: int = 1) -> None:
        """Account for looking through a text so many times."""
        self.spend(len(text) * times // _CHARACTERS_A_STEP)

    @property
    def zone(self) -> tzinfo:
        """In which the rule counts its days."""
        now = self.facts.root("now")
        return (now.tzinfo if isinstance(now, datetime) else None) or UTC

    @property
    def now(self) -> datetime:
        """The moment of the run, in UTC: two moments of one zone would compare by wall clock."""
        return instant(self.facts.root("now"))

    @property
    def today(self) -> datetime:
        """When the day of the run began in the rule's zone; in UTC."""
        local = self.now.astimezone(self.zone)
        return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)
