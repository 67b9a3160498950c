"""Durations, moments and days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from workers.rules.values import day, duration_s, instant, quoted

_NAIVE = datetime(2026, 3, 27, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 3600 + 1800),
        ("2d", 2 * 86_400),
        ("1d2h3m4s", 86_400 + 7200 + 180 + 4),
        ("36525d", 36_525 * 86_400),
    ],
)
def test_a_duration_is_whole_seconds(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "90",
        "h",
        "1.5h",
        "1h 30m",
        "30m1h",
        "1w",
        "-1h",
        "1H",
        "\u0661h",
        "1h\n",
        "36526d",
        "9" * 5000 + "s",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration|is longer than"):
        duration_s(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-27T18:00:00Z", datetime(2026, 3, 27, 18, tzinfo=UTC)),
        ("2026-03-27T18:00Z", datetime(2026, 3, 27, 18, tzinfo=UTC)),
        ("2026-03-27T18:00:00+01:00", datetime(2026, 3, 27, 17, tzinfo=UTC)),
        ("2026-11-20T08:15:30.4821973+00:00", datetime(2026, 11, 20, 8, 15, 30, 482_197, UTC)),
        ("2026-11-20T08:15:30.1Z", datetime(2026, 11, 20, 8, 15, 30, 100_000, UTC)),
    ],
)
def test_a_moment_is_read_in_utc(text: str, expected: datetime) -> None:
    assert instant(text) == expected
    assert instant(text).tzinfo is UTC


def test_an_aware_datetime_is_a_moment_already() -> None:
    there = datetime(2026, 3, 27, 18, tzinfo=timezone(timedelta(hours=1)))

    assert instant(there) == datetime(2026, 3, 27, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["2026-03-27", "soon", "", "2026-02-30T10:00:00Z", "2026-03-27T25:00Z", "20260327T180000Z",
     "2026-W13-5", "2026-03-27T18:00", _NAIVE, date(2026, 3, 27), 5, None, True, [],
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "2026-03-27T18:00:00.12345678Z"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"no moment|not in the calendar|no offset|end of the cal"):
        instant(value)


def test_text_without_offset_is_read_in_the_zone_given() -> None:
    assert instant("2026-03-27T18:00", "Europe/Berlin") == datetime(2026, 3, 27, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2026-03-27", "Europe/Berlin", date(2026, 3, 27)),
        ("2026-03-27T23:30:00Z", "Europe/Berlin", date(2026, 3, 28)),
        ("2026-03-27T23:30:00Z", "America/New_York", date(2026, 3, 27)),
        (datetime(2026, 3, 27, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"), date(2026, 3, 28)),
        (date(2026, 3, 27), "UTC", date(2026, 3, 27)),
    ],
)
def test_a_day_is_counted_in_its_zone(value: object, zone: ZoneInfo | str, expected: date) -> None:
    assert day(value, zone) == expected


@pytest.mark.parametrize("value", ["2026-02-29", "27.03.2026", 5, None, "0001-01-01T00:00:00Z"])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"no moment|not in the calendar|end of the calendar"):
        day(value, "America/New_York")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a\nb", "'a\\nb'"), ("a" * 61, "'" + "a" * 59 + "…'"), (5, "5"), ("Größe", "'Größe'")],
)
def test_a_quoted_value_is_short_and_on_one_line(value: object, expected: str) -> None:
    assert quoted(value) == expected
