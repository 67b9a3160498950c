"""Writing days and moments by a pattern such as `dd.MM.yyyy`. Performs no I/O.

The letters are those of CLDR, which Java, .NET and JavaScript libraries use as well; names of
months and weekdays are left out, since nothing says in which language they should be.
Source: https://www.unicode.org/reports/tr35/tr35-dates.html#Date_Field_Symbol_Table
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from workers.rules.values import quoted

LETTERS: Mapping[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "yy": lambda at: f"{at.year % 100:02}",
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: str(at.day),
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "mm": lambda at: f"{at.minute:02}",
    "ss": lambda at: f"{at.second:02}",
}
_OF_TIME = ("HH", "H", "mm", "ss")

#: a text in quotes, the same letter one or more times, or anything else
_PART = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)


@dataclass(frozen=True)
class DayFormat:
    """A pattern, checked."""

    parts: tuple[Callable[[datetime], str], ...]
    #: the first of its letters that a day alone does not have; empty when there is none
    of_time: str

    def write(self, value: date | datetime) -> str:
        """Write a day, or a moment as it is told in its zone.

        Raises ValueError when the pattern asks a day for its time.
        """
        if not isinstance(value, datetime):
            if self.of_time:
                raise ValueError(f"{value} is a day and has no {self.of_time}")
            value = datetime.combine(value, time())
        return "".join(part(value) for part in self.parts)


@lru_cache(maxsize=256)
def day_format(pattern: str) -> DayFormat:
    """Read a pattern: letters of the table; other signs stand for themselves, and so does what is
    in single quotes; two of them are one.

    Raises ValueError with the letters there are.
    """
    written = [found[0] for found in _PART.finditer(pattern)]
    of_time = next((part for part in written if part in _OF_TIME), "")
    return DayFormat(tuple(_part(part) for part in written), of_time)


def _part(written: str) -> Callable[[datetime], str]:
    if written in LETTERS:
        return LETTERS[written]
    if written == "'":
        raise ValueError("a single quote of the pattern is not closed; write '' for a quote itself")
    if written.isascii() and written.isalpha():
        raise ValueError(
            f"the pattern has no {quoted(written)}; it knows {', '.join(LETTERS)}, and text"
            " in single quotes"
        )
    text = (written[1:-1].replace("''", "'") or "'") if written.startswith("'") else written
    return lambda _: text
