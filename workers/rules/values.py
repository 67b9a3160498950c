"""Readings of plain values: durations, moments, days. Performs no I/O and has no clock.

awork sends durations as whole seconds and moments as ISO text; rule authors write durations as
text with units. Everything that compares the two goes through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

_Calendar = TypeVar("_Calendar", date, datetime)

_DURATION = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?", re.ASCII)
_UNIT_S = (86_400, 3_600, 60, 1)
#: a hundred years: longer is a slip of the keyboard, and arithmetic with it would overflow
_LONGEST_S = 36_525 * 86_400
#: characters; more digits than that are no duration, and int() of very many raises
_LONGEST_TEXT = 40
#: characters of a value in a message
_LONGEST_QUOTE = 60

_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: .NET writes up to seven digits of a second; datetime keeps the first six
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


def duration_s(text: str) -> int:
    """Read a duration such as `90s`, `15m`, `1h30m` or `2d`; a day has 24 hours.

    Returns whole seconds. Raises ValueError saying what a duration looks like.
    """
    found = _DURATION.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if not found or not text:
        raise ValueError(
            f"{quoted(text)} is no duration; write whole numbers with the units d, h, m, s in this"
            " order, such as 90s, 15m, 1h30m or 2d"
        )
    seconds = sum(
        int(number) * unit for number, unit in zip(found.groups("0"), _UNIT_S, strict=True)
    )
    if seconds > _LONGEST_S:
        raise ValueError(f"{quoted(text)} is longer than 100 years")
    return seconds


def share(text: str) -> Fraction:
    """Read a share such as `50%` or `12.5%`: above 0 and at most 100.

    Raises ValueError saying what a share looks like.
    """
    found = _SHARE.fullmatch(text)
    part = Fraction(found[1]) / 100 if found else Fraction(0)
    if not 0 < part <= 1:
        raise ValueError(f"{quoted(text)} is no share; write one such as 50%, at most 100%")
    return part


def instant(value: object, zone: tzinfo | str | None = None) -> datetime:
    """Read a moment: ISO text such as `2026-03-27T18:00:00Z`, or an aware datetime.

    zone: where text without Z or offset was written; without a zone such text is refused.
    Returns it in UTC, so that two of them always compare by the moment and never by the wall
    clock. Raises ValueError saying what is wrong with the value.
    """
    try:
        return _aware(value, zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{quoted(value)} is too near the end of the calendar") from error


def day(value: object, zone: tzinfo | str) -> date:
    """Read a day: a date, text such as `2026-03-27`, or the day a moment has in `zone`.

    Raises ValueError saying what is wrong with the value.
    """
    found = moment(value, zone)
    return local(found, zone).date() if isinstance(found, datetime) else found


def local(at: datetime, zone: tzinfo | str) -> datetime:
    """A moment as the clocks of a zone tell it. at: aware.

    Raises ValueError at the ends of the calendar, where the zone's day is no day any more.
    """
    try:
        return at.astimezone(_zone(zone))
    except OverflowError as error:
        raise ValueError(f"{at.isoformat()} is too near the end of the calendar") from error


def calendar_day(text: str) -> date:
    """Read text such as `2026-03-27`. Raises ValueError when it is not just that."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no day; it looks like 2026-03-27")
    return _from_iso(text, date.fromisoformat)


def moment(value: object, zone: tzinfo | str) -> date | datetime:
    """Read a day as a date, and anything finer as a datetime in UTC.

    Raises ValueError saying what is wrong with the value.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return calendar_day(value)
    return instant(value, zone)


def quoted(value: object) -> str:
    """The value for a message: on one line, at most 60 characters, text in single quotes."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1] + "…"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"'{printable}'" if isinstance(value, str) else printable


def _aware(value: object, zone: tzinfo | str | None) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        value = _from_iso(value, datetime.fromisoformat)
    if not isinstance(value, datetime):
        raise ValueError(  # noqa: TRY004 -- the promise is one error for every unfit value
            f"{quoted(value)} is no moment; it looks like 2026-03-27T18:00:00Z"
        )
    if value.tzinfo is not None:
        return value
    if zone is None:
        raise ValueError(f"{quoted(str(value))} has no offset; end it with Z or one like +01:00")
    return value.replace(tzinfo=_zone(zone))


def _from_iso(text: str, read: Callable[[str], _Calendar]) -> _Calendar:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is not in the calendar ({error})") from error


def _zone(zone: tzinfo | str) -> tzinfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone
