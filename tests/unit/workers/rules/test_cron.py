"""When the clock starts a rule, above all on the days on which clocks change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.rules.cron import check, occurrences
from workers.rules.findings import Flaw

#: zone -> the days on which its clocks change in 2026, forward and back
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),  # 02:00 -> 03:00, 03:00 -> 02:00
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),  # 02:00 -> 03:00, 02:00 -> 01:00
    "Australia/Sydney": (date(2026, 10, 4), date(2026, 4, 5)),  # 02:00 -> 03:00, 03:00 -> 02:00
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),  # half an hour, at 02:00
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 30)),  # at midnight
}
BERLIN = "Europe/Berlin"
SPRING, AUTUMN = CHANGES[BERLIN]


def on(day: date, expression: str, zone: str) -> list[str]:
    """The times of a day as the wall clock shows them, with their offset."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    begin = midnight - timedelta(microseconds=1)
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    found = occurrences(expression, zone, after=begin, until=end - timedelta(microseconds=1))
    return [moment.astimezone(ZoneInfo(zone)).strftime("%H:%M%z") for moment in found]


@pytest.mark.parametrize(
    ("expression", "spring", "autumn"),
    [
        ("0 18 * * *", ["18:00+0200"], ["18:00+0100"]),
        # a time that does not exist runs at the next valid minute, one that comes twice runs once
        ("30 2 * * *", ["03:00+0200"], ["02:30+0200"]),
        ("0,30 2 * * *", ["03:00+0200"], ["02:00+0200", "02:30+0200"]),
        ("0 2,3 * * *", ["03:00+0200"], ["02:00+0200", "03:00+0100"]),
        # however it is written
        ("*/30 2 * * *", ["03:00+0200"], ["02:00+0200", "02:30+0200"]),
        ("0 */12,2 * * *", ["00:00+0100", "03:00+0200", "12:00+0200"],
         ["00:00+0200", "02:00+0200", "12:00+0100"]),
        ("59 1 * * *", ["01:59+0100"], ["01:59+0200"]),
        ("0 3 * * *", ["03:00+0200"], ["03:00+0100"]),
    ],
)  # fmt: skip
def test_a_time_of_day_runs_once_on_the_days_on_which_clocks_change(
    expression: str, spring: list[str], autumn: list[str]
) -> None:
    assert on(SPRING, expression, BERLIN) == spring
    assert on(AUTUMN, expression, BERLIN) == autumn


@pytest.mark.parametrize(
    ("zone", "expression", "forward", "back"),
    [
        ("America/New_York", "30 2 * * *", ["03:00-0400"], ["02:30-0500"]),
        ("America/New_York", "30 1 * * *", ["01:30-0500"], ["01:30-0400"]),
        ("Australia/Sydney", "15 2 * * *", ["03:00+1100"], ["02:15+1100"]),
        ("Australia/Lord_Howe", "15 2 * * *", ["02:30+1100"], ["02:15+1030"]),
        ("Australia/Lord_Howe", "45 1 * * *", ["01:45+1030"], ["01:45+1100"]),
        ("Australia/Lord_Howe", "45 2 * * *", ["02:45+1100"], ["02:45+1030"]),
        ("Africa/Cairo", "0 0 * * *", ["01:00+0300"], ["00:00+0200"]),
    ],
)
def test_it_does_so_in_every_zone(
    zone: str, expression: str, forward: list[str], back: list[str]
) -> None:
    assert [on(day, expression, zone) for day in CHANGES[zone]] == [forward, back]


def test_a_day_that_a_zone_leaves_out_runs_when_the_next_begins() -> None:
    """Samoa went from the 29th of December 2011 to the 31st."""
    begin = datetime(2011, 12, 29, tzinfo=UTC)

    found = occurrences(
        "0 12 30 12 *", "Pacific/Apia", after=begin, until=begin + timedelta(days=4)
    )

    assert [one.astimezone(ZoneInfo("Pacific/Apia")).isoformat() for one in found] == [
        "2011-12-31T00:00:00+14:00"
    ]


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("expression", ["*/15 * * * *", "0-59/15 0-23 * * *", "7-59/15 * * * *"])
def test_what_runs_every_quarter_of_an_hour_goes_on_doing_so(zone: str, expression: str) -> None:
    for day in CHANGES[zone]:
        noon = datetime.combine(day, time(12), ZoneInfo(zone))
        found = occurrences(
            expression, zone, after=noon - timedelta(days=1), until=noon + timedelta(days=1)
        )
        apart = {later - earlier for earlier, later in pairwise(found)}

        assert apart == {timedelta(minutes=15)}


def test_an_hourly_minute_is_left_out_nowhere() -> None:
    """Lord Howe's clocks jump from 02:00 to 02:30: 02:45 is there, and comes 30 minutes early."""
    assert on(CHANGES["Australia/Lord_Howe"][0], "45 * * * *", "Australia/Lord_Howe")[:4] == [
        "00:45+1030", "01:45+1030", "02:45+1100", "03:45+1100"
    ]  # fmt: skip


def test_after_is_left_out_and_until_belongs_to_it() -> None:
    six = datetime(2026, 1, 20, 17, tzinfo=UTC)
    a_day = timedelta(days=1)

    assert occurrences("0 18 * * *", BERLIN, after=six - a_day, until=six) == [six]
    assert occurrences("0 18 * * *", BERLIN, after=six, until=six + a_day) == [six + a_day]
    assert occurrences("0 18 * * *", BERLIN, after=six, until=six) == []
    assert occurrences("0 18 * * *", BERLIN, after=six, until=six + a_day)[0].tzinfo is UTC


def test_looking_within_the_hour_that_comes_twice_misses_nothing_and_finds_nothing_twice() -> None:
    times = [datetime(2026, 10, 25, 0, minute, tzinfo=UTC) for minute in (30, 50, 59)]
    again = [moment + timedelta(hours=1) for moment in times]

    def found(after: datetime, until: datetime) -> list[datetime]:
        return occurrences("50 2 * * *", BERLIN, after=after, until=until)

    assert found(times[0], times[2]) == [times[1]]
    assert found(times[0], again[0]) == [times[1]]  # 02:30 to 02:30, and 02:50 between them
    assert found(again[0], again[2]) == []


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 9 * * mon-fri", [19, 20, 21, 22, 23, 26]),
        ("0 9 * * SAT-SUN", [24, 25]),
        ("0 9 * * 6-7", [24, 25]),
        ("0 9 * * sun", [25]),
        ("0 9 * * 5L", []),  # the last Friday is the 30th
        ("0 9 * * mon#4", [26]),
        ("0 9 L * *", []),
        ("0 9 20 * mon", [19, 20, 26]),  # both restricted: one is enough
        ("0 9 */2 * *", [19, 21, 23, 25]),
        ("0 9 20-20/2 * *", [20]),  # a range of one day has no second one
        ("0 9 * * sun-sun", [25]),
        ("0 9 * * 0-sun", [25]),
    ],
)
def test_days(expression: str, days: list[int]) -> None:
    begin = datetime(2026, 1, 19, tzinfo=UTC)  # a Monday

    found = occurrences(expression, "UTC", after=begin, until=begin + timedelta(days=8))

    assert [moment.day for moment in found] == days


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("0 18 * *", "'0 18 * *' has 4 fields; write five fields: minute, hour, day of month,"
         " month, day of week, such as '0 18 * * mon-fri' for 18:00 on weekdays"),
        ("0 0 18 * * *", "'0 0 18 * * *' has six fields, and seconds are not counted; write five"
         " fields: minute, hour, day of month, month, day of week, such as '0 18 * * mon-fri' for"
         " 18:00 on weekdays"),
        ("@daily", "'@daily' is not read; write '0 0 * * *'"),
        ("18:00 * * * *", "the minute '18:00' in '18:00 * * * *' does not fit: it holds 0 to 59,"
         " with lists such as 1,3, ranges upwards and steps such as */2"),
        ("0 24 * * *", "the hour '24' in '0 24 * * *' does not fit: it holds 0 to 23, with lists"
         " such as 1,3, ranges upwards and steps such as */2"),
        ("0 18 * * fri-mon", "the day-of-week 'fri-mon' in '0 18 * * fri-mon' does not fit: it"
         " holds 0 to 7 (0 and 7 are Sunday), or sun to sat, with lists such as 1,3, ranges upwards"
         " and steps such as */2"),
        ("*/90 * * * *", "the step of '*/90' goes beyond the minutes there are; write one below"
         " 60"),
        ("0 0 30 feb *", "'0 0 30 feb *' never happens: no such day comes; mind the days that the"
         " month has"),
        ("0 0 31 4,6,9,11 *", "'0 0 31 4,6,9,11 *' never happens: no such day comes; mind the days"
         " that the month has"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused_with_the_way_out(expression: str, message: str) -> None:
    with pytest.raises(Flaw) as flaw:
        check(expression)

    assert (str(flaw.value), flaw.value.code) == (message, "bad-cron")


@pytest.mark.parametrize(
    "expression", ["0 0 29 2 *", "0 0 * 2 mon#5", "0 0 30 2 mon", "0 0 LW * *"]
)
def test_what_happens_seldom_is_accepted(expression: str) -> None:
    check(expression)


_few = settings(max_examples=200, derandomize=True, deadline=None)


@_few
@given(
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=4),
    hours=st.one_of(st.just(set(range(24))), st.sets(st.integers(0, 5), min_size=1)),
    change=st.sampled_from([(zone, day) for zone, days in CHANGES.items() for day in days]),
    begin_m=st.integers(-26 * 60, 12 * 60),
    length_m=st.integers(0, 30 * 60),
)
def test_it_is_what_going_through_the_minutes_one_by_one_finds(
    minutes: set[int], hours: set[int], change: tuple[str, date], begin_m: int, length_m: int
) -> None:
    zone, day = change
    after = datetime.combine(day, time(), UTC) + timedelta(minutes=begin_m)
    until = after + timedelta(minutes=length_m)
    expression = f"{_listed(minutes)} {_listed(hours)} * * *"

    found = occurrences(expression, zone, after=after, until=until)

    if len(hours) == 24:
        expected = {m for m in _minutes(after, until) if _wall(m, zone).minute in minutes}
    else:
        walls = _minutes(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
        named = {w.time() for w in walls if w.hour in hours and w.minute in minutes}
        expected = _first_on_each_day(named, zone, after, until)
    assert found == sorted(expected)


@_few
@given(st.text(alphabet="0123456789*/,-#LW ?@monfrisat", max_size=20))
def test_any_text_is_refused_or_has_times(expression: str) -> None:
    with contextlib.suppress(Flaw):
        check(expression)
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        found = occurrences(expression, BERLIN, after=begin, until=begin + timedelta(days=3))
        assert found == sorted(set(found))


def _listed(numbers: set[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _minutes(after: datetime, until: datetime) -> Iterator[datetime]:
    minute = after.replace(second=0, microsecond=0)
    while minute <= until:
        if minute > after:
            yield minute
        minute += timedelta(minutes=1)


def _wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _first_on_each_day(
    named: set[time], zone: str, after: datetime, until: datetime
) -> set[datetime]:
    """For each day and time, the first moment at which the wall clock shows it or a later one."""
    found: set[datetime] = set()
    around = list(_minutes(after - timedelta(days=2), until + timedelta(days=2)))
    walls = [(_wall(moment, zone), moment) for moment in around]
    for day in {wall.date() for wall, _ in walls[1440:-1440]}:
        for at in named:
            wanted = datetime.combine(day, at)
            found.add(next(moment for wall, moment in walls if wall >= wanted))
    return {moment for moment in found if after < moment <= until}
